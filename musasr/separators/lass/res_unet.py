"""The SeparationNet: a residual U-Net on a spectrogram, a query acting behind every convolution."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.errors import ConfigError
from musasr.layers.padding import within_lengths
from musasr.separators.lass.film import film_of

CHANNELS = (32, 64, 128, 256, 384, 384)
SLOPE = 0.01  # of the leaky rectifiers
DROPPED_BINS = 2  # of the highest: 2^n - 1 are left, which halves and doubles without a remainder

type Inside = list[Tensor | None]


class ConditionedConv(nn.Module):
    """Norm, leaky rectifier, 3 x 3 convolution, and what the query does to its output."""

    def __init__(self, num_inputs: int, num_outputs: int, query_size: int, film: str):
        """Build the layers."""
        super().__init__()
        self.norm = nn.BatchNorm2d(num_inputs)
        self.conv = nn.Conv2d(num_inputs, num_outputs, 3, padding=1, bias=False)
        self.film = film_of(film)(query_size, num_outputs)

    def forward(self, signal: Tensor, query: Tensor, inside: Tensor | None) -> Tensor:
        """Map (B, C, L, F) to (B, C', L, F); ``inside`` (B, 1, L, 1) says which frames are no padding."""
        activated = functional.leaky_relu(self.norm(signal), SLOPE, inplace=True)
        return self.film(self.conv(keep(activated, inside)), query)


class ConditionedBlock(nn.Module):
    """Two conditioned convolutions beside a shortcut, which has a query of its own where channels change."""

    def __init__(self, num_inputs: int, num_outputs: int, query_size: int, film: str):
        """Build the layers."""
        super().__init__()
        self.first = ConditionedConv(num_inputs, num_outputs, query_size, film)
        self.second = ConditionedConv(num_outputs, num_outputs, query_size, film)
        self.shortcut = self.film = None
        if num_inputs != num_outputs:
            self.shortcut = nn.Conv2d(num_inputs, num_outputs, 1)
            self.film = film_of(film)(query_size, num_outputs)

    def forward(self, signal: Tensor, query: Tensor, inside: Tensor | None) -> Tensor:
        """Map (B, C, L, F) to (B, C', L, F)."""
        changed = self.second(self.first(signal, query, inside), query, inside)
        if self.shortcut is None:
            return signal + changed
        return self.film(self.shortcut(signal), query) + changed


class Blocks(nn.ModuleList):
    """Conditioned blocks one behind the other; the first changes the number of channels."""

    def __init__(self, number: int, num_inputs: int, num_outputs: int, query_size: int, film: str):
        """Build so many."""
        sizes = [num_inputs, *[num_outputs] * (number - 1)]
        super().__init__(ConditionedBlock(size, num_outputs, query_size, film) for size in sizes)

    def forward(self, signal: Tensor, query: Tensor, inside: Tensor | None) -> Tensor:
        """Map (B, C, L, F) to (B, C', L, F)."""
        for block in self:
            signal = block(signal, query, inside)
        return signal


class Upsampling(nn.Module):
    """Norm, rectifier, transposed convolution: twice the frames, twice the bins and one."""

    def __init__(self, num_inputs: int, num_outputs: int):
        """Build the layers."""
        super().__init__()
        self.norm = nn.BatchNorm2d(num_inputs)
        self.conv = nn.ConvTranspose2d(num_inputs, num_outputs, 3, stride=2, bias=False)

    def forward(self, signal: Tensor, inside: Tensor | None) -> Tensor:
        """Map (B, C, L, F) to (B, C', 2L, 2F + 1)."""
        return self.conv(keep(functional.relu(self.norm(signal)), inside))[:, :, :-1]


class ResUNet(nn.Module):
    """Magnitudes and a query's vector to the maps that a mask is made of."""

    def __init__(
        self,
        *,
        query_size: int = 256,
        channels: Sequence[int] = CHANNELS,
        blocks: int = 2,
        film: str = "affine",
        num_maps: int = 1,
    ):
        """Build encoder, centre, decoder and the last convolution.

        Args:
            query_size: D of the query's vector.
            channels: Of the encoder's stages; each halves frames and bins.
            blocks: Conditioned blocks of a stage; the centre and the end have one.
            film: A name of `musasr.separators.lass.film.FILMS`.
            num_maps: K; all but the first, a mask's logits, begin at 0.
        """
        super().__init__()
        common = {"query_size": query_size, "film": film}
        ups = [*reversed(channels)]
        self.down = nn.ModuleList(
            Blocks(blocks, before, after, **common)
            for before, after in zip([1, *channels], channels, strict=False)
        )
        self.centre = Blocks(1, ups[0], ups[0], **common)
        before = [ups[0], *ups[:-1]]
        self.up = nn.ModuleList(Upsampling(*sizes) for sizes in zip(before, ups, strict=True))
        self.merge = nn.ModuleList(Blocks(blocks, 2 * size, size, **common) for size in ups)
        self.end = Blocks(1, ups[-1], ups[-1], **common)
        self.last = nn.Conv2d(ups[-1], num_maps, 1)
        for weight in self.last.parameters():
            nn.init.zeros_(weight[1:])

    @property
    def multiple(self) -> int:
        """Frames come in multiples of this."""
        return 2 ** len(self.down)

    def forward(self, magnitude: Tensor, num_frames: Tensor | None, query: Tensor) -> Tensor:
        """Return the maps, (B, K, L, F), zero at the two highest bins.

        An item sees no frame but its own, filled up with silence to a multiple of 2^stages, so that it gets
        the same maps in any batch.

        Args:
            magnitude: (B, L, F), F = 2^n + 1.
            num_frames: Valid frames (B,); None: all.
            query: (B, D).

        Raises:
            ConfigError: The bins cannot be halved so often.
        """
        length, bins = magnitude.shape[1:]
        if (bins - 1) % self.multiple or bins - 1 < 2 * self.multiple:
            mend = f"take n_fft = a power of 2 from {4 * self.multiple} on, or fewer channels"
            raise ConfigError(f"{bins} bins cannot be halved {len(self.down)} times", mend=mend)
        added = -length % self.multiple
        inside = self._inside(num_frames, length, added)
        signal = functional.pad(magnitude[..., :-DROPPED_BINS], (0, 0, 0, added)).unsqueeze(1)
        maps = self.last(self._decode(*self._encode(signal, query, inside), query, inside))
        return functional.pad(maps[:, :, :length], (0, DROPPED_BINS))

    def _encode(self, signal: Tensor, query: Tensor, inside: Inside) -> tuple[Tensor, list[Tensor]]:
        """What comes to the centre, and what each stage hands over."""
        skips = []
        for level, stage in enumerate(self.down):
            signal = stage(signal, query, inside[level])
            skips.append(signal)
            signal = functional.avg_pool2d(signal, 2)
        return signal, skips

    def _decode(self, signal: Tensor, skips: list[Tensor], query: Tensor, inside: Inside) -> Tensor:
        signal = self.centre(signal, query, inside[-1])
        for level, up, merge in zip(range(len(skips) - 1, -1, -1), self.up, self.merge, strict=True):
            joined = torch.cat([up(signal, inside[level + 1]), skips[level]], dim=1)
            signal = merge(joined, query, inside[level])
        return self.end(signal, query, inside[0])

    def _inside(self, num_frames: Tensor | None, length: int, added: int) -> Inside:
        """For each level which frames are an item's, (B, 1, L, 1); None where all are."""
        if num_frames is None or bool((num_frames + added >= length + added).all()):
            return [None] * (len(self.down) + 1)
        own = -(-num_frames // self.multiple) * self.multiple
        frames = within_lengths(own, length + added)[:, None, :, None]
        return [frames[:, :, :: 2**level] for level in range(len(self.down) + 1)]


def keep(signal: Tensor, inside: Tensor | None) -> Tensor:
    """The signal (B, C, L, F), zero outside the items."""
    return signal if inside is None else torch.where(inside, signal, 0.0)
