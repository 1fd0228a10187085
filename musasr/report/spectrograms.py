"""Pictures of sound and of attention, small enough to stand in a page by the dozen."""

import io
from functools import lru_cache

import numpy as np

NUM_ROWS, MOST_COLUMNS = 128, 480
WINDOW_SECONDS, HOP_SECONDS = 0.025, 0.010
RANGE_DB = 70.0  # below the loudest of what is drawn side by side: all below is black
NUM_COLOURS = 64  # a palette: a third of the bytes of true colours
NUM_INKS = 16  # of a picture that a page colours itself: four bits each


def spectrogram_db(samples: np.ndarray, sampling_rate: int) -> np.ndarray:
    """Power in dB over frequency and time, from half the sampling rate at the top down to 0 Hz.

    Args:
        samples: (T,).
        sampling_rate: Hz.

    Returns:
        (`NUM_ROWS`, columns), at most `MOST_COLUMNS` of them.
    """
    size = max(2 * NUM_ROWS, round(WINDOW_SECONDS * sampling_rate))
    hop = max(round(HOP_SECONDS * sampling_rate), -(-len(samples) // MOST_COLUMNS))
    padded = np.pad(samples, (size // 2, size))
    starts = np.arange(0, max(len(samples), 1), hop)
    frames = padded[starts[:, np.newaxis] + np.arange(size)] * np.hanning(size)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))[:, 1:]  # without 0 Hz
    edges = np.linspace(0, power.shape[1], NUM_ROWS + 1).astype(int)[:-1]
    rows = np.maximum.reduceat(power, edges, axis=1)
    return 10 * np.log10(np.maximum(rows, 1e-12)).T[::-1]


def draw_alike(pictures: dict[str, np.ndarray]) -> dict[str, bytes]:
    """Spectrograms in dB as PNG on one scale, so that they can be compared."""
    top = max(picture.max() for picture in pictures.values())
    return {name: png(1 + (picture - top) / RANGE_DB) for name, picture in pictures.items()}


def png(values: np.ndarray) -> bytes:
    """A picture of values from 0 (dark) to 1 (bright), (rows, columns)."""
    return _indexed(values, _palette(), optimize=True)


def ink_png(values: np.ndarray) -> bytes:
    """A picture of values from 0 (nothing) to 1 (covers all), (rows, columns), as black of such opacity.

    A page draws it on any ground, in any colour.
    """
    opacities = np.linspace(0, 255, NUM_INKS).round().astype(np.uint8).tobytes()
    return _indexed(values, bytes(3 * NUM_INKS), bits=4, transparency=opacities)


def _indexed(values: np.ndarray, palette: bytes, **options: object) -> bytes:
    """A picture of values from 0 to 1 in a palette's colours, from its first to its last."""
    from PIL import Image

    last = len(palette) // 3 - 1
    indices = np.clip(values * last, 0, last).round().astype(np.uint8)
    image = Image.fromarray(indices, mode="P")
    image.putpalette(palette)
    content = io.BytesIO()
    image.save(content, format="PNG", **options)
    return content.getvalue()


@lru_cache(maxsize=1)
def _palette() -> bytes:
    from matplotlib import colormaps

    colours = colormaps["magma"](np.linspace(0, 1, NUM_COLOURS))[:, :3]
    return (255 * colours).round().astype(np.uint8).tobytes()
