"""Speech as if other people said it elsewhere: what a training hears of few voices, made into many.

Synthetic voices are pulses through one filter, and short windows of a waveform know them by that alone: a
separator that learns them takes real people for music. `disperse` moves frequencies against each other by
some milliseconds, leaves their levels, and takes that away.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Effect = Callable[[np.ndarray, float, np.random.Generator, int], np.ndarray]
EQUALIZER_BANDS, LOWEST_BAND = 9, 60.0  # Hz
MOST_DELAYS = 40  # values of the group delay between 0 Hz and the Nyquist frequency
LOW_PASS_WIDTH, LOW_PASS_DEPTH = 200.0, 60.0  # Hz from passing to dB down


def speed(samples: np.ndarray, factor: float, random: np.random.Generator, rate: int) -> np.ndarray:
    """Played faster by a factor, pitch and resonances with it: (round(T / factor),)."""
    import soxr

    return soxr.resample(samples, rate * factor, rate, quality="LQ").astype(np.float32)


def equalize(samples: np.ndarray, deviation: float, random: np.random.Generator, rate: int) -> np.ndarray:
    """A smooth curve of gains over the frequencies, whose points deviate by so many dB."""
    points = np.log(np.geomspace(LOWEST_BAND, rate / 2, EQUALIZER_BANDS))
    gains = random.normal(0.0, deviation, EQUALIZER_BANDS)
    return _filtered(samples, rate, lambda hertz: np.interp(np.log(np.maximum(hertz, 1.0)), points, gains))


def low_pass(samples: np.ndarray, corner: float, random: np.random.Generator, rate: int) -> np.ndarray:
    """Without what lies above a corner (Hz), as on a telephone."""
    return _filtered(
        samples, rate, lambda hertz: -LOW_PASS_DEPTH * np.clip((hertz - corner) / LOW_PASS_WIDTH, 0.0, 1.0)
    )


def disperse(samples: np.ndarray, seconds: float, random: np.random.Generator, rate: int) -> np.ndarray:
    """Each frequency delayed by its own time up to so many seconds: an all-pass of smooth group delay.

    H(f) = exp(-2 pi i int_0^f tau(g) dg), with tau between random values at equal distances.
    """
    size = len(samples) + round(seconds * rate)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    num_points = int(random.integers(MOST_DELAYS // 6, MOST_DELAYS))
    delays = np.interp(hertz, np.linspace(0, rate / 2, num_points), random.uniform(0, seconds, num_points))
    phase = -2 * np.pi * np.cumsum(delays) * hertz[1]
    spectrum = np.fft.rfft(samples, size) * np.exp(1j * phase)
    return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)


def add_noise(samples: np.ndarray, down_db: float, random: np.random.Generator, rate: int) -> np.ndarray:
    """White noise so many dB below the whole."""
    level = np.sqrt(np.mean(samples**2, dtype=np.float64)) * 10 ** (-down_db / 20)
    return samples + random.normal(0.0, level, len(samples)).astype(np.float32)


# In the order in which they act.
EFFECTS: dict[str, Effect] = {
    "speed": speed,
    "equalizer_db": equalize,
    "low_pass_hz": low_pass,
    "dispersion_seconds": disperse,
    "noise_down_db": add_noise,
}


class Variety:
    """Effects on speech, each with a probability and a strength drawn anew."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]], *, sampling_rate: int):
        """Hold the settings.

        Args:
            settings: Effect -> ``fraction`` of the utterances that it acts on, and the ``range`` of its
                strength, evenly drawn.
            sampling_rate: Hz.
        """
        self.settings = settings
        self.sampling_rate = sampling_rate

    def draw(self, random: np.random.Generator) -> dict[str, float]:
        """The strengths of the effects that act on an utterance; as many numbers are drawn whichever do."""
        strengths = {}
        for name in EFFECTS:
            setting = self.settings.get(name)
            if setting is not None:
                does_act, strength = random.random() < setting["fraction"], random.uniform(*setting["range"])
                if does_act:
                    strengths[name] = float(strength)
        return strengths

    def __call__(
        self, samples: np.ndarray, strengths: Mapping[str, float], random: np.random.Generator
    ) -> np.ndarray:
        """The samples (T,) under the effects, in their order; silence stays silence."""
        for name, effect in EFFECTS.items():
            if name in strengths:
                samples = effect(samples, strengths[name], random, self.sampling_rate)
        return samples


def _filtered(samples: np.ndarray, rate: int, gain_db: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The samples (T,) with gains that depend on the frequency (Hz), without a delay."""
    spectrum = np.fft.rfft(samples)
    gains = 10 ** (gain_db(np.fft.rfftfreq(len(samples), 1 / rate)) / 20)
    return np.fft.irfft(spectrum * gains, len(samples)).astype(np.float32)
