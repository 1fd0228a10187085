"""Files of any length from start to end, in the memory of a few seconds of them."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from musasr.audio.containers import decode_av
from musasr.audio.formats import decode_sndfile, existing, is_sndfile
from musasr.audio.resampling import Resampler
from musasr.errors import DataError


def decode(path: str | Path, *, stream: int = 0) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (block (channels, T), rate in Hz) from a file's start to its end: hours in little memory.

    Sample n of them is what a player plays at n / rate: a stream that starts late starts with silence, and
    gaps in its time stamps are silence.

    Args:
        path: The audio or video file.
        stream: Which audio stream, of a container that holds several.

    Raises:
        DataError: The file is missing, broken or empty, or has no such stream.
    """
    path = existing(path)
    num_samples = 0
    for block, rate in decode_av(path, stream) if stream or not is_sndfile(path) else decode_sndfile(path):
        num_samples += block.shape[1]
        yield block, rate
    if num_samples == 0:
        raise DataError("the audio is empty", where=path, mend="leave the file out")


def stream_mono(path: str | Path, *, sampling_rate: int, stream: int = 0) -> Iterator[np.ndarray]:
    """Yield the blocks (T,) of a file at a rate, its channels averaged: together what `audio.read` gives.

    Args:
        path: The audio or video file.
        sampling_rate: Of the blocks, Hz.
        stream: Which audio stream, of a container that holds several.

    Raises:
        DataError: It is missing, broken or empty, has no such stream, or holds NaN or infinity.
    """
    blocks = ((block.mean(axis=0, keepdims=True), rate) for block, rate in decode(path, stream=stream))
    for block in _at_rate(path, blocks, sampling_rate):
        yield block[0]


def stream_channels(path: str | Path, *, sampling_rate: int, stream: int = 0) -> Iterator[np.ndarray]:
    """Yield what `stream_mono` does of each channel: blocks (channels, T).

    Raises:
        DataError: As `stream_mono`.
    """
    return _at_rate(path, decode(path, stream=stream), sampling_rate)


def _at_rate(
    path: str | Path, blocks: Iterator[tuple[np.ndarray, int]], sampling_rate: int
) -> Iterator[np.ndarray]:
    first, rate = next(blocks)
    plain = chain([first], (block for block, _ in blocks))
    for block in plain if rate == sampling_rate else _resampled(plain, rate, sampling_rate, len(first)):
        if not np.isfinite(block).all():
            what = "the audio holds NaN or infinite samples"
            raise DataError(what, where=path, mend="make the file again")
        if block.shape[1]:
            yield block


def _resampled(
    blocks: Iterable[np.ndarray], from_rate: int, to_rate: int, num_channels: int
) -> Iterator[np.ndarray]:
    resampler = Resampler(from_rate, to_rate, num_channels)
    for block in blocks:
        yield resampler(block)
    yield resampler.rest()
