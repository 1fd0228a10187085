"""The trunk ResNeXt: residual bottlenecks whose middle convolution sees its channels in groups."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from musasr.classifiers.convolutions import initialise, normed
from musasr.errors import ConfigError


class GroupedBlock(nn.Module):
    """A bottleneck of Xie et al., 2017: 1 x 1 to the inner width, 3 x 3 in groups, 1 x 1 out; a shortcut."""

    def __init__(self, num_inputs: int, num_outputs: int, *, inner: int, num_groups: int, stride: int):
        """Build a block; the shortcut is a convolution of size 1 where shapes differ."""
        super().__init__()
        self.body = nn.Sequential(
            *normed(num_inputs, inner, 1),
            nn.ReLU(),
            *normed(inner, inner, 3, stride=stride, num_groups=num_groups),
            nn.ReLU(),
            *normed(inner, num_outputs, 1),
        )
        self.shortcut: nn.Module = nn.Identity()
        if num_inputs != num_outputs or stride > 1:
            self.shortcut = nn.Sequential(*normed(num_inputs, num_outputs, 1, stride=stride))

    def forward(self, maps: Tensor) -> Tensor:
        """Map (B, C, F, L) to (B, C', F', L')."""
        return torch.relu(self.body(maps) + self.shortcut(maps))


class ResNeXt(nn.Module):
    """A first convolution and a pool, then stages of grouped bottlenecks: ResNeXt-50 32x4d by default."""

    def __init__(
        self,
        *,
        num_bands: int,
        first_channels: int = 64,
        channels: Sequence[int] = (256, 512, 1024, 2048),
        num_blocks: Sequence[int] = (3, 4, 6, 3),
        num_groups: int = 32,
        group_channels: int = 4,
        strides: Sequence[int] = (1, 2, 2, 2),
    ):
        """Build the trunk.

        Args:
            num_bands: Bands F of a frame.
            first_channels: Of the first convolution, 7 by 7 with stride 2; a pool of stride 2 follows it.
            channels: That leave each stage.
            num_blocks: Of each stage.
            num_groups: Of the channels inside a bottleneck (the paper's cardinality).
            group_channels: Of each group in the first stage; each further stage has twice as many.
            strides: Of each stage's first block.

        Raises:
            ConfigError: The lists differ in length.
        """
        super().__init__()
        if len({len(one) for one in (channels, num_blocks, strides)}) != 1:
            what = "channels, num_blocks and strides differ in length"
            raise ConfigError(what, where="the trunk", mend="give each one value a stage")
        self.num_bands, self.num_channels = num_bands, channels[-1]
        layers = [*normed(1, first_channels, 7, stride=2), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)]
        before = first_channels
        for stage, (width, count, stride) in enumerate(zip(channels, num_blocks, strides, strict=True)):
            inner = num_groups * group_channels * 2**stage
            for index in range(count):
                own = stride if index == 0 else 1
                layers.append(GroupedBlock(before, width, inner=inner, num_groups=num_groups, stride=own))
                before = width
        self.layers = nn.Sequential(*layers)
        self.apply(initialise)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (B, F, L) to (B, L', C), the mean over what is left of the bands."""
        return self.layers(features.unsqueeze(1)).mean(2).transpose(1, 2)
