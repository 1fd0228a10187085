"""Where decoded samples lie on the container's clock: its gaps become silence, its overlaps are cut."""

from collections.abc import Iterator

import numpy as np

from musasr.audio.formats import BLOCK

# Stamps are rounded (to 1 ms in Matroska and FLV), packets are written when they are full: this is noise.
JITTER_SECONDS = 0.05
# A step back by more than this is a new clock and no overlap (as ffmpeg has it); a step forward by more than
# the second or third is one and no gap: where clocks run freely, as in broadcasts, and elsewhere.
OVERLAP_SECONDS = 10.0
FREE_GAP_SECONDS = 3600.0
GAP_SECONDS = 30 * 3600.0


class Clock:
    """Turns stamped blocks into a row of samples in which sample n is at n / rate on the clock.

    A stream that starts late starts with silence; what lies before 0 (an encoder's priming) is cut off. A
    jump of the stamps that no gap explains (a recording spliced from two) joins the parts without a gap.
    """

    def __init__(self, rate: int, *, is_free_running: bool):
        """Start at 0.

        Args:
            rate: Of the samples, Hz.
            is_free_running: The container's clock is one that jumps, as in broadcasts (MPEG-TS).
        """
        self.rate = rate
        self.position = 0  # samples given
        self._longest_gap = FREE_GAP_SECONDS if is_free_running else GAP_SECONDS
        self._joined = 0  # samples that the stamps are ahead of the row, by breaks

    def place(self, block: np.ndarray, time: float | None) -> Iterator[np.ndarray]:
        """Yield the silence before a block (channels, T) and what is new of the block.

        Args:
            block: At the clock's rate.
            time: Its first sample's stamp, seconds; None where there is none: it follows the one before.
        """
        gap = 0 if time is None else self._gap(round(time * self.rate))
        for start in range(0, gap, BLOCK):
            silence = np.zeros((len(block), min(BLOCK, gap - start)), np.float32)
            self.position += silence.shape[1]
            yield silence
        new = block[:, max(0, -gap) :]
        self.position += new.shape[1]
        if new.shape[1]:
            yield new

    def _gap(self, stamp: int) -> int:
        """Samples that are missing before a stamp; below 0: that are there already."""
        gap = stamp - self._joined - self.position
        if self.position == 0 and abs(gap) <= GAP_SECONDS * self.rate:
            return gap
        if abs(gap) <= JITTER_SECONDS * self.rate:
            return 0
        if not -OVERLAP_SECONDS * self.rate <= gap <= self._longest_gap * self.rate:
            self._joined += gap
            return 0
        return gap
