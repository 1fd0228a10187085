"""A reader at another sampling rate than its own."""

import torch
from torch import Tensor

from musasr.recognizers.reader import Reader, Reading


class Resampled:
    """Hands waveforms on at the rate that a reader wants; times are seconds, and stay what they are."""

    def __init__(self, reader: Reader, *, sampling_rate: int):
        """Hold the reader.

        Args:
            reader: Reads waveforms of its own rate.
            sampling_rate: Of the waveforms that come, Hz.
        """
        self.reader = reader
        self.sampling_rate = sampling_rate

    def __call__(self, waveforms: Tensor, lengths: Tensor) -> list[Reading]:
        """The readings of waveforms (B, T), each resampled alone; see `Reader`."""
        readings = []
        for waveform, length in zip(waveforms, lengths.tolist(), strict=True):
            one = resample(waveform[:length], self.sampling_rate, self.reader.sampling_rate)
            readings += self.reader(one[None], torch.tensor([len(one)], device=one.device))
        return readings


def resample(waveform: Tensor, rate: int, new_rate: int) -> Tensor:
    """A waveform (T,) at another rate, Hz."""
    import torchaudio.functional as F

    return waveform if rate == new_rate or len(waveform) == 0 else F.resample(waveform, rate, new_rate)
