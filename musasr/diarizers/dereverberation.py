"""Echoes taken out of a recording by weighted prediction error (WPE)."""

import numpy as np

BLOCK_SECONDS = 60.0  # a room's filter is looked for in each: memory stays that of one


def dereverberate(
    samples: np.ndarray, *, sampling_rate: int, taps: int, delay: int, iterations: int, size: int, shift: int
) -> np.ndarray:
    """The samples (T,) without late echoes.

    Args:
        samples: (T,).
        sampling_rate: Hz.
        taps: Frames that predict each other one's echo.
        delay: Frames between them and it.
        iterations: How often power and filter are found in turn.
        size, shift: Of the STFT, samples.
    """
    from nara_wpe.utils import istft, stft
    from nara_wpe.wpe import wpe

    block = round(BLOCK_SECONDS * sampling_rate)
    done = []
    for first in range(0, len(samples), block):
        part = samples[first : first + block].astype(np.float64)
        if len(part) <= size or not part.any():
            done.append(part)
            continue
        spectrum = stft(part[None], size=size, shift=shift).transpose(2, 0, 1)  # (F, channels, L)
        dry = wpe(spectrum, taps=taps, delay=delay, iterations=iterations).transpose(1, 2, 0)
        done.append(istft(dry, size=size, shift=shift)[0, : len(part)])
    return np.concatenate(done).astype(np.float32) if done else samples
