"""Two sounds into one: at an SNR of their energies, or of their peaks as LASS-Net's own code does."""

from dataclasses import dataclass

import numpy as np

from musasr.errors import ConfigError, suggest

SNRS = ("energy", "peak")
PEAK = 0.95  # what no sample of a mixture passes
SILENCE = 1e-9


@dataclass(frozen=True)
class Mixture:
    """The mixture (T,) and the two sounds in it, which sum to it."""

    mixture: np.ndarray
    target: np.ndarray
    background: np.ndarray


def mix(target: np.ndarray, background: np.ndarray, *, snr_db: float, snr: str = "energy") -> Mixture:
    """The sum of two sounds (T,) of one length, the target so far above the background.

    Args:
        target: What is asked for.
        background: The other sound.
        snr_db: dB.
        snr: ``energy``: of their energies; ``peak``: of their largest samples.

    Raises:
        ConfigError: There is no such SNR.
    """
    if snr not in SNRS:
        raise ConfigError(f"unknown snr {snr!r}", where="snr", mend=suggest(snr, SNRS))
    measure = _rms if snr == "energy" else _peak
    gain = measure(target) / max(measure(background), SILENCE) * 10 ** (-snr_db / 20)
    background = background * gain
    mixture = target + background
    peak = max(_peak(mixture), _peak(target), _peak(background), SILENCE)
    scale = min(1.0, PEAK / peak) if snr == "energy" else PEAK / peak
    return Mixture(*((one * scale).astype(np.float32) for one in (mixture, target, background)))


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def _peak(samples: np.ndarray) -> float:
    return float(np.abs(samples).max())
