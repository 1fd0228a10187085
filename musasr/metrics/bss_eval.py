"""SDR, SIR and SAR of sources that were estimated together: BSS Eval v3 (Vincent et al. 2006), in dB."""

from dataclasses import dataclass

import numpy as np

from musasr.metrics.separation import FILTER_TAPS, decibels


@dataclass(frozen=True)
class BssScores:
    """Each (S,), dB: signal to distortion, to interference of the other sources, to artefacts."""

    sdr: np.ndarray
    sir: np.ndarray
    sar: np.ndarray


class BssEval:
    """The sources of one mixture, ready to score estimates of them.

    An estimate is split into what its own reference explains through a filter of 512 taps, what the other
    references add to that, and the rest. The equations of all references are factored once.
    """

    def __init__(self, references: np.ndarray):
        """Hold the references (S, T).

        Raises:
            ValueError: One of them is silent, or they are not (S, T).
        """
        from scipy import fft, linalg

        references = np.asarray(references, np.float64)
        if references.ndim != 2 or not references.any(axis=1).all():
            raise ValueError("references must be (S, T), and each must sound")
        self.num_sources, self.num_samples = references.shape
        self.size = fft.next_fast_len(self.num_samples + FILTER_TAPS, real=True)
        self.spectra = fft.rfft(references, self.size)
        gram = np.block(
            [[self._toeplitz(i, j) for j in range(len(references))] for i in range(len(references))]
        )
        self.alone = [linalg.cho_factor(self._block(gram, i)) for i in range(self.num_sources)]
        self.together = linalg.cho_factor(gram)

    def __call__(self, estimates: np.ndarray) -> BssScores:
        """The scores of estimates (S, T), the i-th of the i-th reference; no permutation is looked for.

        Raises:
            ValueError: The shape is another.
        """
        if estimates.shape != (self.num_sources, self.num_samples):
            raise ValueError(f"estimates are {estimates.shape}, not {self.num_sources, self.num_samples}")
        scores = [self.score(index, estimate) for index, estimate in enumerate(estimates)]
        return BssScores(*(np.array(values) for values in zip(*scores, strict=True)))

    def score(self, index: int, estimate: np.ndarray) -> tuple[float, float, float]:
        """SDR, SIR and SAR in dB of an estimate (T,) of one of the sources.

        The energies of its parts follow from the equations: |P e|^2 = b^T R^-1 b.
        """
        from scipy import fft, linalg

        estimate = np.asarray(estimate, np.float64)
        energy = float(estimate @ estimate)
        if energy == 0.0:
            return -np.inf, -np.inf, -np.inf
        spectrum = fft.rfft(estimate, self.size)
        cross = fft.irfft(self.spectra.conj() * spectrum, self.size)[:, :FILTER_TAPS]
        own = cross[index]
        target = float(own @ linalg.cho_solve(self.alone[index], own))
        explained = float(cross.ravel() @ linalg.cho_solve(self.together, cross.ravel()))
        interference, artefacts = max(explained - target, 0.0), max(energy - explained, 0.0)
        return (
            decibels(target, energy - target),
            decibels(target, interference),
            decibels(explained, artefacts),
        )

    def _toeplitz(self, row: int, column: int) -> np.ndarray:
        """Sums over n of s_i[n - k] s_j[n - l], for the lags k, l."""
        from scipy import fft, linalg

        lags = fft.irfft(self.spectra[row].conj() * self.spectra[column], self.size)
        return linalg.toeplitz(lags[:FILTER_TAPS], np.r_[lags[0], lags[-1:-FILTER_TAPS:-1]])

    def _block(self, gram: np.ndarray, index: int) -> np.ndarray:
        span = slice(index * FILTER_TAPS, (index + 1) * FILTER_TAPS)
        return gram[span, span]
