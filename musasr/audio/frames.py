"""Decoded frames of any sample format, rate and channels as float32 blocks of one rate and channel count."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from musasr.audio.resampling import Resampler

if TYPE_CHECKING:
    import av

_FULL_SCALE = {"u8": 1 << 7, "s16": 1 << 15, "s32": 1 << 31, "s64": 1 << 63, "flt": 1, "dbl": 1}


def one_form(frames: Iterable["av.AudioFrame"]) -> Iterator[tuple[np.ndarray, float | None, int]]:
    """Yield (block (channels, T), its stamp in seconds, rate in Hz): channels and rate are the first frame's.

    Broadcasts and spliced files change both in the middle of a stream.
    """
    rate = num_channels = None
    resampler: Resampler | None = None
    for frame in frames:
        samples = to_float(frame)
        if rate is None:
            rate, num_channels = frame.sample_rate, len(samples)
        if resampler is not None and resampler.from_rate != frame.sample_rate:
            yield resampler.rest(), None, rate
            resampler = None
        block = with_channels(samples, num_channels)
        time = None if frame.pts is None else float(frame.pts * frame.time_base)
        if frame.sample_rate == rate:
            yield block, time, rate
            continue
        if resampler is None:
            resampler = Resampler(frame.sample_rate, rate, num_channels)
        held = resampler.held_seconds
        yield resampler(block), None if time is None else time - held, rate
    if resampler is not None:
        yield resampler.rest(), None, rate


def to_float(frame: "av.AudioFrame") -> np.ndarray:
    """A frame's samples (channels, T), float32 of full scale 1."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    kind = frame.format.name.removesuffix("p")
    if kind == "u8":
        samples = samples.astype(np.float32) - _FULL_SCALE[kind]
    return (samples / _FULL_SCALE[kind]).astype(np.float32, copy=False)


def with_channels(samples: np.ndarray, num_channels: int) -> np.ndarray:
    """Samples (channels, T) in another number of channels: their mean in each of them."""
    if len(samples) == num_channels:
        return samples
    return np.repeat(samples.mean(axis=0, keepdims=True), num_channels, axis=0)
