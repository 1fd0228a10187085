"""Noise that voices are mixed with in training: recordings of a folder or of a music dir, at a drawn SNR."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.audio.files import OVERRUN_SECONDS
from musasr.mixing.gain import energy, loop, music_gain, peak_scale

CROSSFADE_SECONDS = 0.1


@dataclass(frozen=True)
class Noises:
    """Recordings, and how loud they are.

    Attributes:
        paths: Audio files.
        snrs_db: Lowest and highest SNR of the voice over one of them.
        probability: How often a crop is mixed with one.
    """

    paths: Sequence[Path]
    snrs_db: tuple[float, float]
    probability: float = 0.5

    def under(self, speech: np.ndarray, *, sampling_rate: int, generator: np.random.Generator) -> np.ndarray:
        """The speech (T,) with a drawn stretch of a drawn recording under it, or as it is."""
        if not self.paths or generator.random() >= self.probability:
            return speech
        path = self.paths[int(generator.integers(len(self.paths)))]
        seconds = len(speech) / sampling_rate
        room = max(0.0, audio.info(path).duration - seconds - OVERRUN_SECONDS)
        start = float(generator.uniform(0, room)) if room else 0.0
        noise, _ = audio.read(
            path, sampling_rate=sampling_rate, start=start, duration=seconds if room else None
        )
        noise = loop(noise, num_samples=len(speech), crossfade=round(CROSSFADE_SECONDS * sampling_rate))
        snr_db = float(generator.uniform(*self.snrs_db))
        if not energy(noise) or not energy(speech):
            return speech
        mixture = speech + noise * music_gain(speech=speech, music=noise, snr_db=snr_db)
        return (mixture * peak_scale(mixture)).astype(np.float32)
