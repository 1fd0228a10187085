"""Layers of the separators that know how long each utterance is."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.layers.padding import zero_outside
from musasr.separators.kernels import is_on_cpu

# ESPnet's value: weights that are exchanged with its TCN meet the same normalisation.
EPSILON = torch.finfo(torch.float32).eps


class ChannelwiseLayerNorm(nn.Module):
    """Normalisation of each frame over its channels (cLN of Luo & Mesgarani 2019, eq. 9 without history)."""

    def __init__(self, num_channels: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, num_channels, 1))
        self.beta = nn.Parameter(torch.zeros(1, num_channels, 1))

    def forward(self, signal: Tensor) -> Tensor:
        """Return the normalised frames: (B, C, L) in and out."""
        frames = signal.transpose(1, 2)
        normalised = functional.layer_norm(
            frames, frames.shape[-1:], self.gamma.flatten(), self.beta.flatten(), EPSILON
        )
        return normalised.transpose(1, 2)


class GlobalLayerNorm(nn.Module):
    """Normalisation of each utterance over its channels and valid frames (gLN, eq. 7-8)."""

    def __init__(self, num_channels: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, num_channels, 1))
        self.beta = nn.Parameter(torch.zeros(1, num_channels, 1))

    def forward(self, signal: Tensor, is_inside: Tensor | None = None) -> Tensor:
        """Return gamma (y - mean) / sqrt(var + eps) + beta, and zero in the padding.

        Args:
            signal: (B, C, L).
            is_inside: Boolean (B, L) from `musasr.layers.padding.valid_frames`, or None for no padding.
        """
        gamma, beta = self.gamma.flatten(), self.beta.flatten()
        if is_inside is not None or not is_on_cpu(signal):
            return normalise_by_reductions(signal, gamma, beta, is_inside, EPSILON)
        return functional.group_norm(signal, 1, gamma, beta, EPSILON)


def normalise_by_reductions(
    signal: Tensor, gamma: Tensor, beta: Tensor, is_inside: Tensor | None, epsilon: float
) -> Tensor:
    """Return gLN in few passes that all of a GPU shares: torch's group norm gives one block an utterance.

    Args:
        signal: (B, C, L).
        gamma: Scale of the channels, (C,).
        beta: What is added to them, (C,).
        is_inside: As in `GlobalLayerNorm`.
        epsilon: Added to the variance.
    """
    signal = zero_outside(signal, is_inside, axis=2)
    # Of 16-bit signals too: a mean of so few digits would shift every frame.
    exact = signal.to(torch.promote_types(signal.dtype, torch.float32))
    variance, mean = torch.var_mean(exact, dim=(1, 2), correction=0, keepdim=True)
    if is_inside is not None:  # zeros add nothing to the sums, but they were counted
        portion = signal.shape[2] / is_inside.sum(dim=1).view(-1, 1, 1)
        power = (variance + mean.square()) * portion
        mean = mean * portion
        variance = power - mean.square()
    scale = gamma.view(1, -1, 1) * torch.rsqrt(variance + epsilon)
    shift = beta.view(1, -1, 1) - scale * mean
    return zero_outside(torch.addcmul(shift, signal, scale), is_inside, axis=2)
