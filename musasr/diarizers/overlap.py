"""Speech of two at once: where it is, by a segmentation network, and whose the second voice is.

Clusters give each moment one speaker. A network that hears how many voices sound in a frame says where that
is one too few; the second speaker is the one whose cluster is nearest, after the first, to the voice there.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from musasr.diarizers.clustering import normalised
from musasr.diarizers.segmenters import append_span, find_spans
from musasr.kaldi.rttm import Span, Turn


def find_overlaps(
    blocks: Iterable[np.ndarray], *, segmenter: str | None, seconds: float, onset: float
) -> list[Span]:
    """The spans in which two or more speak, as `find_spans` finds them; none without a network."""
    if segmenter is None:
        return []
    return find_spans(blocks, segmenter=segmenter, seconds=seconds, onset=onset, num_speakers=2)


def with_second(
    turns: Sequence[Turn],
    overlaps: Sequence[Span],
    *,
    windows: Sequence[Span],
    vectors: np.ndarray,
    labels: Sequence[int],
) -> list[Turn]:
    """The turns, and in their overlaps those of the second speakers, in time.

    Args:
        turns: `musasr.diarizers.windows.turns_of` of the windows and labels.
        overlaps: Where two speak.
        windows: In time.
        vectors: (N, E), of the voice in each.
        labels: The cluster of each, numbered as they appear.
    """
    names = [str(number + 1) for number in range(max(labels, default=-1) + 1)]
    if not overlaps or len(names) < 2:
        return list(turns)
    nearest = _nearest(vectors, np.asarray(labels))
    middles = np.array([(start + end) / 2 for start, end in windows])
    edges = (middles[1:] + middles[:-1]) / 2  # up to where each window has the say
    found = list(turns)
    for turn in turns:
        for start, end in _within(overlaps, turn):
            first, last = np.searchsorted(edges, [start, end])
            for rank, piece in zip(
                nearest[first : last + 1], pairwise([start, *edges[first:last], end]), strict=True
            ):
                second = next(names[label] for label in rank if names[label] != turn.speaker)
                found.append(Turn(*piece, second))
    return _united(found)


def _nearest(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The clusters (N, K) in the order in which they are near to each vector."""
    units = normalised(np.asarray(vectors, np.float64))
    means = np.stack([units[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    return np.argsort(-units @ normalised(means).T, axis=1, kind="stable")


def _within(spans: Sequence[Span], turn: Turn) -> list[Span]:
    cut = ((max(start, turn.start), min(end, turn.end)) for start, end in spans)
    return [(start, end) for start, end in cut if end > start]


def _united(turns: Sequence[Turn]) -> list[Turn]:
    """The turns in time, those of one speaker that touch as one."""
    by_speaker: dict[str, list[Span]] = {}
    for turn in sorted(turns):
        append_span(by_speaker.setdefault(turn.speaker, []), (turn.start, turn.end))
    return sorted(Turn(*span, speaker) for speaker, spans in by_speaker.items() for span in spans)
