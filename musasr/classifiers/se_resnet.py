"""The trunk "SpeakerNet": residual, with squeeze and excitation, over spectrograms or over time alone."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from musasr.classifiers.convolutions import initialise
from musasr.errors import ConfigError

CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d}
NORMALISATIONS = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}
POOLS = {1: nn.MaxPool1d, 2: nn.MaxPool2d}

type Sizes = int | Sequence[int]


class Excitation(nn.Module):
    """Squeeze and excitation (Hu et al., 2018): each channel scaled by what all channels are on average."""

    def __init__(self, num_channels: int, reduction: int, *, has_norm: bool = False):
        """Build the two layers; between are num_channels // reduction units, normalised if that is asked."""
        super().__init__()
        num_units = num_channels // reduction
        self.gate = nn.Sequential(
            nn.Linear(num_channels, num_units),
            *([nn.BatchNorm1d(num_units)] if has_norm else []),
            nn.ReLU(),
            nn.Linear(num_units, num_channels),
            nn.Sigmoid(),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, ...) to the same shape."""
        scale = self.gate(maps.flatten(2).mean(2))
        return maps * scale.view(*scale.shape, *[1] * (maps.dim() - 2))


class ResidualBlock(nn.Module):
    """Two convolutions with excitation beside a shortcut; the first ReLU comes before its normalisation."""

    def __init__(self, num_inputs: int, num_outputs: int, *, stride: Sizes, reduction: int, num_axes: int):
        """Build a block; the shortcut is a convolution of size 1 where shapes differ."""
        super().__init__()
        convolution, normalisation = CONVOLUTIONS[num_axes], NORMALISATIONS[num_axes]
        self.body = nn.Sequential(
            convolution(num_inputs, num_outputs, 3, stride=stride, padding=1, bias=False),
            nn.ReLU(),
            normalisation(num_outputs),
            convolution(num_outputs, num_outputs, 3, padding=1, bias=False),
            normalisation(num_outputs),
            Excitation(num_outputs, reduction),
        )
        self.shortcut: nn.Module = nn.Identity()
        if num_inputs != num_outputs or _is_more_than_one(stride):
            self.shortcut = nn.Sequential(
                convolution(num_inputs, num_outputs, 1, stride=stride, bias=False),
                normalisation(num_outputs),
            )

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C', ...)."""
        return torch.relu(self.body(maps) + self.shortcut(maps))


class SeResNet(nn.Module):
    """A first convolution, then stages of residual blocks; each may stride at its start, pool at its end.

    With two axes it sees (B, 1, bands, frames), with one (B, bands, frames), the bands as channels.
    """

    def __init__(
        self,
        *,
        num_bands: int,
        num_axes: int = 2,
        channels: Sequence[int] = (16, 32, 64, 128),
        num_blocks: Sequence[int] = (3, 4, 6, 3),
        reduction: int = 8,
        first_stride: Sizes = 1,
        first_pool: Sizes = 1,
        strides: Sequence[Sizes] = (1, 2, 2, 1),
        pools: Sequence[Sizes] = (1, 1, 1, 1),
        last_norm: bool = False,
    ):
        """Build the trunk.

        Args:
            num_bands: Bands F of a frame.
            num_axes: 2, or 1 for convolutions over time alone.
            channels: Of each stage.
            num_blocks: Of each stage.
            reduction: Channels for each unit of the excitation.
            first_stride: Of the first convolution; sizes are one number or (bands, frames).
            first_pool: After it.
            strides: Of each stage's first block.
            pools: After each stage.
            last_norm: Whether a normalisation and a ReLU come last.

        Raises:
            ConfigError: The lists differ in length, a stage has fewer channels than the reduction, or
                there is no such number of axes.
        """
        super().__init__()
        if num_axes not in CONVOLUTIONS:
            raise ConfigError(f"{num_axes} is no number of axes", where="num_axes", mend="give 1 or 2")
        if len({len(one) for one in (channels, num_blocks, strides, pools)}) != 1:
            what = "channels, num_blocks, strides and pools differ in length"
            raise ConfigError(what, where="the trunk", mend="give each one value a stage")
        if min(channels) < reduction:
            what = f"{min(channels)} channels leave the excitation none: its reduction is {reduction}"
            raise ConfigError(what, where="the trunk", mend="give more channels, or a smaller reduction")
        self.num_bands, self.num_axes, self.num_channels = num_bands, num_axes, channels[-1]
        num_inputs = 1 if num_axes == 2 else num_bands
        layers: list[nn.Module] = [
            CONVOLUTIONS[num_axes](
                num_inputs, channels[0], 7, stride=_sizes(first_stride), padding=3, bias=False
            ),
            NORMALISATIONS[num_axes](channels[0]),
            nn.ReLU(),
            *_pool(first_pool, num_axes),
        ]
        before = channels[0]
        for width, count, stride, pool in zip(channels, num_blocks, strides, pools, strict=True):
            for index in range(count):
                own = _sizes(stride) if index == 0 else 1
                layers.append(
                    ResidualBlock(before, width, stride=own, reduction=reduction, num_axes=num_axes)
                )
                before = width
            layers += _pool(pool, num_axes)
        if last_norm:
            layers += [NORMALISATIONS[num_axes](before), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.apply(initialise)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, F, L) to (B, L', C), the mean over what is left of the bands."""
        maps = self.layers(features.unsqueeze(1) if self.num_axes == 2 else features)
        return (maps.mean(2) if self.num_axes == 2 else maps).transpose(1, 2)


def _sizes(value: Sizes) -> int | tuple[int, ...]:
    return value if isinstance(value, int) else tuple(value)


def _is_more_than_one(size: Sizes) -> bool:
    return size > 1 if isinstance(size, int) else max(size) > 1


def _pool(size: Sizes, num_axes: int) -> list[nn.Module]:
    return [POOLS[num_axes](_sizes(size))] if _is_more_than_one(size) else []
