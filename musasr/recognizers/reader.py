"""What a recogniser is to the rest of the house: waveforms in; words, their times and a score out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # who writes transcripts needs no torch
    from torch import Tensor


@dataclass(frozen=True)
class Word:
    """One recognised word.

    Attributes:
        text: As it is written, without white space around it.
        start: Where it begins, seconds from the first sample of its waveform; None if that is not known.
        end: Where it ends, likewise; never before ``start``.
        confidence: How sure the recogniser is, 0 to 1; None if it does not say.
    """

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Reading:
    """What a recogniser read from one waveform.

    Attributes:
        words: In the order of speech; empty if nothing was said.
        score: Of the whole, higher is better, comparable among readings of one recogniser alone (a log
            probability, say); None if it has none.
        spelling: The text where it is not the words with single spaces between them: a language without
            spaces, or the very characters that a model wrote.
    """

    words: tuple[Word, ...]
    score: float | None = None
    spelling: str | None = None

    @property
    def text(self) -> str:
        """The whole as it is written."""
        return " ".join(word.text for word in self.words) if self.spelling is None else self.spelling

    @property
    def confidence(self) -> float | None:
        """The mean of its words' confidences; None if none is known."""
        known = [word.confidence for word in self.words if word.confidence is not None]
        return sum(known) / len(known) if known else None


@runtime_checkable
class Reader(Protocol):
    """A recogniser that is ready to read: weights loaded, on its device, in evaluation mode.

    How it is trained, which units it writes in and how it searches is its own affair.

    Attributes:
        sampling_rate: Of the waveforms that it reads, Hz.
    """

    sampling_rate: int

    def __call__(self, waveforms: "Tensor", lengths: "Tensor") -> list[Reading]:
        """Read a batch, in inference mode; one reading for each waveform, in order.

        An utterance is read alike alone and in any batch, at any padding.

        Args:
            waveforms: (B, T), float32, mono, full scale 1; what lies beyond the lengths is not to be heard.
            lengths: Samples of each (B,), on the same device.
        """
        ...
