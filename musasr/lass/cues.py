"""What a network is told of a query: the pieces of its words, the weights of its tags, or a sound like it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from musasr import audio
from musasr.errors import DataError
from musasr.lass.words import Words

PAD = 0


class Query(NamedTuple):
    """What is asked for, in each way of saying it.

    Attributes:
        caption: A sentence.
        tags: What it means.
        example: The file of a sound of these tags, another one where there is any.
    """

    caption: str = ""
    tags: Sequence[str] = ()
    example: Path | None = None


CueOf = Callable[[Query], np.ndarray]


class TextCue:
    """Queries as the pieces of their words, filled up with the padding to one length."""

    def __init__(self, words: Words):
        """Hold the vocabulary."""
        self.words = words

    def __call__(self, query: Query) -> np.ndarray:
        """(U,) of whole numbers."""
        pieces = self.words.pieces_of(query.caption)
        return np.array(pieces + [PAD] * (self.words.most_pieces - len(pieces)), np.int64)


class TagCue:
    """Queries as weights of their tags."""

    def __init__(self, tags: Sequence[str]):
        """Hold the tags, in the order of the network's vectors."""
        self.index = {tag: number for number, tag in enumerate(tags)}

    def __call__(self, query: Query) -> np.ndarray:
        """(K,), which sum to 1."""
        weights = np.zeros(len(self.index), np.float32)
        own = [self.index[tag] for tag in query.tags if tag in self.index]
        weights[own] = 1 / len(own)
        return weights


class ExampleCue:
    """Queries as the loudest stretch of a sound like what is asked for."""

    def __init__(self, sampling_rate: int, seconds: float):
        """Say at which rate (Hz), and how much of the sound."""
        self.sampling_rate, self.size = sampling_rate, round(seconds * sampling_rate)

    def __call__(self, query: Query) -> np.ndarray:
        """(T,); a shorter sound is repeated.

        Raises:
            DataError: It is silent, or cannot be read.
        """
        samples, _ = audio.read(query.example, sampling_rate=self.sampling_rate)
        if audio.is_silent(samples):
            raise DataError("is silent", where=query.example, mend="give a sound like what is asked for")
        samples = np.tile(samples, -(-self.size // len(samples)))
        energies = np.cumsum(np.concatenate([[0.0], samples.astype(np.float64) ** 2]))
        start = int(np.argmax(energies[self.size :] - energies[: -self.size]))
        return samples[start : start + self.size]


def cue_of(config: Mapping[str, Any], model: str, *, words: Words, tags: Sequence[str]) -> CueOf:
    """What a model of a configuration is told."""
    kind = config["variants"][model]["cue"]
    if kind == "example":
        return ExampleCue(config["sampling_rate"], config["network"]["example"]["seconds"])
    return TextCue(words) if kind == "text" else TagCue(tags)


def trimmed(cues: np.ndarray) -> np.ndarray:
    """Cues (B, ...); those of texts without the padding that all have."""
    if not np.issubdtype(cues.dtype, np.integer):
        return cues
    return cues[:, : max(1, int((cues != PAD).sum(axis=1).max()))]
