"""Echoes taken out of a recording by weighted prediction error (WPE)."""

from collections.abc import Iterable, Iterator

import numpy as np

from musasr.audio.conversion import of_one_size

BLOCK_SECONDS = 60.0  # a room's filter is looked for in each: memory stays that of one


def dereverberate(
    blocks: Iterable[np.ndarray],
    *,
    sampling_rate: int,
    taps: int,
    delay: int,
    iterations: int,
    size: int,
    shift: int,
) -> Iterator[np.ndarray]:
    """Yield a recording's samples (T,) without late echoes, in blocks.

    Args:
        blocks: The recording (T,), in blocks of any size.
        sampling_rate: Hz.
        taps: Frames that predict each other one's echo.
        delay: Frames between them and it.
        iterations: How often power and filter are found in turn.
        size, shift: Of the STFT, samples.
    """
    from nara_wpe.utils import istft, stft
    from nara_wpe.wpe import wpe

    for block in of_one_size(blocks, round(BLOCK_SECONDS * sampling_rate)):
        if len(block) <= size or not block.any():
            yield block
            continue
        spectrum = stft(block[None].astype(np.float64), size=size, shift=shift).transpose(
            2, 0, 1
        )  # (F, 1, L)
        dry = wpe(spectrum, taps=taps, delay=delay, iterations=iterations).transpose(1, 2, 0)
        yield istft(dry, size=size, shift=shift)[0, : len(block)].astype(np.float32)
