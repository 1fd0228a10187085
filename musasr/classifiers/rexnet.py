"""The trunk ReXNet: inverted bottlenecks whose channels grow by the same number from block to block."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from musasr.classifiers.convolutions import initialise, normed
from musasr.classifiers.se_resnet import Excitation
from musasr.errors import ConfigError


class InvertedBlock(nn.Module):
    """1 x 1 to more channels, 3 x 3 each channel for itself, excitation, 1 x 1 out without a nonlinearity.

    Where nothing is strided away, the input is added to as many of the output's channels as it has: the
    others begin here (Han et al., 2021).
    """

    def __init__(
        self, num_inputs: int, num_outputs: int, *, expansion: int, stride: int, reduction: int | None
    ):
        """Build a block; without a reduction it has no excitation, with an expansion of 1 no first layer."""
        super().__init__()
        inner = num_inputs * expansion
        wider = [*normed(num_inputs, inner, 1), nn.SiLU()] if expansion > 1 else []
        self.body = nn.Sequential(
            *wider,
            *normed(inner, inner, 3, stride=stride, num_groups=inner),
            *([Excitation(inner, reduction, has_norm=True)] if reduction else []),
            nn.ReLU6(),
            *normed(inner, num_outputs, 1),
        )
        self.num_added = num_inputs if stride == 1 and num_inputs <= num_outputs else 0

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, F, L) to (B, C', F', L')."""
        mapped = self.body(maps)
        if not self.num_added:
            return mapped
        continued, begun = mapped[:, : self.num_added], mapped[:, self.num_added :]
        return torch.cat([continued + maps, begun], dim=1)


class ReXNet(nn.Module):
    """A first convolution, stages of inverted bottlenecks, a last convolution: ReXNet 1.0 by default."""

    def __init__(
        self,
        *,
        num_bands: int,
        first_channels: int = 32,
        start_channels: int = 16,
        added_channels: int = 180,
        last_channels: int = 1280,
        num_blocks: Sequence[int] = (1, 2, 2, 3, 3, 5),
        strides: Sequence[int] = (1, 2, 2, 2, 1, 2),
        expansion: int = 6,
        reduction: int = 12,
        num_plain_stages: int = 2,
        last_norm: bool = False,
    ):
        """Build the trunk.

        Args:
            num_bands: Bands F of a frame.
            first_channels: Of the first convolution, 3 by 3 with stride 2.
            start_channels: That leave the first block.
            added_channels: Block i of n, from 0, has start_channels + added_channels * i / n, rounded.
            last_channels: Of the last convolution.
            num_blocks: Of each stage.
            strides: Of each stage's first block.
            expansion: Of the channels inside a block; the first stage has none.
            reduction: Channels inside a block for each unit of its excitation.
            num_plain_stages: Stages from the first on that have no excitation.
            last_norm: Whether a normalisation and a ReLU come last.

        Raises:
            ConfigError: The lists differ in length, or a block has fewer channels than the reduction.
        """
        super().__init__()
        if len(num_blocks) != len(strides):
            what = "num_blocks and strides differ in length"
            raise ConfigError(what, where="the trunk", mend="give each one value a stage")
        self.num_bands, self.num_channels = num_bands, last_channels
        layers = [*normed(1, first_channels, 3, stride=2), nn.SiLU()]
        widths = growing_channels(start_channels, added_channels, sum(num_blocks))
        before, following = first_channels, iter(widths)
        for stage, (count, stride) in enumerate(zip(num_blocks, strides, strict=True)):
            own = {
                "expansion": expansion if stage else 1,
                "reduction": reduction if stage >= num_plain_stages else None,
            }
            _check_reduction(before * own["expansion"], own["reduction"])
            for index in range(count):
                width = next(following)
                layers.append(InvertedBlock(before, width, stride=1 if index else stride, **own))
                before = width
        layers += [*normed(before, last_channels, 1), nn.SiLU()]
        if last_norm:
            layers += [nn.BatchNorm2d(last_channels), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.apply(initialise)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, F, L) to (B, L', C), the mean over what is left of the bands."""
        return self.layers(features.unsqueeze(1)).mean(2).transpose(1, 2)


def growing_channels(start: int, added: int, num_blocks: int) -> list[int]:
    """The channels of each block: on a line from `start`, that would reach start + added after the last."""
    return [round(start + added * index / num_blocks) for index in range(num_blocks)]


def _check_reduction(inner: int, reduction: int | None) -> None:
    if reduction is not None and inner < reduction:
        what = f"{inner} channels leave the excitation none: its reduction is {reduction}"
        raise ConfigError(what, where="the trunk", mend="give more channels, or a smaller reduction")
