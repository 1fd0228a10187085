"""SDR and SI-SDR of sounds of any length, which come in blocks: both follow from sums over time."""

import numpy as np

from musasr.metrics.separation import FILTER_TAPS, correlations, decibels, sdr_of_correlations


class LongScore:
    """Takes an estimate and its reference block by block; knows then what the whole scores."""

    def __init__(self):
        """Begin with nothing."""
        self._past = np.zeros(FILTER_TAPS)  # of the reference: what a block's distortion filter still hears
        self._autocorrelation, self._correlation = np.zeros(FILTER_TAPS), np.zeros(FILTER_TAPS)
        self._estimate_energy = 0.0

    def add(self, *, estimate: np.ndarray, reference: np.ndarray) -> None:
        """Take the next samples of both, (T,)."""
        estimate, reference = (np.asarray(one, np.float64) for one in (estimate, reference))
        autocorrelation, correlation = correlations(estimate, reference, past=self._past)
        self._autocorrelation += autocorrelation
        self._correlation += correlation
        self._estimate_energy += float(estimate @ estimate)
        self._past = np.concatenate([self._past, reference])[-FILTER_TAPS:]

    @property
    def sdr(self) -> float:
        """As `musasr.metrics.separation.sdr`, dB."""
        reference_energy = self._autocorrelation[0]
        if min(reference_energy, self._estimate_energy) <= 0:
            return -np.inf if reference_energy > 0 else np.nan
        norm = np.sqrt(reference_energy * self._estimate_energy)
        return sdr_of_correlations(self._autocorrelation / reference_energy, self._correlation / norm)

    @property
    def si_sdr(self) -> float:
        """As `musasr.metrics.separation.si_sdr`, dB; rounding ends at about 140 dB."""
        reference_energy = self._autocorrelation[0]
        if min(reference_energy, self._estimate_energy) <= 0:
            return -np.inf if reference_energy > 0 else np.nan
        target = self._correlation[0] ** 2 / reference_energy
        return decibels(float(target), float(self._estimate_energy - target))
