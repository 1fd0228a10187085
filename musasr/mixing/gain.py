"""Levels of speech and music: pure functions on float arrays of samples (T,)."""

import numpy as np

PEAK_LIMIT = 0.99  # a mixture that would exceed this is scaled as a whole, so that the SNR stays


def energy(samples: np.ndarray) -> float:
    """Sum of squares, in double precision."""
    samples = samples.astype(np.float64)
    return float(np.dot(samples, samples))


def snr_db(*, speech: np.ndarray, music: np.ndarray) -> float:
    """Speech over music in dB: 10 log10(sum speech^2 / sum music^2) over the utterance's own span."""
    return 10.0 * np.log10(energy(speech) / energy(music))


def level_db(samples: np.ndarray) -> float:
    """Root mean square in dB relative to full scale; -inf for digital silence."""
    mean_square = energy(samples) / max(len(samples), 1)
    return 10.0 * np.log10(mean_square) if mean_square > 0 else -np.inf


def music_gain(*, speech: np.ndarray, music: np.ndarray, snr_db: float) -> float:
    """The factor that brings music to ``snr_db`` below speech.

    Raises:
        ValueError: Speech or music is digital silence, so that no factor exists.
    """
    return gain_of_energies(speech=energy(speech), music=energy(music), snr_db=snr_db)


def gain_of_energies(*, speech: float, music: float, snr_db: float) -> float:
    """What `music_gain` gives, of the sums of squares.

    Raises:
        ValueError: One is 0.
    """
    if speech == 0 or music == 0:
        raise ValueError("silence has no signal-to-noise ratio")
    return float(np.sqrt(speech / music) * 10.0 ** (-snr_db / 20.0))


def peak_scale(mixture: np.ndarray) -> float:
    """The factor (at most 1) that keeps a mixture's peak within PEAK_LIMIT."""
    return scale_of_peak(float(np.max(np.abs(mixture), initial=0.0)))


def scale_of_peak(peak: float) -> float:
    """What `peak_scale` gives, of the mixture's largest sample."""
    return min(1.0, PEAK_LIMIT / peak) if peak > 0 else 1.0


def loop(music: np.ndarray, *, num_samples: int, crossfade: int) -> np.ndarray:
    """Music repeated until it is ``num_samples`` long, each seam a linear cross-fade.

    Args:
        music: (T,), not empty.
        num_samples: Length asked for; a longer input is cut.
        crossfade: Samples that two repetitions share (at most half of the piece).
    """
    if len(music) >= num_samples:
        return music[:num_samples]
    crossfade = min(crossfade, len(music) // 2)
    fade_in = np.linspace(0.0, 1.0, crossfade, dtype=music.dtype)
    looped = music
    while len(looped) < num_samples:
        seam = looped[len(looped) - crossfade :] * (1 - fade_in) + music[:crossfade] * fade_in
        looped = np.concatenate([looped[: len(looped) - crossfade], seam, music[crossfade:]])
    return looped[:num_samples]
