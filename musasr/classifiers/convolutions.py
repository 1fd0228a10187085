"""What the convolutional trunks share: a convolution with its normalisation, and their first weights."""

from torch import nn


def normed(
    num_inputs: int, num_outputs: int, size: int, *, stride: int = 1, num_groups: int = 1
) -> list[nn.Module]:
    """A square convolution that keeps the size of its maps (but for the stride), and its normalisation."""
    convolution = nn.Conv2d(
        num_inputs, num_outputs, size, stride=stride, padding=size // 2, groups=num_groups, bias=False
    )
    return [convolution, nn.BatchNorm2d(num_outputs)]


def initialise(module: nn.Module) -> None:
    """Draw a convolution's weights for ReLUs behind it (He et al., 2015); other modules stay as they are."""
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
