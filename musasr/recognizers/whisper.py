"""What the readers of the Whisper family share: one waveform at a time, its language, and guards.

Whisper writes fluent text over music and silence too. Against that: no text conditions the next, nothing is
drawn at random (so the same waveform reads the same), a stretch that it calls speechless and is unsure of is
left out, and so is one that repeats itself even when repetition is forbidden.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Collection

import numpy as np
import torch
from torch import Tensor

from musasr.errors import ConfigError, suggest
from musasr.recognizers.reader import Reading
from musasr.recognizers.resampling import resample

SAMPLING_RATE = 16000  # Hz: of every Whisper model
FORBIDDEN_NGRAM = 3  # tokens: what is read again because it repeats itself repeats none so long
MIN_SECONDS = 0.1  # a shorter waveform holds no word
INSTALL = "run pip install .[whisper]"


class WhisperReader(ABC):
    """A model of the Whisper family as a `musasr.recognizers.reader.Reader`.

    Attributes:
        language: Code such as "ja", of all that is read from now on; None: found in each waveform anew. It
            may be set at any time: in a film, to what `detect_language` says of its first segments.
    """

    def __init__(
        self,
        *,
        sampling_rate: int,
        languages: Collection[str],
        language: str | None,
        beam_size: int,
        word_times: bool,
        no_speech_threshold: float,
        log_prob_threshold: float,
        compression_ratio_threshold: float,
    ):
        """Hold the settings.

        Args:
            sampling_rate: Of the waveforms, Hz; they are resampled to Whisper's where it is another.
            languages: That the model knows.
            language: See the class.
            beam_size: Hypotheses kept; 1 is the greedy search.
            word_times: Whether words have times and confidences, which costs another pass of the decoder.
            no_speech_threshold: A stretch with a higher probability of holding no speech is left out, if its
                mean log probability a token is below ``log_prob_threshold``.
            log_prob_threshold: See there.
            compression_ratio_threshold: A text that zlib makes smaller by more than this repeats itself.

        Raises:
            ConfigError: The language is not one of the model's.
        """
        self.sampling_rate = sampling_rate
        self.languages = tuple(languages)
        self.language = language
        self.beam_size = beam_size
        self.word_times = word_times
        self.no_speech_threshold = no_speech_threshold
        self.log_prob_threshold = log_prob_threshold
        self.compression_ratio_threshold = compression_ratio_threshold

    @property
    def language(self) -> str | None:
        """See the class."""
        return self._language

    @language.setter
    def language(self, language: str | None) -> None:
        if language is not None and language not in self.languages:
            what = f"this model does not read {language!r}"
            raise ConfigError(what, where="language", mend=suggest(language, self.languages))
        self._language = language

    def __call__(self, waveforms: Tensor, lengths: Tensor) -> list[Reading]:
        """A reading of each waveform of (B, T), one after the other: no padding is heard; see `Reader`."""
        return [
            self._read_any(self._heard(waveform[:length]))
            for waveform, length in zip(waveforms, lengths.tolist(), strict=True)
        ]

    def detect_language(self, waveform: np.ndarray) -> tuple[str, float]:
        """The language of a waveform (T,), by its first 30 s, and how probable it is."""
        return self._detect(self._heard(torch.from_numpy(waveform)))

    @abstractmethod
    def _detect(self, waveform: np.ndarray) -> tuple[str, float]:
        """The same, of a waveform at Whisper's rate."""

    @abstractmethod
    def _read(self, waveform: np.ndarray) -> Reading:
        """The reading of a waveform (T,) at Whisper's rate that is long enough to hold a word."""

    def _heard(self, waveform: Tensor) -> np.ndarray:
        """A waveform (T,) at Whisper's rate."""
        return resample(waveform.float(), self.sampling_rate, SAMPLING_RATE).cpu().numpy()

    def _read_any(self, waveform: np.ndarray) -> Reading:
        if len(waveform) < MIN_SECONDS * SAMPLING_RATE:
            return Reading((), score=0.0, spelling="")
        return self._read(waveform)

    def _is_speechless(self, *, no_speech_probability: float, log_probability: float) -> bool:
        """Whether a stretch is left out; the log probability is the mean of its tokens."""
        is_unsure = log_probability < self.log_prob_threshold
        return no_speech_probability > self.no_speech_threshold and is_unsure

    def _repeats_itself(self, text: str) -> bool:
        spelt = text.encode()
        return len(spelt) > self.compression_ratio_threshold * len(zlib.compress(spelt))


def needs_whisper_extra(package: str) -> ConfigError:
    """The error where a package of the optional extra is not installed."""
    return ConfigError(f"Whisper needs the package {package}", where="recogniser", mend=INSTALL)
