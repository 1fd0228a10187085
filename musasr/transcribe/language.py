"""The language of a recording, where the recogniser knows several and nobody said which it is."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from musasr.recognizers.reader import Reader

LONGEST = 30.0  # seconds of a segment that a language is found by

Vote = tuple[str, float, float]  # language, weight, seconds heard


class Multilingual(Protocol):
    """A reader that finds out the language of what it reads, unless it is set."""

    language: str | None

    def detect_language(self, waveform: np.ndarray) -> tuple[str, float]:
        """The language of a waveform (T,), and how probable it is."""
        ...


class RecordingLanguage:
    """Sets a reader's language to that of most of a recording's first speech, and leaves it there.

    A recogniser that guesses the language of each segment anew guesses wrong where one is short or noisy: one
    subtitle in another language. So each segment votes, with its seconds times its probability, until
    ``seconds`` of speech have been heard; those in between are read in the language that is ahead.

    Attributes:
        votes: Of each segment that has voted.
    """

    def __init__(self, reader: Reader, *, seconds: float, votes: Iterable[Vote] = ()):
        """Begin a recording, or go on with it.

        Args:
            reader: One that knows one language, or was told it, is left alone.
            seconds: Of speech; 0: each segment is read in the language that it seems to be in.
            votes: Of an earlier run.
        """
        is_open = seconds > 0 and hasattr(reader, "detect_language") and reader.language is None
        self.reader: Multilingual | None = reader if is_open else None
        self.seconds = seconds
        self.votes = list(votes)

    def __enter__(self) -> "RecordingLanguage":
        """Set the language that the votes so far give."""
        self._set()
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave the reader as it was: the next recording is another."""
        if self.reader is not None:
            self.reader.language = None

    def hear(self, waveforms: Iterable[np.ndarray], *, sampling_rate: int) -> None:
        """Let segments (T,) vote, in order, before they are read."""
        if self.reader is None:
            return
        for waveform in waveforms:
            if sum(seconds for *_, seconds in self.votes) >= self.seconds:
                break
            heard = min(len(waveform) / sampling_rate, LONGEST)
            language, probability = self.reader.detect_language(waveform)
            self.votes.append((language, round(probability * heard, 4), round(heard, 3)))
        self._set()

    def _set(self) -> None:
        if self.reader is not None:
            self.reader.language = best_language(self.votes)


def best_language(votes: Iterable[Vote]) -> str | None:
    """The language with the most weight; of equal ones the first; None without votes."""
    weights: dict[str, float] = {}
    for language, weight, _ in votes:
        weights[language] = weights.get(language, 0.0) + weight
    return max(weights, key=weights.__getitem__, default=None)
