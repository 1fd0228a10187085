"""One utterance or piece of music against the recipe's limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from musasr.errors import DataError
from musasr.inspection.measures import Signal, measure
from musasr.text import Units

SUBSAMPLING = 2, 2  # the strides in time of the encoder's convolutions


@dataclass(frozen=True, slots=True)
class Limits:
    """What an item is held against; `max_seconds` is None where nothing bounds the length."""

    sampling_rate: int
    silence_db: float
    clipped_fraction: float
    max_seconds: float | None
    hop_length: int
    units: Path | None


@dataclass(frozen=True, slots=True)
class Item:
    """What is examined: `text` and `num_samples` are None where no table states them."""

    item_id: str
    path: Path
    num_samples: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """An item's length, content (None if unreadable) and faults: (kind, what exactly)."""

    item_id: str
    seconds: float
    content: int | None
    faults: tuple[tuple[str, str], ...]


def examine(item: Item, limits: Limits) -> Examined:
    """Read an item's audio and compare it with its tables and the limits."""
    try:
        signal = measure(item.path)
    except DataError as error:
        kind = "empty" if "empty" in error.what else "broken"
        return Examined(item.item_id, 0.0, None, ((kind, f"{item.item_id}: {error}"),))
    faults = tuple((kind, f"{item.item_id} ({figure})") for kind, figure in _faults(item, signal, limits))
    return Examined(item.item_id, signal.seconds, signal.content, faults)


def num_encoder_frames(num_samples: int, hop_length: int) -> int:
    """How many frames the recogniser's encoder gives."""
    num_frames = num_samples // hop_length + 1
    for stride in SUBSAMPLING:
        num_frames = -(-num_frames // stride)
    return num_frames


def _faults(item: Item, signal: Signal, limits: Limits) -> Iterator[tuple[str, str]]:
    if signal.sampling_rate != limits.sampling_rate:
        yield "rate", f"{signal.sampling_rate} Hz"
    if signal.num_channels != 1:
        yield "channels", f"{signal.num_channels}"
    if item.num_samples not in (None, signal.num_samples):
        yield "length", f"{signal.num_samples} samples, not {item.num_samples}"
    if not signal.is_finite:
        yield "nan", str(item.path)
    elif signal.peak == 0:
        yield "silent", str(item.path)
    elif signal.level_db < limits.silence_db:
        yield "faint", f"{signal.level_db:.0f} dB"
    if signal.clipped > limits.clipped_fraction:
        yield "clipped", f"{100 * signal.clipped:.1f} %"
    if limits.max_seconds is not None and signal.seconds > limits.max_seconds:
        yield "long", f"{signal.seconds:.1f} s"
    if item.text is not None:
        yield from _text_faults(item.text, signal, limits)


def _text_faults(text: str, signal: Signal, limits: Limits) -> Iterator[tuple[str, str]]:
    num_frames = num_encoder_frames(signal.num_samples, limits.hop_length)
    if limits.units is not None:
        num_units = len(_units(limits.units).encode(text))
        if num_units > num_frames:
            yield "dense", f"{num_units} units, {num_frames} frames"
    elif len(text) > num_frames:
        yield "wordy", f"{len(text)} characters, {num_frames} frames"


@lru_cache(maxsize=1)
def _units(directory: Path) -> Units:
    return Units.load(directory)
