"""What is mixed in beside the voices: recordings of a folder, music, or noise made on the spot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from musasr import audio
from musasr.audio.files import OVERRUN_SECONDS
from musasr.corpora.files import audio_files
from musasr.errors import DataError
from musasr.mixing.gain import loop

LEVEL = 10 ** (-26 / 20)  # RMS of noise made here, as that of the embedded voices: its gain does the rest
SLOPES = (0.0, 1.0)  # of its amplitude over frequency: white to brown-ish
SWELL_SECONDS = 0.5  # in which its level changes
CROSSFADE_SECONDS = 0.1


class Beside(Protocol):
    """A source of what is mixed in."""

    def draw(self, num_samples: int, generator: np.random.Generator) -> np.ndarray:
        """Samples (T,) float32."""


class MadeNoise:
    """Coloured noise that swells and falls: of another colour and another course each time."""

    def __init__(self, sampling_rate: int):
        """Say the rate, Hz."""
        self.sampling_rate = sampling_rate

    def draw(self, num_samples: int, generator: np.random.Generator) -> np.ndarray:
        """Samples (T,) float32 with the level of the embedded voices."""
        white = np.fft.rfft(generator.standard_normal(num_samples))
        frequencies = np.maximum(np.fft.rfftfreq(num_samples, 1 / self.sampling_rate), 50.0)
        noise = np.fft.irfft(white * frequencies ** -generator.uniform(*SLOPES), num_samples)
        num_points = max(2, round(num_samples / self.sampling_rate / SWELL_SECONDS) + 1)
        points = 10 ** (generator.uniform(-10, 3, num_points) / 20)
        noise *= np.interp(np.linspace(0, num_points - 1, num_samples), np.arange(num_points), points)
        return (noise * LEVEL / np.sqrt(np.mean(noise**2))).astype(np.float32)


class Recordings:
    """Stretches of audio files."""

    def __init__(self, paths: Sequence[Path], sampling_rate: int):
        """Hold the files (not their audio).

        Raises:
            DataError: There is none.
        """
        if not paths:
            raise DataError("there are no recordings to mix in", mend="name another folder in mixing.noise")
        self.paths, self.sampling_rate = list(paths), sampling_rate

    @classmethod
    def of_folder(cls, folder: Path, sampling_rate: int) -> "Recordings":
        """All audio files below a folder.

        Raises:
            DataError: There is none.
        """
        return cls(audio_files(folder), sampling_rate)

    def draw(self, num_samples: int, generator: np.random.Generator) -> np.ndarray:
        """Samples (T,) float32 of a drawn file from a drawn place on; short files are looped."""
        path = self.paths[int(generator.integers(len(self.paths)))]
        seconds = num_samples / self.sampling_rate
        room = audio.info(path).duration - seconds - OVERRUN_SECONDS
        start = float(generator.uniform(0, room)) if room > 0 else 0.0
        duration = seconds if room > 0 else None
        samples, _ = audio.read(path, sampling_rate=self.sampling_rate, start=start, duration=duration)
        return loop(samples, num_samples=num_samples, crossfade=round(CROSSFADE_SECONDS * self.sampling_rate))
