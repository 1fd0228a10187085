"""The separator of bands: Conv-TasNet's blocks on the complex spectrum, along its bands and across them."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.layers.padding import valid_frames, zero_outside
from musasr.layers.recomputing import Recomputing
from musasr.separators.conv_tasnet import ConvBlock
from musasr.separators.kernels import PRelu, is_on_cpu
from musasr.separators.layers import GlobalLayerNorm
from musasr.separators.masking import MaskingSeparator, one_by_one

COMPRESSION = 0.5  # exponent of the amplitudes that the network sees
TINY = 1e-8  # amplitude, so that silence has a gradient


class BandSplitSeparator(Recomputing, MaskingSeparator):
    """One complex mask a source, sources in a fixed order, so that the phase of the mixture is mended too.

    The spectrum is cut into K bands of W bins; each becomes C channels, and what follows looks in turn along
    time within a band, with the same weights for all, and across the bands (BSRNN, Yu & Luo 2023). Where that
    has LSTMs, here are Conv-TasNet's dilated blocks, several times as fast. An utterance gets the same
    masks alone and in a padded batch, and at any level.
    """

    def __init__(
        self,
        input_dim: int,
        num_spk: int = 2,
        band_width: int = 16,
        band_channels: int = 32,
        hidden_dim: int = 64,
        across_dim: int = 128,
        kernel: int = 3,
        layer: int = 5,
        stack: int = 2,
    ):
        """Build the network.

        Args:
            input_dim: Bins F of the spectrum.
            num_spk: Sources S.
            band_width: Bins of a band (W); beyond the last bin stand zeros.
            band_channels: Channels of a band between the blocks (C).
            hidden_dim: Channels inside a block within a band.
            across_dim: Channels inside a block across the bands.
            kernel: Taps of the depthwise convolutions, odd.
            layer: Pairs of blocks in a stack, dilated by 1, 2, 4 ...
            stack: Stacks.

        Raises:
            ValueError: `kernel` is even or a band has no bin.
        """
        super().__init__(num_spk)
        if band_width < 1:
            raise ValueError(f"band_width is {band_width}; a band has one bin or more")
        if kernel % 2 == 0:
            raise ValueError(f"kernel is {kernel}; an even kernel has no middle: choose an odd one")
        self.band_width, self.num_bands = band_width, -(-input_dim // band_width)
        num_channels = self.num_bands * band_channels
        self.normalise = GlobalLayerNorm(self.num_bands * 2 * band_width)
        self.split = BandwiseConv(self.num_bands, 2 * band_width, band_channels)
        self.blocks = nn.ModuleList(
            PairOfBlocks(
                within=ConvBlock(band_channels, hidden_dim, kernel, 2**x),
                across=ConvBlock(num_channels, across_dim, kernel, 2**x),
            )
            for _ in range(stack)
            for x in range(layer)
        )
        self.activate = PRelu()
        self.merge = BandwiseConv(self.num_bands, band_channels, num_spk * 2 * band_width)

    def estimate_masks(self, mixture: Tensor, lengths: Tensor | None) -> tuple[Tensor, ...]:
        """Return S complex masks, each (B, L, F), zero in the padding, for the complex spectrum (B, L, F)."""
        is_inside = valid_frames(lengths, mixture.shape[1])
        if is_inside is not None and is_on_cpu(mixture):
            masks = one_by_one(lambda own: self.estimate_at_once(own, None), mixture, is_inside)
        else:
            masks = self.estimate_at_once(mixture, is_inside)
        return masks.chunk(self.num_spk, dim=2)

    def estimate_at_once(self, mixture: Tensor, is_inside: Tensor | None) -> Tensor:
        """Return all masks of a batch side by side, (B, L, S F)."""
        bands = self.split(self.normalise(self.compute_features(mixture), is_inside))
        for block in self.blocks:
            bands = self.run(block, bands, is_inside)
        scores = zero_outside(self.merge(self.activate(bands)), is_inside, axis=2)
        return self.make_masks(scores, num_bins=mixture.shape[2])

    def compute_features(self, spectrum: Tensor) -> Tensor:
        """Return what the network sees of a spectrum (B, L, F): (B, K 2 W, L), amplitudes compressed."""
        compressed = spectrum * (spectrum.abs() + TINY) ** (COMPRESSION - 1)
        beyond = self.num_bands * self.band_width - spectrum.shape[2]
        parts = torch.view_as_real(functional.pad(compressed, (0, beyond)))
        return parts.flatten(2).transpose(1, 2).contiguous()

    def make_masks(self, scores: Tensor, *, num_bins: int) -> Tensor:
        """Return the complex masks (B, L, S F) of the scores (B, K S 2 W, L)."""
        batch, _, num_frames = scores.shape
        scores = scores.view(batch, self.num_bands, self.num_spk, self.band_width, 2, num_frames)
        parts = scores.permute(0, 5, 2, 1, 3, 4).reshape(batch, num_frames, self.num_spk, -1, 2)
        # Complex numbers have no 16-bit form, which autocast may have left the scores in.
        return torch.view_as_complex(parts.float().contiguous())[..., :num_bins].flatten(2)


class PairOfBlocks(nn.Module):
    """A block of Conv-TasNet along each band and one across all bands; what each gives is added."""

    def __init__(self, *, within: ConvBlock, across: ConvBlock):
        super().__init__()
        self.within, self.across = within, across
        self.band_channels = within.net[0].in_channels

    def forward(self, bands: Tensor, is_inside: Tensor | None) -> Tensor:
        """Return the bands (B, K C, L) with what both blocks add, zero in the padding if they are."""
        each = bands.view(-1, self.band_channels, bands.shape[2])
        num_bands = len(each) // len(bands)
        of_each = None if is_inside is None else is_inside.repeat_interleave(num_bands, dim=0)
        bands = bands + self.within(each, of_each).view_as(bands)
        return bands + self.across(bands, is_inside)


class BandwiseConv(nn.Module):
    """1x1 convolution without bias whose outputs see the inputs of their own band alone."""

    def __init__(self, num_bands: int, num_inputs: int, num_outputs: int):
        """Have weights (K outputs, inputs), inputs and outputs counted in a band."""
        super().__init__()
        self.num_bands = num_bands
        self.weight = nn.Parameter(torch.empty(num_bands * num_outputs, num_inputs))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)  # as torch's convolutions begin

    def forward(self, signal: Tensor) -> Tensor:
        """Return (B, K outputs, L) of the signal (B, K inputs, L)."""
        bands = signal.unflatten(1, (self.num_bands, -1))
        return (self.weight.unflatten(0, (self.num_bands, -1)) @ bands).flatten(1, 2)
