"""How many speak at once, by a network that hears the activity of several: an ONNX file, or PyanNet."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from musasr.audio.conversion import of_one_size
from musasr.diarizers.embedders import RATE
from musasr.diarizers.onnx_network import open_network
from musasr.diarizers.windows import TOUCHING
from musasr.errors import ConfigError, StateError
from musasr.kaldi.rttm import Span

PIECE_SECONDS = 10.0  # what pyannote's networks have learnt from
MEND = "name a network that maps waveforms (B, 1, T) at 16 kHz to the activity (B, L, S) of speakers"


class OnnxSegmenter:
    """The activity (L, S), from 0 to 1, of the S speakers that a chunk may have, in each of L frames."""

    def __init__(self, path: Path):
        """Open the network, an ONNX file: waveforms (B, 1, T) or (B, T) at 16 kHz to activity (B, L, S).

        Raises:
            StateError: It is none that onnxruntime can run, or wants another input.
        """
        self.path = path
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
            what, mend = f"takes no chunk of {len(chunk)} samples", "set its seconds to what it takes"
            raise StateError(what, where=self.path, mend=mend) from error
        activity = found[0]
        if activity.ndim != 3 or activity.shape[2] < 2:
            raise StateError(f"gives values of shape {activity.shape}", where=self.path, mend=MEND)
        return activity[0]


def open_segmenter(path: str | Path) -> Callable[[np.ndarray], np.ndarray]:
    """What gives the activity (L, S) of speakers in a chunk (T,): an ONNX file, or PyanNet's weights (.pt).

    Raises:
        ConfigError: There is no such file.
        StateError: It is broken, or holds something else.
    """
    path = Path(path)
    check_segmenter(path)
    if path.suffix != ".pt":
        return OnnxSegmenter(path)
    from musasr.diarizers.pyannet import activity_of, load_pyannet  # torch takes seconds

    return partial(activity_of, load_pyannet(path))


def check_segmenter(path: Path, *, key: str = "segmenter") -> None:
    """See that there is such a file, before hours are spent on what comes before it.

    Raises:
        ConfigError: There is none.
    """
    if not path.is_file():
        raise ConfigError("no such file", where=f"{key}: {path}", mend="check the path, or give null")


def find_spans(
    blocks: Iterable[np.ndarray], *, segmenter: str | Path, seconds: float, onset: float, num_speakers: int
) -> list[Span]:
    """The spans (start, end) in seconds in which so many or more speak, in time.

    Args:
        blocks: The whole recording (T,) at 16 kHz, in blocks of any size.
        segmenter: The network's file (`open_segmenter`).
        seconds: Of a chunk; each is heard by itself, the last one with silence after it.
        onset: Activity of the least active of these speakers from which a frame counts.
        num_speakers: From 1.
    """
    network, size = open_segmenter(segmenter), round(seconds * RATE)
    spans: list[Span] = []
    for number, chunk in enumerate(of_one_size(blocks, size)):
        activity = network(np.pad(chunk, (0, size - len(chunk))))
        is_on = np.sort(activity, axis=1)[:, -num_speakers] >= onset
        for first, last in _runs(is_on):
            frame, start = seconds / len(is_on), number * seconds
            append_span(spans, (start + first * frame, min(start + last * frame, start + len(chunk) / RATE)))
    return spans


def speech_probabilities(
    network: Callable[[np.ndarray], np.ndarray], samples: np.ndarray, *, window: int
) -> np.ndarray:
    """How probably anybody speaks in each window, (N,), of samples (N * window,) at 16 kHz.

    Args:
        network: What `open_segmenter` gives; it hears pieces of at most `PIECE_SECONDS`, of equal length.
        samples: From one window on.
        window: Samples.
    """
    num_pieces = -(-len(samples) // round(PIECE_SECONDS * RATE))
    found = []
    for windows in np.array_split(samples.reshape(-1, window), num_pieces):
        piece = windows.ravel()
        heard = np.pad(piece, (0, max(0, RATE - len(piece))))  # a second at least
        activity = network(heard).max(axis=1)
        frames = (np.arange(len(activity)) + 0.5) * len(heard) / len(activity)
        found.append(np.interp((np.arange(len(windows)) + 0.5) * window, frames, activity))
    return np.concatenate(found)


def append_span(spans: list[Span], span: Span) -> None:
    """Add a span that begins no earlier than the last one, to that one where they touch."""
    if spans and span[0] <= spans[-1][1] + TOUCHING:
        spans[-1] = (spans[-1][0], max(spans[-1][1], span[1]))
    else:
        spans.append(span)


def _runs(is_on: np.ndarray) -> list[tuple[int, int]]:
    """(first, one after the last) of each run of true values."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]])))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))
