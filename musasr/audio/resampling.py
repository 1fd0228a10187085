"""Samples at another rate (soxr): whole, or block by block."""

import numpy as np


def resample(samples: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """Return `samples` (T,) at `to_rate` Hz: round(T to_rate / from_rate) float32 samples, at least one."""
    samples = np.asarray(samples, dtype=np.float32)
    if from_rate == to_rate:
        return samples
    import soxr

    num_samples = max(1, round(len(samples) * to_rate / from_rate))
    resampled = soxr.resample(samples, from_rate, to_rate)[:num_samples]
    return np.pad(resampled, (0, num_samples - len(resampled)))


class Resampler:
    """Blocks (channels, T) at another rate: together what `resample` gives of the whole."""

    def __init__(self, from_rate: int, to_rate: int, num_channels: int):
        """Start a stream; the rates in Hz."""
        import soxr

        self.from_rate, self.to_rate, self.num_channels = from_rate, to_rate, num_channels
        self._stream = soxr.ResampleStream(from_rate, to_rate, num_channels, dtype="float32")
        self._taken = self._given = 0

    @property
    def held_seconds(self) -> float:
        """How much was taken that has not come out yet."""
        return self._taken / self.from_rate - self._given / self.to_rate

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """Take a block and return what is ready (channels, T'), T' 0 or more."""
        self._taken += block.shape[1]
        ready = self._stream.resample_chunk(np.ascontiguousarray(block.T, dtype=np.float32)).T
        self._given += ready.shape[1]
        return ready

    def rest(self) -> np.ndarray:
        """What is still held (channels, T'), at the stream's end."""
        wanted = max(1, round(self._taken * self.to_rate / self.from_rate)) - self._given
        nothing = np.zeros((0, self.num_channels), np.float32)
        last = self._stream.resample_chunk(nothing, last=True).T[:, : max(0, wanted)]
        return np.pad(last, ((0, 0), (0, max(0, wanted) - last.shape[1])))
