"""Probabilities of speech -> segments: with hysteresis, cut at pauses, as they come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from musasr.transcribe.activity import SECONDS


@dataclass(frozen=True)
class Span:
    """A stretch of speech, seconds from the recording's start."""

    start: float
    end: float


class Segmenter:
    """Finds segments in a stream of probabilities: the same ones, however the stream is cut into pieces.

    A segment begins where the probability reaches ``onset`` and ends before ``min_silence`` seconds below
    ``offset``. One that grows longer than ``max_seconds`` is cut in its second half where speech is least
    likely: at its deepest pause. Each is widened by ``padding``, but never into its neighbour.
    """

    def __init__(self, settings: Mapping[str, Any]):
        """Take the section ``segments`` of the settings."""
        self.onset, self.offset = settings["onset"], settings["offset"]
        self.padding = settings["padding"]
        self.min_speech, self.min_silence, self.max_windows = (
            max(1, round(settings[key] / SECONDS)) for key in ("min_speech", "min_silence", "max_seconds")
        )
        self._held: list[float] = []  # probabilities from the open segment's first window on
        self._start: int | None = None  # of it
        self._end = 0  # after its last window of speech
        self._num_windows = 0
        self._is_cut = False  # whether the open segment begins where another was cut
        self._last_end = 0.0  # of the segment before, padding included

    @property
    def open_since(self) -> float:
        """From where on the recording is still needed, seconds: an open segment's start, or the present."""
        first = self._num_windows if self._start is None else self._start
        return max(0.0, first * SECONDS - self.padding)

    def push(self, probabilities: Iterable[float]) -> list[Span]:
        """The segments that end in a further stretch of the stream."""
        found = []
        for probability in probabilities:
            found += self._step(float(probability))
        return found

    def finish(self) -> list[Span]:
        """The segment that is open at the stream's end, if there is one."""
        return [] if self._start is None else self._close(self._end, pad_end=True)

    def _step(self, probability: float) -> list[Span]:
        index = self._num_windows
        self._num_windows += 1
        if self._start is None:
            if probability >= self.onset:
                self._open(index, [probability], is_cut=False)
            return []
        self._held.append(probability)
        if probability >= self.offset:
            self._end = index + 1
        if index + 1 - self._end >= self.min_silence:
            return self._close(self._end, pad_end=True)
        if index + 1 - self._start > self.max_windows:
            return self._cut()
        return []

    def _open(self, index: int, held: list[float], *, is_cut: bool) -> None:
        self._start, self._held, self._is_cut = index, held, is_cut
        spoken = [place for place, value in enumerate(held) if value >= self.offset]
        self._end = index + (spoken[-1] + 1 if spoken else 0)

    def _close(self, end: int, *, pad_end: bool) -> list[Span]:
        start, is_cut = self._start, self._is_cut
        self._start, self._held = None, []
        if end - start < self.min_speech and not is_cut:
            return []
        first = start * SECONDS - (0.0 if is_cut else self.padding)
        last = min(end * SECONDS + (self.padding if pad_end else 0.0), self._num_windows * SECONDS)
        span = Span(max(0.0, self._last_end, first), last)
        self._last_end = last
        return [span] if span.end > span.start else []

    def _cut(self) -> list[Span]:
        """End the open segment at its deepest pause, and open the next one there."""
        values = np.array(self._held)
        middle = len(values) // 2
        place = middle + int(values[middle:].argmin())
        start, rest = self._start + place, self._held[place:]
        spans = self._close(start, pad_end=False)
        self._open(start, rest, is_cut=True)
        return spans
