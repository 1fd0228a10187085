"""CAM++ (Wang et al. 2023): a densely connected TDNN with context-aware masks; vectors of voices.

A small residual network over frequency, then three blocks of TDNN layers, each of which is given the outputs
of all before it, and mean and deviation over time. The names of the parts are those in the published weights.
"""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from musasr import tensors
from musasr.errors import StateError

NUM_MELS, WIDTH = 80, 32
GROWTH, BOTTLENECK, FIRST = 32, 128, 128
BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers, dilation
SEGMENT = 100  # frames over which the context of a mask is averaged
SIZE = 192


class ResidualBlock(nn.Module):
    """Two convolutions over (frequency, time) beside a shortcut; the first may halve the frequencies."""

    def __init__(self, stride: int):
        """Build it; stride: over frequency, 1 or 2."""
        super().__init__()
        self.conv1 = nn.Conv2d(WIDTH, WIDTH, 3, stride=(stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        self.conv2 = nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(WIDTH)
        self.shortcut = nn.Sequential()
        if stride > 1:
            narrowed = nn.Conv2d(WIDTH, WIDTH, 1, stride=(stride, 1), bias=False)
            self.shortcut = nn.Sequential(narrowed, nn.BatchNorm2d(WIDTH))

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, F, L) to (B, C, F / stride, L)."""
        hidden = self.bn1(self.conv1(features)).relu()
        return (self.bn2(self.conv2(hidden)) + self.shortcut(features)).relu()


class Head(nn.Module):
    """Mels (B, F, L) to local patterns of them (B, C F / 8, L)."""

    def __init__(self):
        """Build it."""
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, WIDTH, 3, padding=1, bias=False), nn.BatchNorm2d(WIDTH)
        self.layer1 = nn.Sequential(ResidualBlock(2), ResidualBlock(1))
        self.layer2 = nn.Sequential(ResidualBlock(2), ResidualBlock(1))
        self.conv2 = nn.Conv2d(WIDTH, WIDTH, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(WIDTH)

    def forward(self, mels: Tensor) -> Tensor:
        """See the class."""
        hidden = self.bn1(self.conv1(mels[:, None])).relu()
        hidden = self.bn2(self.conv2(self.layer2(self.layer1(hidden)))).relu()
        return hidden.flatten(1, 2)


class MaskedConvolution(nn.Module):
    """A convolution over time times a mask that the means of the whole and of segments decide."""

    def __init__(self, dilation: int):
        """Build it; dilation: frames between the taps."""
        super().__init__()
        self.linear_local = nn.Conv1d(BOTTLENECK, GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(BOTTLENECK, BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(BOTTLENECK // 2, GROWTH, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, bottleneck, L) to (B, growth, L)."""
        means = nn.functional.avg_pool1d(hidden, SEGMENT, SEGMENT, ceil_mode=True)
        context = hidden.mean(-1, keepdim=True) + means
        mask = self.linear2(self.linear1(context).relu()).sigmoid()  # one a segment: the same for its frames
        mask = mask.repeat_interleave(SEGMENT, dim=-1)[..., : hidden.shape[-1]]
        return self.linear_local(hidden) * mask


class DenseLayer(nn.Module):
    """What it is given, and its own output after it: (B, C, L) to (B, C + growth, L)."""

    def __init__(self, num_channels: int, dilation: int):
        """Build it."""
        super().__init__()
        self.nonlinear1 = _normalised(num_channels)
        self.linear1 = nn.Conv1d(num_channels, BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _normalised(BOTTLENECK)
        self.cam_layer = MaskedConvolution(dilation)

    def forward(self, hidden: Tensor) -> Tensor:
        """See the class."""
        new = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(hidden))))
        return torch.cat([hidden, new], dim=1)


class Narrowing(nn.Module):
    """Half the channels, between two blocks."""

    def __init__(self, num_channels: int):
        """Build it."""
        super().__init__()
        self.nonlinear = _normalised(num_channels)
        self.linear = nn.Conv1d(num_channels, num_channels // 2, 1, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, C, L) to (B, C / 2, L)."""
        return self.linear(self.nonlinear(hidden))


class Projected(nn.Module):
    """A convolution, then batch normalisation, and a ReLU where one is asked for."""

    def __init__(self, linear: nn.Conv1d, nonlinear: nn.Module):
        """Hold both."""
        super().__init__()
        self.linear, self.nonlinear = linear, nonlinear

    def forward(self, hidden: Tensor) -> Tensor:
        """See the class."""
        return self.nonlinear(self.linear(hidden))


class CamPlusPlus(nn.Module):
    """Log mel energies (B, L, 80), their means over time taken off, to vectors (B, 192). 6.85 M weights."""

    def __init__(self):
        """Build it, untrained."""
        super().__init__()
        self.head = Head()
        first = nn.Conv1d(WIDTH * NUM_MELS // 8, FIRST, 5, stride=2, padding=2, bias=False)
        parts = OrderedDict(tdnn=Projected(first, _normalised(FIRST)))
        num_channels = FIRST
        for number, (num_layers, dilation) in enumerate(BLOCKS, 1):
            layers = OrderedDict(
                (f"tdnnd{index + 1}", DenseLayer(num_channels + GROWTH * index, dilation))
                for index in range(num_layers)
            )
            parts[f"block{number}"] = nn.Sequential(layers)
            num_channels += GROWTH * num_layers
            parts[f"transit{number}"] = Narrowing(num_channels)
            num_channels //= 2
        parts["out_nonlinear"] = _normalised(num_channels)
        parts["stats"] = MeanAndDeviation()
        last = OrderedDict(batchnorm=nn.BatchNorm1d(SIZE, affine=False))
        parts["dense"] = Projected(nn.Conv1d(2 * num_channels, SIZE, 1, bias=False), nn.Sequential(last))
        self.xvector = nn.Sequential(parts)

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        return self.xvector(self.head(features.transpose(1, 2)))[..., 0]


class MeanAndDeviation(nn.Module):
    """Over time: (B, C, L) to (B, 2 C, 1)."""

    def forward(self, hidden: Tensor) -> Tensor:
        """See the class."""
        deviation = hidden.std(dim=-1, unbiased=hidden.shape[-1] > 1)
        return torch.cat([hidden.mean(dim=-1), deviation], dim=1)[..., None]


def load_cam_plus_plus(path: Path) -> CamPlusPlus:
    """The network with the weights of a file, such as campplus_cn_en_common.pt, ready to be used.

    Raises:
        StateError: There is no such file, or it holds something else.
    """
    mend = "name a file of CAM++ weights, such as campplus_cn_en_common.pt"
    weights = tensors.load(path, mend=mend)
    model = CamPlusPlus()
    if not isinstance(weights, Mapping) or {*weights} != {*model.state_dict()}:
        raise StateError("holds no weights of CAM++", where=path, mend=mend)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise StateError("holds weights of CAM++ of another size", where=path, mend=mend) from error
    return model.eval().requires_grad_(False)


def _normalised(num_channels: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(num_channels), relu=nn.ReLU()))
