"""Sounds that are computed: rain, wind, crickets, a siren, an engine, beeps, a clock."""

import random
from collections.abc import Callable

import numpy as np

RATE = 32000  # Hz at which they are computed: no harmonic comes near its half

type Maker = Callable[[random.Random, np.ndarray, int], np.ndarray]


def rain(rng: random.Random, time: np.ndarray, rate: int) -> np.ndarray:
    """A hiss of many drops, and single ones near by."""
    generator = _generator(rng)
    hiss = _band(generator.standard_normal(len(time)), rate, rng.uniform(800, 1500), rng.uniform(5000, 9000))
    drops = np.zeros(len(time))
    places = generator.integers(0, len(time), round(rng.uniform(60, 300) * time[-1]))
    drops[places] = generator.exponential(1.0, len(places))
    ring = np.exp(-time[: rate // 50] * 400) * np.sin(
        2 * np.pi * rng.uniform(1500, 3500) * time[: rate // 50]
    )
    return _unit(hiss) + rng.uniform(0.3, 1.0) * _unit(np.convolve(drops, ring)[: len(time)])


def wind(rng: random.Random, time: np.ndarray, rate: int) -> np.ndarray:
    """Low noise whose level and colour come and go."""
    generator = _generator(rng)
    low = _band(generator.standard_normal(len(time)), rate, 60, rng.uniform(250, 500))
    howl = _band(generator.standard_normal(len(time)), rate, centre := rng.uniform(350, 800), centre * 1.2)
    gusts = 0.55 + 0.45 * np.sin(2 * np.pi * (rng.uniform(0.15, 0.5) * time + rng.random()))
    return _unit(low) * gusts + rng.uniform(0.2, 0.6) * _unit(howl) * gusts**2


def crickets(rng: random.Random, time: np.ndarray, rate: int) -> np.ndarray:
    """High tones in fast pulses, a few insects at once."""
    total = np.zeros(len(time))
    for _ in range(rng.randint(1, 3)):
        tone = np.sin(2 * np.pi * rng.uniform(2400, 3600) * time)
        pulses = np.clip(np.sin(2 * np.pi * (rng.uniform(20, 45) * time + rng.random())), 0, 1)
        groups = np.sin(2 * np.pi * (rng.uniform(1, 3) * time + rng.random())) > -0.5
        total += rng.uniform(0.4, 1.0) * tone * pulses * _smooth(groups.astype(float), rate)
    return total


def siren(rng: random.Random, time: np.ndarray, rate: int) -> np.ndarray:
    """A tone that wails up and down, or jumps between two pitches."""
    low = rng.uniform(450, 700)
    high, pace = low * rng.uniform(1.3, 2.0), rng.uniform(0.3, 2.0)
    swing = np.sin(2 * np.pi * (pace * time + rng.random()))
    if rng.random() < 0.4:
        swing = _smooth(np.sign(swing), rate)
    frequency = low + (high - low) * (0.5 + 0.5 * swing)
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    return np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase)


def engine(rng: random.Random, time: np.ndarray, rate: int) -> np.ndarray:
    """Pulses of combustion at an uneven pace, and the body that they shake."""
    generator = _generator(rng)
    pace = rng.uniform(18, 45) * (1 + 0.1 * np.sin(2 * np.pi * (rng.uniform(0.1, 0.4) * time + rng.random())))
    phase = np.cumsum(pace) / rate
    pulses = np.exp(-8 * (phase % 1.0))
    body = _band(generator.standard_normal(len(time)), rate, 50, rng.uniform(600, 1200))
    harmonics = sum(np.sin(2 * np.pi * k * phase + k) / k for k in range(1, 12))
    return _unit(pulses * body) + rng.uniform(0.5, 1.0) * _unit(harmonics)


def alarm(rng: random.Random, time: np.ndarray, rate: int) -> np.ndarray:
    """Beeps of one pitch, in groups."""
    pace, groups = rng.uniform(3, 9), rng.uniform(0.5, 1.2)
    is_on = ((pace * time) % 1.0 < 0.55) & ((groups * time + rng.random()) % 1.0 < rng.uniform(0.6, 1.0))
    phase = 2 * np.pi * rng.uniform(900, 2800) * time
    return _smooth(is_on.astype(float), rate) * (np.sin(phase) + 0.3 * np.sin(3 * phase))


def clock(rng: random.Random, time: np.ndarray, rate: int) -> np.ndarray:
    """Tick and tack: short clicks of two pitches."""
    short = time[: rate // 25]
    pace, tones = rng.uniform(1.8, 5.0), (rng.uniform(1800, 3200), rng.uniform(1200, 2400))
    clicks = [np.exp(-short * 180) * np.sin(2 * np.pi * tone * short) for tone in tones]
    total = np.zeros(len(time) + len(short))
    for index, start in enumerate(np.arange(rng.uniform(0, 1 / pace), time[-1], 1 / pace)):
        place = round(start * rate)
        total[place : place + len(short)] += clicks[index % 2]
    return total[: len(time)]


NOISES: dict[str, Maker] = {
    "rain": rain,
    "wind": wind,
    "crickets": crickets,
    "siren": siren,
    "engine": engine,
    "alarm": alarm,
    "clock": clock,
}


def make(maker: str, rng: random.Random, *, seconds: float, sampling_rate: int) -> np.ndarray:
    """What one of the NOISES gives: samples (T,), float32, of any level."""
    import soxr

    time = np.arange(round(seconds * RATE)) / RATE
    return soxr.resample(NOISES[maker](rng, time, RATE).astype(np.float32), RATE, sampling_rate)


def _generator(rng: random.Random) -> np.random.Generator:
    return np.random.default_rng(rng.getrandbits(64))


def _band(noise: np.ndarray, rate: int, low: float, high: float) -> np.ndarray:
    """The noise between two frequencies in Hz."""
    from scipy import signal

    top = min(high, 0.49 * rate)
    return signal.sosfilt(signal.butter(2, (low, top), "bandpass", fs=rate, output="sos"), noise)


def _smooth(gate: np.ndarray, rate: int) -> np.ndarray:
    """A gate without clicks: 4 ms from off to on."""
    from scipy.ndimage import uniform_filter1d

    return uniform_filter1d(gate, size=max(1, rate // 250))


def _unit(samples: np.ndarray) -> np.ndarray:
    return samples / max(np.sqrt(np.mean(samples**2)), 1e-9)
