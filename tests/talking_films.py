"""Small films of a grey picture that changes, with a tone."""

from pathlib import Path

import numpy as np

from musasr.audio.film_writer import FilmWriter

RATE = 16000


def write_film(
    path: Path,
    *,
    seconds: float = 2.0,
    size: tuple[int, int] = (64, 48),
    pictures_per_second: int = 25,
    hertz: float = 440.0,
    sound_seconds: float | None = None,
    shade: int = 0,
) -> Path:
    """A film whose left half grows brighter and whose right half darker, picture by picture, with a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = round(seconds * pictures_per_second)
    width, height = size
    options = {"size": size, "pictures_per_second": pictures_per_second}
    times = np.arange(round((sound_seconds or seconds) * RATE)) / RATE
    samples = 8000 * np.sin(2 * np.pi * hertz * times)
    with FilmWriter(path, sampling_rate=RATE, **options) as film:
        film.add(
            samples.astype(np.int16),
            [_picture(shade + (160 - 2 * shade) * n // count, width, height) for n in range(count)],
        )
    return path


def _picture(level: int, width: int, height: int) -> np.ndarray:
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height, : width // 2], planes[:height, width // 2 :] = 40 + level, 200 - level
    return planes
