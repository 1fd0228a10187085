"""Who speaks when in a recording of any length, in memory that does not grow with it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from musasr.diarizers.activity import RATE, find_speech
from musasr.diarizers.clustering import cluster
from musasr.diarizers.diarizing import dried, voices
from musasr.diarizers.embedders import Embedder
from musasr.diarizers.overlap import find_overlaps, with_second
from musasr.diarizers.windows import turns_of
from musasr.kaldi.rttm import Span, Turn

GROUP_SECONDS = 60.0  # of speech whose vectors are made at once


def diarize_stream(
    read: Callable[[], Iterable[np.ndarray]],
    speech: Sequence[Span] | None = None,
    *,
    embedder: Embedder,
    settings: Mapping[str, Any],
    num_speakers: int | None = None,
) -> list[Turn]:
    """What `musasr.diarizers.diarizing.diarize` finds.

    The recording is read twice, or once with `speech`, and once more where a network looks for overlaps.

    Args:
        read: Gives the whole recording (T,) at 16 kHz from its start, in blocks, each time it is called.
        speech: Where somebody speaks, seconds, in time, none overlapping another, where that is known.
        embedder: What makes vectors of voices.
        settings: As for `diarize`.
        num_speakers: How many speak, where that is known.
    """
    echoes = settings["dereverberation"]
    if speech is None:
        speech = find_speech(dried(read(), echoes), **settings["activity"])
    vectors, windows = [], []
    for samples, offset, spans in _groups(dried(read(), echoes), speech):
        inside = [(start - offset, end - offset) for start, end in spans]
        some, of = voices(samples, inside, embedder=embedder, **settings["windows"])
        if of:
            vectors.append(some)
            windows += [(start + offset, end + offset) for start, end in of]
    if not windows:
        return []
    joined = np.concatenate(vectors)
    labels = cluster(joined, num_speakers=num_speakers, **settings["clustering"])
    turns = turns_of(windows, labels)
    if settings["overlap"]["segmenter"] is None:
        return turns
    overlaps = find_overlaps(dried(read(), echoes), **settings["overlap"])
    return with_second(turns, overlaps, windows=windows, vectors=joined, labels=labels)


def _groups(
    blocks: Iterable[np.ndarray], speech: Sequence[Span]
) -> Iterator[tuple[np.ndarray, float, list[Span]]]:
    """Yield (samples, where they begin in seconds, spans in them) of some spans at a time."""
    held, first = np.zeros(0, np.float32), 0
    source = iter(blocks)
    for spans in _grouped(speech):
        begin = int(spans[0][0] * RATE)
        while first + len(held) < round(spans[-1][1] * RATE):
            block = next(source, None)
            if block is None:
                break
            held = np.concatenate([held, block])
            drop = max(0, min(begin - first, len(held)))
            held, first = held[drop:], first + drop
        drop = max(0, min(begin - first, len(held)))
        held, first = held[drop:], first + drop
        if len(held):
            yield held, first / RATE, spans


def _grouped(speech: Sequence[Span]) -> Iterator[list[Span]]:
    group: list[Span] = []
    for span in speech:
        if group and span[1] - group[0][0] > GROUP_SECONDS:
            yield group
            group = []
        group.append(span)
    if group:
        yield group
