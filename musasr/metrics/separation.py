"""How well one source was separated: BSS-Eval SDR and SI-SDR of one utterance, in dB, in float64."""

import numpy as np

FILTER_TAPS = 512  # BSS Eval v3's allowed distortion: 32 ms at 16 kHz
SCORE_LIMIT_DB = 80.0
# Samples that are transformed at once, and how many such blocks together: what a core's cache holds.
BLOCK, BLOCKS_TOGETHER = 4096, 4


def sdr(*, estimate: np.ndarray, reference: np.ndarray) -> float:
    """Return the signal-to-distortion ratio of BSS Eval v3 (Vincent et al. 2006), in dB.

    The target is the part of the estimate that the reference explains through the best filter h of 512 taps:

        SDR = 10 log10(|h * s|^2 / |e - h * s|^2) = 10 log10(c / (1 - c)),  c = b^T R^-1 b / |e|^2

    with R the autocorrelation (Toeplitz) of the reference s and b its cross-correlation with the estimate e.
    The SDR of a source depends on its own reference alone: the others only split the rest into interference
    and artefacts. Levinson recursion solves for h, some four times faster than a general solver and as exact.

    Args:
        estimate: Separated samples, (T,).
        reference: True samples of the same source, (T,).

    Returns:
        dB, unclamped; rounding ends at about 140 dB. -inf for a silent estimate, nan for a silent reference.

    Raises:
        ValueError: The shapes differ, or are not (T,).
    """
    estimate, reference = _as_pair(estimate, reference)
    if not reference.any() or not estimate.any():
        return _silent(reference)
    estimate, reference = estimate / np.linalg.norm(estimate), reference / np.linalg.norm(reference)
    return sdr_of_correlations(*correlations(estimate, reference))


def correlations(
    estimate: np.ndarray, reference: np.ndarray, *, past: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The sums over n of s[n - k] s[n] and of s[n - k] e[n], for each lag k: two of (512,).

    In blocks of the time, each with the 512 samples of s before it: transforms of the whole take four times
    as long, as they do not fit into a cache.

    Args:
        estimate: Samples e, (T,).
        reference: Samples s, (T,).
        past: The samples of s before these, (512,); None: silence.
    """
    from scipy import fft

    hop = BLOCK - FILTER_TAPS
    num_blocks = -(-len(reference) // hop)
    past = np.zeros(FILTER_TAPS) if past is None else past
    rest = np.zeros(num_blocks * hop - len(reference))
    heard = np.concatenate([past, reference, rest])
    with_past = np.lib.stride_tricks.sliding_window_view(heard, BLOCK)[::hop]
    alone = np.stack([heard[FILTER_TAPS:], np.concatenate([estimate, rest])]).reshape(2, num_blocks, hop)
    cross_spectra = np.zeros((2, BLOCK // 2 + 1), complex)
    signals = np.zeros((3, BLOCKS_TOGETHER, BLOCK))
    for start in range(0, num_blocks, BLOCKS_TOGETHER):
        span = slice(start, start + BLOCKS_TOGETHER)
        some = signals[:, : len(with_past[span])]
        some[0], some[1:, :, FILTER_TAPS:] = with_past[span], alone[:, span]
        spectra = fft.rfft(some)
        cross_spectra += (spectra[0].conj() * spectra[1:]).sum(axis=1)
    autocorrelation, correlation = fft.irfft(cross_spectra, BLOCK)[:, :FILTER_TAPS]
    return autocorrelation, correlation


def sdr_of_correlations(autocorrelation: np.ndarray, correlation: np.ndarray) -> float:
    """What `sdr` gives, of the `correlations` (512,) of samples whose energies are 1."""
    from scipy import linalg

    coherence = float(linalg.solve_toeplitz(autocorrelation, correlation) @ correlation)
    return decibels(coherence, 1.0 - coherence)


def si_sdr(*, estimate: np.ndarray, reference: np.ndarray) -> float:
    """Return the scale-invariant signal-to-distortion ratio (Le Roux et al. 2019), in dB.

        SI-SDR = 10 log10(|a s|^2 / |e - a s|^2),  a = e^T s / |s|^2

    Args:
        estimate: Separated samples e, (T,); the mean is not removed.
        reference: True samples s of the same source, (T,).

    Returns:
        dB, unclamped: inf for an estimate that is the reference scaled, -inf for a silent (or orthogonal)
        estimate, nan for a silent reference.

    Raises:
        ValueError: The shapes differ, or are not (T,).
    """
    estimate, reference = _as_pair(estimate, reference)
    if not reference.any() or not estimate.any():
        return _silent(reference)
    target = (estimate @ reference) / (reference @ reference) * reference
    distortion = estimate - target
    return decibels(float(target @ target), float(distortion @ distortion))


def _as_pair(estimate: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    estimate, reference = np.asarray(estimate, np.float64), np.asarray(reference, np.float64)
    if estimate.ndim != 1 or estimate.shape != reference.shape:
        raise ValueError(f"estimate {estimate.shape} and reference {reference.shape} must both be (T,)")
    return estimate, reference


def limited(score: float) -> float:
    """A score as JSON can hold it, in dB: a silent estimate scores -80, a perfect one +80."""
    return float(np.clip(score, -SCORE_LIMIT_DB, SCORE_LIMIT_DB))


def _silent(reference: np.ndarray) -> float:
    """Nothing can be said about a source that is not there; one of which nothing is left scores lowest."""
    return -np.inf if reference.any() else np.nan


def decibels(target: float, distortion: float) -> float:
    """10 log10 of a ratio of energies; inf without distortion, -inf without target."""
    if target <= 0:
        return -np.inf
    return float(10 * np.log10(target / distortion)) if distortion > 0 else np.inf
