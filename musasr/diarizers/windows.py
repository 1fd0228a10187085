"""Speech as windows that overlap, and windows with a speaker each as turns."""

from collections.abc import Sequence

import numpy as np

from musasr.kaldi.rttm import Span, Turn

TOUCHING = 1e-6  # seconds: ends are sums of floats


def windows_of(spans: Sequence[Span], *, seconds: float, shift: float) -> list[Span]:
    """Windows of the spans, in time.

    They begin `shift` apart from a span's start on; the last one ends with its span. A span that is shorter
    than a window is one.
    """
    windows = []
    for start, end in spans:
        if end - start <= seconds:
            windows.append((start, end))
            continue
        count = int((end - start - seconds) / shift + TOUCHING) + 1
        windows += [(start + shift * index, start + shift * index + seconds) for index in range(count)]
        if end - windows[-1][1] > TOUCHING:
            windows.append((end - seconds, end))
    return windows


def cut(samples: np.ndarray, windows: Sequence[Span], *, seconds: float, sampling_rate: int) -> np.ndarray:
    """The samples of windows, (B, T): what is shorter than the others is repeated until it is as long."""
    size = round(seconds * sampling_rate)
    rows = []
    for start, end in windows:
        first = round(start * sampling_rate)
        row = samples[first : min(first + size, max(first + 1, round(end * sampling_rate)))]
        rows.append(np.resize(row, size) if len(row) < size else row)
    return np.stack(rows).astype(np.float32)


def turns_of(windows: Sequence[Span], labels: Sequence[int]) -> list[Turn]:
    """Turns of the speakers "1", "2" ..., numbered in the order in which they first speak.

    Windows of one speaker that touch are one turn; where two of different ones overlap, the middle of the
    overlap parts them.
    """
    merged: list[tuple[float, float, int]] = []
    for (start, end), label in sorted(zip(windows, labels, strict=True)):
        before = merged[-1] if merged else None
        if before is None or start > before[1] + TOUCHING:
            merged.append((start, end, label))
        elif label == before[2]:
            merged[-1] = (before[0], max(end, before[1]), label)
        else:
            middle = (start + before[1]) / 2
            merged[-1] = (before[0], middle, before[2])
            merged.append((middle, max(end, before[1]), label))
    names: dict[int, str] = {}
    for _, _, label in merged:
        names.setdefault(label, str(len(names) + 1))
    return [Turn(start, end, names[label]) for start, end, label in merged if end > start]
