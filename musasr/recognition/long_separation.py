"""Sound of any length taken apart, in the memory of a few chunks: windows that overlap and fade into another.

Window k begins at k (W - O), for windows of W samples of which neighbours share O. In what they share the one
fades out while the other fades in, with weights that add up to 1: what holds of each window's sources (that
they add up to the mixture) holds of the whole. The last window is the sound's last W samples, so that a
separator which looks at all it is given (layer norm over the whole input) never sees a short rest alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from musasr.errors import ConfigError, DataError, memory_for
from musasr.recognition.separation import Separator


@dataclass(frozen=True)
class Chunk:
    """A finished piece of the whole: chunk k + 1 begins where chunk k ends.

    Attributes:
        index: Its number, from 0.
        start: Its first sample's place in the whole.
        mixture: (T,), or (channels, T) where the blocks had channels.
        estimates: Source -> likewise; None where it was skipped, or there is no separator.
    """

    index: int
    start: int
    mixture: np.ndarray
    estimates: Mapping[str, np.ndarray] | None


@dataclass(frozen=True)
class Grid:
    """Where windows lie: `window` samples each, of which neighbours share `overlap`."""

    window: int
    overlap: int

    @property
    def hop(self) -> int:
        """Samples from one window's start to the next one's: a chunk's length, but for the last."""
        return self.window - self.overlap


def grid_of(*, sampling_rate: int, chunk_seconds: float, overlap_seconds: float) -> Grid:
    """The grid of settings in seconds.

    Raises:
        ConfigError: The overlap is below 0 or more than half a chunk.
    """
    grid = Grid(round(chunk_seconds * sampling_rate), round(overlap_seconds * sampling_rate))
    if not 0 <= 2 * grid.overlap <= grid.window or grid.window == 0:
        what = f"{overlap_seconds} s is no overlap of chunks of {chunk_seconds} s"
        raise ConfigError(what, where="separation.overlap_seconds", mend="give 0 to half of chunk_seconds")
    return grid


def separate_blocks(
    separator: Separator | None,
    blocks: Iterable[np.ndarray],
    *,
    sampling_rate: int,
    chunk_seconds: float,
    overlap_seconds: float,
    cue_of: Callable[[int, int], Tensor] | None = None,
    skip_chunks: int = 0,
    where: object = None,
) -> Iterator[Chunk]:
    """Yield the chunks of a sound that comes in blocks: consecutive, final, the same from run to run.

    A sound of up to `chunk_seconds` is one chunk: what the separator gives of the whole.

    Args:
        separator: What separates; None gives chunks without estimates.
        blocks: (T,), or (channels, T): each channel is separated by itself; alike ones and silent ones once.
        sampling_rate: Of the blocks and the separator, Hz.
        chunk_seconds: What the separator is given at once.
        overlap_seconds: How much of it two neighbours share.
        cue_of: What the separator is given besides, (1, ...), of a window's first sample in the whole and its
            length: asked for in order, of the windows that are separated; None: nothing.
        skip_chunks: So many chunks at the beginning come without estimates: the rest is as it would be.
        where: What messages call the sound.

    Raises:
        ConfigError: As `grid_of`.
        DataError: The estimates hold NaN or infinite samples.
        StateError: Memory does not suffice for a chunk.
    """
    grid = grid_of(sampling_rate=sampling_rate, chunk_seconds=chunk_seconds, overlap_seconds=overlap_seconds)
    tail: dict[str, np.ndarray] | None = None
    for window in _windows(blocks, grid):
        is_needed = separator is not None and (
            window.index >= skip_chunks or (not window.is_last and window.index == skip_chunks - 1)
        )
        sources = None
        if is_needed:
            seconds = window.samples.shape[-1] / sampling_rate
            what = f"a chunk of {seconds:.1f} s, {np.atleast_2d(window.samples).shape[0]} channels"
            with memory_for(what, where=where, mend="lower separation.chunk_seconds"):
                cue = None if cue_of is None else cue_of(window.start, window.samples.shape[-1])
                sources = _checked(separate_window(separator, window.samples, cue), where)
        estimates = None
        if sources is not None and window.index >= skip_chunks:
            estimates = {
                name: _faded(source[..., window.begin :], None if tail is None else tail[name])
                for name, source in sources.items()
            }
            if not window.is_last:
                estimates = {name: source[..., : grid.hop] for name, source in estimates.items()}
        tail = sources and {name: source[..., grid.hop :] for name, source in sources.items()}
        mixture = window.samples[..., window.begin :]
        yield Chunk(
            window.index,
            window.index * grid.hop,
            mixture if window.is_last else mixture[..., : grid.hop],
            estimates,
        )


@dataclass(frozen=True)
class _Window:
    """What a separator is given (..., T), from sample `start` of the whole on.

    The chunk's part of it starts at `begin`.
    """

    index: int
    start: int
    samples: np.ndarray
    begin: int
    is_last: bool


def _windows(blocks: Iterable[np.ndarray], grid: Grid) -> Iterator[_Window]:
    """Yield the windows of a sound; none of a sound without samples."""
    held: list[np.ndarray] = []
    num_held = index = 0
    before: np.ndarray | None = None  # the window before: the last one reaches back into it
    for block in blocks:
        held.append(block)
        num_held += block.shape[-1]
        # One sample more than a window: only then it is known not to be the last.
        while num_held > grid.window:
            samples = np.concatenate(held, axis=-1)
            before = samples[..., : grid.window]
            yield _Window(index, index * grid.hop, before, 0, is_last=False)
            index += 1
            held, num_held = [samples[..., grid.hop :]], num_held - grid.hop
    if num_held:
        rest = np.concatenate(held, axis=-1)
        missing = 0 if before is None else grid.window - num_held
        if missing:
            rest = np.concatenate([before[..., grid.hop - missing : grid.hop], rest], axis=-1)
        yield _Window(index, index * grid.hop - missing, rest, missing, is_last=True)


@torch.inference_mode()
def separate_window(
    separator: Separator, samples: np.ndarray, cue: Tensor | None = None
) -> dict[str, np.ndarray]:
    """The sources of samples (T,) or (channels, T) at once, by name and of their shape.

    Args:
        separator: What separates.
        samples: As said.
        cue: What it is given besides, of every channel the same, (1, ...); None: nothing.
    """
    channels = np.atleast_2d(np.asarray(samples, np.float32))
    different = {channel.tobytes(): channel for channel in channels if channel.any()}
    silent = np.zeros((len(separator.sources), samples.shape[-1]), np.float32)
    estimates: dict[bytes, np.ndarray] = {}
    if different:
        mixture = torch.from_numpy(np.stack(list(different.values())))
        lengths = torch.full((len(mixture),), mixture.shape[1])
        device = _device_of(separator)
        cues = {} if cue is None else {"cue": cue.to(device).expand(len(mixture), *cue.shape[1:])}
        separated = separator.separate(mixture.to(device), lengths.to(device), **cues).float().cpu().numpy()
        estimates = dict(zip(different, separated, strict=True))
    whole = np.stack([estimates.get(channel.tobytes(), silent) for channel in channels])
    return {name: whole[:, index].reshape(samples.shape) for index, name in enumerate(separator.sources)}


def _device_of(separator: Separator) -> torch.device:
    """Where it computes; one without weights computes where its samples are."""
    weights = separator.parameters() if isinstance(separator, torch.nn.Module) else ()
    return next((one.device for one in weights), torch.device("cpu"))


def _checked(sources: dict[str, np.ndarray], where: object) -> dict[str, np.ndarray]:
    if not all(np.isfinite(source).all() for source in sources.values()):
        mend = "train the separator again"
        raise DataError("the estimates hold NaN or infinite samples", where=where, mend=mend)
    return sources


def _faded(source: np.ndarray, tail: np.ndarray | None) -> np.ndarray:
    """A source (..., T) that begins as the end of the window before (..., O) and fades into itself."""
    if tail is None or tail.shape[-1] == 0:
        return source
    num_shared = tail.shape[-1]
    weights = ((np.arange(num_shared) + 0.5) / num_shared).astype(np.float32)
    shared = tail + weights * (source[..., :num_shared] - tail)
    return np.concatenate([shared, source[..., num_shared:]], axis=-1)
