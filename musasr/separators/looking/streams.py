"""The two stacks of dilated convolutions: over the time of a face, over time and frequency of the mixture."""

from collections.abc import Sequence

from torch import Tensor, nn

from musasr.layers.padding import zero_outside

VISUAL_KERNELS, VISUAL_DILATIONS = (7, 5, 5, 5, 5, 5), (1, 1, 2, 4, 8, 16)
AUDIO_KERNELS = ((1, 7), (7, 1), *[(5, 5)] * 12, (1, 1))
AUDIO_DILATIONS = (
    *[(1, 1)] * 3,
    *[(2**power, 1) for power in range(1, 6)],
    *[(2**power, 2**power) for power in range(6)],
    (1, 1),
)
type Pair = tuple[int, int]


class VisualStream(nn.Module):
    """What moves in a face: convolutions over time, each with batch normalisation and ReLU."""

    def __init__(
        self,
        face_dim: int,
        channels: int = 256,
        kernels: Sequence[int] | None = None,
        dilations: Sequence[int] | None = None,
    ):
        """Build the layers.

        Args:
            face_dim: Size of a picture's face vector (D).
            channels: Of each layer (C).
            kernels: Pictures that each layer sees, odd; None: the paper's.
            dilations: Pictures between those; None: the paper's.

        Raises:
            ValueError: There are not as many dilations as kernels, or a kernel is even.
        """
        super().__init__()
        kernels, dilations = kernels or VISUAL_KERNELS, dilations or VISUAL_DILATIONS
        _check(kernels, dilations, [one % 2 for one in kernels])
        sizes = [face_dim, *[channels] * len(kernels)]
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(size, channels, kernel, dilation=dilation, padding=kernel // 2 * dilation),
                nn.BatchNorm1d(channels),
                nn.ReLU(),
            )
            for size, kernel, dilation in zip(sizes, kernels, dilations, strict=False)
        )

    def forward(self, faces: Tensor, is_inside: Tensor | None = None) -> Tensor:
        """(B, V, C) of the vectors of V pictures of one face each, (B, V, D).

        Args:
            faces: As said.
            is_inside: Pictures that are no padding, (B, V); None: all.
        """
        signal = zero_outside(faces.transpose(1, 2), is_inside, axis=2)
        for layer in self.layers:
            signal = zero_outside(layer(signal), is_inside, axis=2)
        return signal.transpose(1, 2)


class AudioStream(nn.Module):
    """What a compressed spectrum holds: convolutions over time and frequency, batch normalisation, ReLU."""

    def __init__(
        self,
        num_bins: int,
        channels: int = 96,
        out_channels: int = 8,
        kernels: Sequence[Pair] | None = None,
        dilations: Sequence[Pair] | None = None,
        frequency_stride: int = 1,
    ):
        """Build the layers.

        Args:
            num_bins: Bins of the spectrum (F).
            channels: Of each layer but the last.
            out_channels: Of the last.
            kernels: (frames, bins) that each layer sees, odd; None: the paper's.
            dilations: (frames, bins) between those; None: the paper's.
            frequency_stride: Bins from one place of the first layer to the next: 1 is the paper's; more is
                that much faster.

        Raises:
            ValueError: There are not as many dilations as kernels, or a kernel is even.
        """
        super().__init__()
        kernels, dilations = kernels or AUDIO_KERNELS, dilations or AUDIO_DILATIONS
        _check(kernels, dilations, [size % 2 for one in kernels for size in one])
        widths = [2, *[channels] * (len(kernels) - 1), out_channels]
        strides = [(1, frequency_stride), *[(1, 1)] * (len(kernels) - 1)]
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(widths[i], widths[i + 1], kernel, strides[i], _same(kernel, dilation), dilation),
                nn.BatchNorm2d(widths[i + 1]),
                nn.ReLU(),
            )
            for i, (kernel, dilation) in enumerate(zip(kernels, dilations, strict=True))
        )
        self.output_dim = out_channels * ((num_bins - 1) // frequency_stride + 1)

    def forward(self, spectrum: Tensor, is_inside: Tensor | None = None) -> Tensor:
        """(B, L, output_dim) of the compressed spectrum, as real and imaginary parts (B, 2, L, F).

        Args:
            spectrum: As said.
            is_inside: Frames that are no padding, (B, L); None: all.
        """
        signal = spectrum
        for layer in self.layers:
            signal = zero_outside(layer(signal), is_inside, axis=2)
        return signal.transpose(1, 2).flatten(2)


def _same(kernel: Pair, dilation: Pair) -> Pair:
    """Zeros around, so that as many frames and bins come out."""
    return kernel[0] // 2 * dilation[0], kernel[1] // 2 * dilation[1]


def _check(kernels: Sequence, dilations: Sequence, remainders: Sequence[int]) -> None:
    if len(kernels) != len(dilations):
        raise ValueError(f"{len(kernels)} kernels and {len(dilations)} dilations: give one of each a layer")
    if not all(remainders):
        raise ValueError(f"kernels {list(kernels)}: an even kernel has no middle: choose odd ones")
