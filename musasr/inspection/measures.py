"""What one audio file holds: read block by block, so that its length does not matter."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from musasr import audio

FULL_SCALE = 0.99
CLIPPED_RUN = 3  # samples at full scale in a row: fewer are a peak, not a clipped one


@dataclass(frozen=True, slots=True)
class Signal:
    """Measures of a file. `clipped` is a share of the samples; equal `content` means equal 16-bit samples."""

    sampling_rate: int
    num_channels: int
    num_samples: int
    peak: float
    level_db: float
    clipped: float
    is_finite: bool
    content: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.num_samples / self.sampling_rate


def measure(path: Path) -> Signal:
    """Read a file and measure it; levels are those of the mean of its channels, in dB re full scale.

    Raises:
        DataError: It is missing, empty or broken.
    """
    content = blake2b(digest_size=8)
    num_samples, num_clipped, energy, peak, is_finite = 0, 0, 0.0, 0.0, True
    for block, rate in audio.decode(path):  # noqa: B007
        num_channels, size = block.shape
        mono = block.mean(axis=0)
        is_finite = is_finite and bool(np.isfinite(mono).all())
        mono = np.nan_to_num(mono, posinf=0.0, neginf=0.0)
        num_samples += size
        num_clipped += _count_clipped(block)
        energy += float(np.dot(mono.astype(np.float64), mono))
        peak = max(peak, float(np.abs(mono).max(initial=0.0)))
        content.update(audio.to_pcm16(np.clip(mono, -1.0, 1.0)).tobytes())
    level_db = 10.0 * np.log10(energy / num_samples) if energy > 0 else -np.inf
    digest = int.from_bytes(content.digest(), "little")
    clipped = num_clipped / num_samples
    return Signal(rate, num_channels, num_samples, peak, float(level_db), clipped, is_finite, digest)


def _count_clipped(block: np.ndarray) -> int:
    """How many samples of a block (channels, T) stand at full scale in runs, in its worst channel."""
    at_limit = np.abs(block) >= FULL_SCALE
    if not at_limit.any():
        return 0
    edges = np.diff(np.pad(at_limit.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    worst = 0
    for channel in edges:
        lengths = np.flatnonzero(channel == -1) - np.flatnonzero(channel == 1)
        worst = max(worst, int(lengths[lengths >= CLIPPED_RUN].sum()))
    return worst
