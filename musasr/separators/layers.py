"""Layers of the separators that know how long each utterance is."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.separators.kernels import CpuGlobalNorm, is_on_cpu

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
        if is_inside is None:
            return functional.group_norm(signal, 1, self.gamma.flatten(), self.beta.flatten(), EPSILON)
        if is_on_cpu(signal):
            lengths = is_inside.sum(dim=1).tolist()
            return CpuGlobalNorm.apply(signal, self.gamma.flatten(), self.beta.flatten(), lengths, EPSILON)
        weight = is_inside.unsqueeze(1).to(signal.dtype)
        count = signal.shape[1] * weight.sum(dim=(1, 2), keepdim=True)
        mean = (signal * weight).sum(dim=(1, 2), keepdim=True) / count
        deviation = (signal - mean) * weight
        variance = deviation.square().sum(dim=(1, 2), keepdim=True) / count
        return self.gamma * deviation * torch.rsqrt(variance + EPSILON) + self.beta * weight
