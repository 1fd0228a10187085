"""Where speech is likely: silero or a segmentation network on the separated speech, every 32 ms."""

from functools import partial

import numpy as np
import torch

from musasr import audio
from musasr.diarizers.segmenters import open_segmenter, speech_probabilities
from musasr.diarizers.silero import RATE, WARM_UP, WINDOW, load_detector

SECONDS = WINDOW / RATE
SILENCE_DB = -120.0


class SpeechActivity:
    """Probabilities of speech, chunk by chunk.

    The detector has a memory. At a chunk's start it is cleared and hears the end of the chunk before, so that
    a chunk's probabilities depend on these two alone, wherever a transcription was resumed.
    """

    def __init__(
        self,
        *,
        sampling_rate: int,
        min_level_db: float,
        max_below_mixture_db: float,
        segmenter: str | None = None,
    ):
        """Load the detector.

        Args:
            sampling_rate: Of what it will hear, Hz.
            min_level_db: Speech that is quieter, dB re full scale, is none.
            max_below_mixture_db: Likewise further below the mixture.
            segmenter: The file of `musasr.diarizers.segmenters.open_segmenter`; None: silero, whose weights
                are in its package.
        """
        if segmenter is None:
            self.detect = partial(_silero_probabilities, load_detector())
        else:
            self.detect = partial(speech_probabilities, open_segmenter(segmenter), window=WINDOW)
        self.sampling_rate = sampling_rate
        self.min_level_db = min_level_db
        self.max_below_mixture_db = max_below_mixture_db
        self._before = np.zeros(0, np.float32)

    def hear(self, speech: np.ndarray) -> None:
        """Take a chunk (T,) for the one before the next."""
        num_windows = max(1, round(len(speech) * RATE / self.sampling_rate / WINDOW))
        self._before = _fitted(self._at_rate(speech), num_windows * WINDOW)[-WARM_UP * WINDOW :]

    def __call__(self, speech: np.ndarray, mixture: np.ndarray) -> np.ndarray:
        """The probability of speech in each `SECONDS` of a chunk (T,), which is a whole number of them.

        Only the recording's last chunk may end within one.
        """
        num_windows = max(1, round(len(speech) * RATE / self.sampling_rate / WINDOW))
        heard = _fitted(self._at_rate(speech), num_windows * WINDOW)
        found = self.detect(np.concatenate([self._before, heard]))
        probabilities = found[len(self._before) // WINDOW :]
        self._before = heard[-WARM_UP * WINDOW :]
        levels = window_levels_db(heard, num_windows)
        mixture_levels = window_levels_db(self._at_rate(mixture), num_windows)
        is_there = (levels >= self.min_level_db) & (levels >= mixture_levels - self.max_below_mixture_db)
        return np.where(is_there, probabilities, 0.0).round(3)

    def _at_rate(self, samples: np.ndarray) -> np.ndarray:
        return audio.resample(np.asarray(samples, np.float32), self.sampling_rate, RATE)


@torch.inference_mode()
def _silero_probabilities(detector: torch.nn.Module, samples: np.ndarray) -> np.ndarray:
    return detector.audio_forward(torch.from_numpy(samples)[None], RATE)[0].numpy()


def window_levels_db(samples: np.ndarray, num_windows: int, *, window: int = WINDOW) -> np.ndarray:
    """RMS of each window, dB re full scale (num_windows,)."""
    padded = np.zeros(num_windows * window, np.float64)
    padded[: len(samples)] = samples[: len(padded)]
    power = (padded.reshape(num_windows, window) ** 2).mean(axis=1)
    return 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))


def _fitted(samples: np.ndarray, num_samples: int) -> np.ndarray:
    return np.pad(samples[:num_samples], (0, max(0, num_samples - len(samples))))
