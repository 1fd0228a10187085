"""How a chunk is read, chosen by what its music sounds like: a tagger's first answer picks the reader."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from musasr import audio
from musasr.errors import ConfigError, suggest
from musasr.recognizers.reader import Reader

RATE = 16_000
WHERE = "reading.by_tag"


@dataclass(frozen=True)
class Listener:
    """A tagger that is asked what music sounds like.

    Attributes:
        answers: The labels of samples (T,) at 16 kHz that come first, most telling first; none: it is quiet.
        labels: All that it knows.
        digest: What it is.
    """

    answers: Callable[[np.ndarray], Sequence[str]]
    labels: Sequence[str]
    digest: str


@dataclass(frozen=True)
class ReadersByTag:
    """Readers by labels, and who hears which label holds."""

    listener: Listener
    readers: Mapping[str, Reader]

    def choose(self, music: np.ndarray, *, sampling_rate: int, otherwise: Reader) -> Reader:
        """The reader of the first answer that has one, to music (T,)."""
        heard = audio.resample(np.asarray(music, np.float32), sampling_rate, RATE)
        named = (label for label in self.listener.answers(heard) if label in self.readers)
        return self.readers[label] if (label := next(named, None)) is not None else otherwise


def check_by_tag(by_tag: Mapping[str, Any] | None, listener: Listener | None, *, is_ours: bool) -> None:
    """See that the labels of a setting can be heard, and that they can change how the recogniser reads.

    Raises:
        ConfigError: There is no tagger, it does not know a label, or the recogniser is none of ours.
    """
    if not by_tag:
        return
    if listener is None:
        raise ConfigError("nothing hears tags", where=WHERE, mend="name a tagger with --tag_music")
    if not is_ours:
        mend = "leave it out, or name a system of a recipe"
        raise ConfigError("a recogniser from elsewhere reads in one way", where=WHERE, mend=mend)
    for label in by_tag:
        if label not in listener.labels:
            what = f"the tagger knows no {label!r}"
            raise ConfigError(what, where=WHERE, mend=suggest(label, listener.labels))
