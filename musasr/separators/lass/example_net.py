"""A sound to a query's vector: what is asked for is shown, not said."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.separators.stft import StftEncoder

SILENCE = 1e-8
POWER = 0.5  # of the magnitudes


class ExampleNet(nn.Module):
    """Convolutions on a spectrogram; the mean over time through a linear layer and a rectifier."""

    def __init__(self, *, size: int, stft: Mapping[str, int], channels: Sequence[int]):
        """Build the network.

        Args:
            size: D.
            stft: Arguments of `musasr.separators.stft.StftEncoder`.
            channels: Of its convolutions; each but the first sees half of the frames and bins before it.
        """
        super().__init__()
        self.size, self.encoder = size, StftEncoder(**stft)
        self.layers = nn.Sequential()
        for before, after in zip([1, *channels], channels, strict=False):
            conv = nn.Conv2d(before, after, 3, padding=1, bias=False)
            self.layers.extend([conv, nn.BatchNorm2d(after), nn.ReLU(), nn.AvgPool2d(2, ceil_mode=True)])
        bins = self.encoder.output_dim
        for _ in channels:
            bins = -(-bins // 2)
        self.last = nn.Linear(channels[-1] * bins, size)

    def forward(self, example: Tensor) -> Tensor:
        """Return the queries' vectors (B, D), not negative, of sounds (B, T) of any level."""
        return functional.relu(self.signed(example))

    def signed(self, example: Tensor) -> Tensor:
        """The vectors before their negative values are set to 0."""
        level = example.square().mean(dim=1, keepdim=True).sqrt().clamp_min(SILENCE)
        lengths = torch.full((len(example),), example.shape[1], device=example.device)
        magnitude = self.encoder(example / level, lengths)[0].abs().clamp_min(SILENCE).pow(POWER)
        maps = self.layers(magnitude.unsqueeze(1)).mean(dim=2)
        return self.last(maps.flatten(1))
