"""Speech of two at once: where it is, by a segmentation network, and whose the second voice is.

Clusters give each moment one speaker. A network that hears how many voices sound in a frame says where that
is one too few; the second speaker is the one whose cluster is nearest, after the first, to the voice there.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from musasr.audio.conversion import of_one_size
from musasr.diarizers.clustering import normalised
from musasr.diarizers.embedders import RATE
from musasr.diarizers.onnx_network import open_network
from musasr.diarizers.windows import TOUCHING
from musasr.errors import ConfigError, StateError
from musasr.kaldi.rttm import Span, Turn

MEND = "name a network that maps waveforms (B, 1, T) at 16 kHz to the activity (B, L, S) of speakers"


class Segmenter:
    """The activity (L, S), from 0 to 1, of the S speakers that a chunk may have, in each of L frames."""

    def __init__(self, path: str | Path):
        """Open the network, an ONNX file: waveforms (B, 1, T) or (B, T) at 16 kHz to activity (B, L, S).

        Raises:
            ConfigError: There is no such file.
            StateError: It is none that onnxruntime can run, or wants another input.
        """
        self.path = Path(path)
        check_segmenter(self.path)
        self.session = open_network(self.path, num_axes=(2, 3), mend=MEND)

    def __call__(self, chunk: np.ndarray) -> np.ndarray:
        """The activity of a chunk (T,).

        Raises:
            StateError: It takes no chunk of that length, or its output is none of two speakers or more.
        """
        given = self.session.get_inputs()[0]
        waveforms = chunk[None, None] if len(given.shape) == 3 else chunk[None]
        try:
            found = self.session.run(None, {given.name: waveforms})
        except Exception as error:  # onnxruntime has one type for each fault, and no common one
            what, mend = f"takes no chunk of {len(chunk)} samples", "set overlap.seconds to what it takes"
            raise StateError(what, where=self.path, mend=mend) from error
        activity = found[0]
        if activity.ndim != 3 or activity.shape[2] < 2:
            raise StateError(f"gives values of shape {activity.shape}", where=self.path, mend=MEND)
        return activity[0]


def check_segmenter(path: Path) -> None:
    """See that there is such a file, before hours are spent on what comes before it.

    Raises:
        ConfigError: There is none.
    """
    if not path.is_file():
        raise ConfigError(
            "no such file", where=f"overlap.segmenter: {path}", mend="check the path, or give null"
        )


def find_overlaps(
    blocks: Iterable[np.ndarray], *, segmenter: str | None, seconds: float, onset: float
) -> list[Span]:
    """The spans (start, end) in seconds in which two or more speak, in time; none without a network.

    Args:
        blocks: The whole recording (T,) at 16 kHz, in blocks of any size.
        segmenter: The network's file (`Segmenter`); None: nothing is read.
        seconds: Of a chunk; each is heard by itself, the last one with silence after it.
        onset: Activity of the second most active speaker from which a frame counts.
    """
    if segmenter is None:
        return []
    network, size = Segmenter(segmenter), round(seconds * RATE)
    spans: list[Span] = []
    for number, chunk in enumerate(of_one_size(blocks, size)):
        activity = network(np.pad(chunk, (0, size - len(chunk))))
        is_double = np.sort(activity, axis=1)[:, -2] >= onset
        for first, last in _runs(is_double):
            frame, start = seconds / len(is_double), number * seconds
            _append(spans, (start + first * frame, min(start + last * frame, start + len(chunk) / RATE)))
    return spans


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


def _runs(is_on: np.ndarray) -> list[tuple[int, int]]:
    """(first, one after the last) of each run of true values."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]])))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))


def _within(spans: Sequence[Span], turn: Turn) -> list[Span]:
    cut = ((max(start, turn.start), min(end, turn.end)) for start, end in spans)
    return [(start, end) for start, end in cut if end > start]


def _united(turns: Sequence[Turn]) -> list[Turn]:
    """The turns in time, those of one speaker that touch as one."""
    by_speaker: dict[str, list[Span]] = {}
    for turn in sorted(turns):
        _append(by_speaker.setdefault(turn.speaker, []), (turn.start, turn.end))
    return sorted(Turn(*span, speaker) for speaker, spans in by_speaker.items() for span in spans)


def _append(spans: list[Span], span: Span) -> None:
    """Add a span that begins no earlier than the last one, to that one where they touch."""
    if spans and span[0] <= spans[-1][1] + TOUCHING:
        spans[-1] = (spans[-1][0], max(spans[-1][1], span[1]))
    else:
        spans.append(span)
