"""Where somebody speaks: spans of a recording, by WebRTC's detector, silero's, or a segmentation network."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from musasr.audio.conversion import of_one_size
from musasr.diarizers.segmenters import find_spans
from musasr.diarizers.silero import RATE, silero_speech
from musasr.kaldi.rttm import Span

FRAMES = 3000  # that WebRTC's detector is given from a block


def find_speech(blocks: Iterable[np.ndarray], *, kind: str, **conf: Mapping[str, Any]) -> list[Span]:
    """The spans (start, end) in seconds in which somebody speaks, in time.

    Args:
        blocks: The whole recording (T,) at 16 kHz, in blocks of any size: memory does not grow with them.
        kind: "webrtc", "silero" or "segmenter".
        conf: The arguments of each detector, under its name.
    """
    detectors: dict[str, Callable[..., list[Span]]] = {
        "webrtc": webrtc_speech,
        "silero": silero_speech,
        "segmenter": partial(find_spans, num_speakers=1),
    }
    return detectors[kind](blocks, **conf[kind])


def webrtc_speech(
    blocks: Iterable[np.ndarray], *, mode: int, frame_ms: int, padding_ms: int, fraction: float
) -> list[Span]:
    """Spans by WebRTC's detector, a decision a frame, and a collector of frames.

    Args:
        blocks: The whole recording (T,) at 16 kHz, in blocks of any size.
        mode: 0 (most is speech) to 3 (least is).
        frame_ms: 10, 20 or 30.
        padding_ms: The length of what the collector looks at.
        fraction: Of these frames, how many have to be speech to begin a span, or none to end it.
    """
    import webrtcvad

    detector = webrtcvad.Vad(mode)
    hop = RATE * frame_ms // 1000
    is_voiced = (
        detector.is_speech(np.rint(np.clip(frame, -1, 1) * 32767).astype("<i2").tobytes(), RATE)
        for block in of_one_size(blocks, hop * FRAMES)
        for frame in block[: len(block) // hop * hop].reshape(-1, hop)
    )
    spans = collect(is_voiced, ring_length=padding_ms // frame_ms, fraction=fraction)
    return [(first * frame_ms / 1000, last * frame_ms / 1000) for first, last in spans]


def collect(is_voiced: Iterable[bool], *, ring_length: int, fraction: float) -> list[tuple[int, int]]:
    """Frames (first, one after the last) of each span of speech.

    A ring holds the last frames. A span begins at the ring's first frame as soon as more than ``fraction``
    of a whole ring are voiced, and ends at its middle one as soon as more than that are not; the ring is
    emptied each time.
    """
    spans: list[tuple[int, int]] = []
    ring: deque[bool] = deque(maxlen=ring_length)
    begin, index = None, -1
    for index, voiced in enumerate(is_voiced):
        ring.append(voiced)
        num_decisive = sum(ring) if begin is None else len(ring) - sum(ring)
        if num_decisive <= fraction * ring_length:
            continue
        first_of_ring = index + 1 - len(ring)
        if begin is None:
            begin = first_of_ring
        else:
            spans.append((begin, first_of_ring + len(ring) // 2))
            begin = None
        ring.clear()
    if begin is not None:
        spans.append((begin, index + 1))
    return spans
