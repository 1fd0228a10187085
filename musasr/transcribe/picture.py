"""What the page draws of a recording: its mel spectrogram, and where speech was found in it.

A chunk's columns are of that chunk alone, each as long as one of the speech detector's windows, which a whole
number of make a chunk: they follow one another wherever a transcription was resumed. They are kept packed: a
film of four hours has half a million.
"""

import base64
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musasr.report.embedding import data_uri
from musasr.report.spectrograms import ink_png
from musasr.transcribe.activity import SECONDS, SILENCE_DB
from musasr.transcribe.progress_file import ChunkRecord

NUM_ROWS = 48
STEP_DB = 2.0  # of one value to the next: the half of it is seen by nobody, and makes the files larger
MOST_COLUMNS = 60_000  # in a page: half an hour in full; of a longer recording the loudest of several
TILE_COLUMNS = 4_000  # of one image: browsers draw none that is much wider
RANGE_DB = 50.0  # below the loud ones: all below is paper
LOUD_PERCENTILE = 99.5
LABELLED_HZ = (500, 1000, 2000, 4000, 8000)


@dataclass(frozen=True)
class Picture:
    """What is drawn.

    Attributes:
        levels: Whole steps of `STEP_DB` over silence (`NUM_ROWS`, columns), the highest pitch first; uint8.
        seconds: Of one column.
        sampling_rate: Hz: the upper edge is at the half of it.
        speech: Start and end of each stretch of speech that was found, seconds.
    """

    levels: np.ndarray
    seconds: float
    sampling_rate: int
    speech: tuple[tuple[float, float], ...]

    def tiles(self) -> Iterator[str]:
        """Yield data URIs of images that stand side by side, each of `TILE_COLUMNS` columns but the last."""
        loud = np.percentile(self.levels, LOUD_PERCENTILE) if self.levels.size else 0.0
        loud = max(loud, RANGE_DB / STEP_DB)  # silence is paper, however little else there is
        cover = 1 + (self.levels - loud) * STEP_DB / RANGE_DB
        for first in range(0, cover.shape[1], TILE_COLUMNS):
            yield data_uri(ink_png(cover[:, first : first + TILE_COLUMNS]), "image/png")

    def pitches(self) -> list[tuple[str, float]]:
        """Some frequencies, such as "1 kHz", and at what part of the height they stand, from the top."""
        top = self.sampling_rate / 2
        labels = {hertz: f"{hertz / 1000:g} kHz" for hertz in LABELLED_HZ if hertz < top}
        return [(label, round(1 - float(_mel(hertz) / _mel(top)), 4)) for hertz, label in labels.items()]


def picture_of(chunks: Sequence[ChunkRecord], *, sampling_rate: int) -> Picture:
    """The picture of what is done of a recording.

    Args:
        chunks: From the recording's first on.
        sampling_rate: Of what the system hears, Hz.
    """
    parts = [unpack(chunk.spectrogram) for chunk in chunks]
    whole = np.concatenate(parts, axis=1) if parts else np.zeros((NUM_ROWS, 0), np.uint8)
    step = -(-whole.shape[1] // MOST_COLUMNS) or 1
    padded = np.pad(whole, ((0, 0), (0, -whole.shape[1] % step)))
    levels = padded.reshape(NUM_ROWS, -1, step).max(axis=2)
    speech = tuple(span for chunk in chunks for span in chunk.speech)
    return Picture(levels, SECONDS * step, sampling_rate, speech)


def mel_levels(samples: np.ndarray, sampling_rate: int) -> np.ndarray:
    """The mel spectrogram of a chunk (T,): steps of `STEP_DB` over silence (`NUM_ROWS`, columns), uint8."""
    num_columns = max(1, round(len(samples) / sampling_rate / SECONDS))
    size = round(2 * SECONDS * sampling_rate)  # a window reaches half a column beyond its own on either side
    starts = np.round(np.arange(num_columns) * SECONDS * sampling_rate).astype(int)
    missing = max(0, starts[-1] + size - len(samples) - size // 4)
    mode = "reflect" if len(samples) > max(missing, size // 4) else "constant"
    padded = np.pad(samples, (size // 4, missing), mode=mode)
    frames = padded[starts[:, np.newaxis] + np.arange(size)] * _window(size)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1))) @ _filters(size // 2 + 1, sampling_rate)
    levels = 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))
    steps = np.round((levels - SILENCE_DB) / STEP_DB)
    return np.minimum(steps, 255).astype(np.uint8).T[::-1]


def pack(levels: np.ndarray) -> str:
    """Levels (`NUM_ROWS`, columns) as text, for a line of JSON."""
    return base64.b64encode(zlib.compress(levels.tobytes())).decode()


def unpack(packed: str) -> np.ndarray:
    """What `pack` was given.

    Raises:
        ValueError: It is nothing that `pack` gave.
    """
    try:
        content = zlib.decompress(base64.b64decode(packed, validate=True))
    except zlib.error as error:
        raise ValueError("no packed levels") from error
    return np.frombuffer(content, np.uint8).reshape(NUM_ROWS, -1)


@lru_cache(maxsize=1)
def _window(size: int) -> np.ndarray:
    """Hann's, of sum 1: a full-scale tone's power is about that of its amplitude."""
    window = np.hanning(size)
    return (window / window.sum()).astype(np.float32)


@lru_cache(maxsize=1)
def _filters(num_bins: int, sampling_rate: int) -> np.ndarray:
    from torchaudio.functional import melscale_fbanks

    return melscale_fbanks(num_bins, 0.0, sampling_rate / 2, NUM_ROWS, sampling_rate).numpy()


def _mel(hertz: float) -> float:
    """On the HTK scale, as the filters are."""
    return np.log1p(hertz / 700.0)
