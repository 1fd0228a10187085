"""How close an estimate is to its reference, in dB, over its own samples; the separators' loss."""

from collections.abc import Sequence

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


def separation_loss(
    estimates: Tensor, references: Tensor, lengths: Tensor, *, sources: Sequence[str]
) -> tuple[Tensor, dict[str, Tensor]]:
    """L_SEP of a batch, and each source's score in dB.

    L_SEP = - mean over utterances (mean over an utterance's sounding sources (SI-SDR)).

    A silent source has nothing that an estimate could be compared with. An utterance where fewer than two
    sources sound (see ``clean_fraction``) is no mixture, with nothing to separate: it counts neither here nor
    in the scores. Where a model gives one source only, each utterance counts in which that sounds.

    Args:
        estimates: (B, S, T).
        references: (B, S, T), a silent source zero throughout.
        lengths: Valid samples of each utterance, (B,).
        sources: The names of the S sources.

    Returns:
        The loss, a scalar, which has a gradient even where nothing counts; ``loss_sep`` and
        ``si_sdr_<source>``, a mean over the utterances where that source sounds, of those that do sound.
    """
    is_sounding = references.abs().amax(dim=-1) > 0
    is_mixture = is_sounding.sum(dim=1) >= min(2, len(sources))
    if not is_mixture.any():
        return estimates.sum() * 0.0, {}
    is_sounding = is_sounding[is_mixture]
    scores = si_sdr(
        estimate=estimates[is_mixture], reference=references[is_mixture], lengths=lengths[is_mixture]
    )
    loss = -_mean_of(scores, is_sounding, dim=1).mean()
    means = _mean_of(scores.detach(), is_sounding, dim=0)
    heard = zip(sources, means, is_sounding.any(dim=0).tolist(), strict=True)
    return loss, {"loss_sep": loss.detach()} | {
        f"si_sdr_{name}": mean for name, mean, is_heard in heard if is_heard
    }


def _mean_of(scores: Tensor, counts: Tensor, *, dim: int) -> Tensor:
    """The mean along an axis of the scores (B, S) that count; not a number where none does."""
    return torch.where(counts, scores, 0.0).sum(dim=dim) / counts.sum(dim=dim)


def keep_valid(signal: Tensor, lengths: Tensor, zero_mean: bool) -> Tensor:
    """Return the signal (B, S, T) in float32 or better, zero beyond `lengths`, without its mean if asked."""
    if signal.dtype in (torch.float16, torch.bfloat16):
        signal = signal.float()
    lengths = lengths.to(signal.device)
    signal = zero_beyond(signal, lengths, axis=2)
    if not zero_mean:
        return signal
    return zero_beyond(signal - signal.sum(-1, keepdim=True) / lengths.view(-1, 1, 1), lengths, axis=2)
