"""How close an estimate is to its reference, in dB, over the utterance's own samples."""

import torch
from torch import Tensor

from musasr.layers.padding import zero_beyond

# Of the estimate's energy: scores stay within +-80 dB, beyond what float32 sums resolve.
RELATIVE_FLOOR = 1e-8
# Energy far below that of any recording: keeps silence out of the logarithm and the denominators.
SILENCE = 1e-20


def si_sdr(*, estimate: Tensor, reference: Tensor, lengths: Tensor, zero_mean: bool = False) -> Tensor:
    """Return the scale-invariant signal-to-distortion ratio in dB.

    10 log10(|a s|^2 / |a s - e|^2), a = <e, s> / |s|^2 (Le Roux et al. 2019, eq. 2 and 4), for the estimate e
    and the reference s. The value is held within -80 and +80 dB: a perfect estimate gives +80, a silent
    estimate or a silent reference -80; value and gradient are finite in each case.

    Args:
        estimate: (B, S, T).
        reference: (B, S, T).
        lengths: Valid samples of each utterance, (B,); what lies beyond is not seen.
        zero_mean: Whether both lose their mean over the valid samples first.

    Returns:
        (B, S), dB, higher is better.

    Raises:
        ValueError: The shapes of estimate and reference differ.
    """
    if estimate.shape != reference.shape:
        raise ValueError(f"estimate is {tuple(estimate.shape)}, reference is {tuple(reference.shape)}")
    estimate = keep_valid(estimate, lengths, zero_mean)
    reference = keep_valid(reference, lengths, zero_mean)
    scale = (estimate * reference).sum(-1, keepdim=True) / (
        reference.square().sum(-1, keepdim=True) + SILENCE
    )
    target = scale * reference
    target_energy, distortion_energy = target.square().sum(-1), (target - estimate).square().sum(-1)
    floor = RELATIVE_FLOOR * (target_energy + distortion_energy + SILENCE)
    return 10 * torch.log10((target_energy + floor) / (distortion_energy + floor + SILENCE))


def neg_si_sdr_loss(
    *, estimate: Tensor, reference: Tensor, lengths: Tensor, zero_mean: bool = False
) -> Tensor:
    """Return L_SEP of each utterance: minus the mean over the sources of the SI-SDR, dB, (B,).

    A source whose reference is silent adds a constant and no gradient. Arguments as in `si_sdr`.
    """
    return -si_sdr(estimate=estimate, reference=reference, lengths=lengths, zero_mean=zero_mean).mean(dim=1)


def keep_valid(signal: Tensor, lengths: Tensor, zero_mean: bool) -> Tensor:
    """Return the signal (B, S, T) in float32 or better, zero beyond `lengths`, without its mean if asked."""
    if signal.dtype in (torch.float16, torch.bfloat16):
        signal = signal.float()
    lengths = lengths.to(signal.device)
    signal = zero_beyond(signal, lengths, axis=2)
    if not zero_mean:
        return signal
    return zero_beyond(signal - signal.sum(-1, keepdim=True) / lengths.view(-1, 1, 1), lengths, axis=2)
