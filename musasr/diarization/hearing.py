"""Vectors of the voices of recordings, several recordings at once in processes of their own."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musasr import audio
from musasr.corpora.conversation_dir import Conversation
from musasr.diarizers.embedders import RATE
from musasr.kaldi.rttm import Span, Turn
from musasr.parallel import map_in_order


@dataclass(frozen=True)
class Heard:
    """A recording's windows, the vector (N, E) of the voice in each, and where two speak at once."""

    conversation: Conversation
    vectors: np.ndarray
    windows: Sequence[Span]
    overlaps: Sequence[Span] = ()


@dataclass(frozen=True)
class Source:
    """What is heard: the recording for the voices, and the file in which speech is looked for."""

    conversation: Conversation
    speech_path: Path


def hear_all(
    sources: Sequence[Source],
    hearings: Sequence[Mapping[str, Any]],
    *,
    embedder: Path,
    num_jobs: int,
    name: str,
) -> list[list[Heard]]:
    """The windows and vectors of each recording, once for each way of hearing.

    Args:
        sources: What is heard.
        hearings: `musasr.diarization.variants.Variant.hearing` of the variants.
        embedder: The network of voices (`musasr.diarizers.embedders.open_embedder`).
        num_jobs: Processes.
        name: Stands before the progress bar.
    """
    from tqdm import tqdm

    work = functools.partial(_hear, embedder=embedder)
    items = [(source, hearing) for hearing in hearings for source in sources]
    heard = []
    with tqdm(total=len(items), desc=name, unit="recording", disable=not items) as bar:
        for one in map_in_order(work, items, num_jobs=min(num_jobs, len(items))):
            heard.append(one)
            bar.update()
    return [heard[first : first + len(sources)] for first in range(0, len(items), len(sources))]


def _hear(item: tuple[Source, Mapping[str, Any]], *, embedder: Path) -> Heard:
    from musasr.diarizers.activity import find_speech
    from musasr.diarizers.diarizing import prepared, voices
    from musasr.diarizers.overlap import find_overlaps

    source, hearing = item
    samples = prepared(_read(source.conversation.path), RATE, hearing["dereverberation"])
    if hearing["activity"] is None:
        speech = spoken(source.conversation.turns)
    else:
        heard = samples
        if source.speech_path != source.conversation.path:
            heard = prepared(_read(source.speech_path), RATE, hearing["dereverberation"])
        speech = find_speech([heard], **hearing["activity"])
    vectors, windows = voices(samples, speech, embedder=_opened(embedder), **hearing["windows"])
    overlaps = find_overlaps([samples], **hearing["overlap"])
    return Heard(source.conversation, vectors, windows, overlaps)


def spoken(turns: Sequence[Turn]) -> list[Span]:
    """Where anybody speaks, in time, without overlaps."""
    spans: list[Span] = []
    for turn in sorted(turns):
        if spans and turn.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], turn.end))
        else:
            spans.append((turn.start, turn.end))
    return spans


def _read(path: Path) -> np.ndarray:
    return audio.read(path, sampling_rate=RATE)[0]


@functools.cache
def _opened(embedder: Path) -> Any:
    """One for each process, which computes on one thread: there are as many processes as cores."""
    import torch

    from musasr.diarizers.embedders import open_embedder

    torch.set_num_threads(1)
    return open_embedder(embedder)
