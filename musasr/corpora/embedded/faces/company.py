"""Films of several talking heads side by side, who speak at once: what a separator of faces is made for."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.atomic import replacing
from musasr.audio.film_writer import FilmWriter
from musasr.audio.pictures import stream_pictures

GREY = 128  # of both chromas


def join(films: Sequence[Path], output: Path, *, sampling_rate: int, pictures_per_second: int) -> str:
    """Write a grey film with the pictures of films beside each other and the sum of their sounds.

    It ends with the shortest of them.

    Args:
        films: Of pictures of one size, even.
        output: An .mp4.
        sampling_rate: Hz.
        pictures_per_second: As it says.

    Returns:
        Where the faces stand, as ``musasr separate --faces`` takes it.
    """
    pictures = [list(stream_pictures(film, pictures_per_second=pictures_per_second)) for film in films]
    sounds = [audio.read(film, sampling_rate=sampling_rate)[0] for film in films]
    num_pictures = min(
        *map(len, pictures), *(len(one) * pictures_per_second // sampling_rate for one in sounds)
    )
    num_samples = round(num_pictures * sampling_rate / pictures_per_second)
    height, width = pictures[0][0].shape
    with (
        replacing(output) as temporary,
        FilmWriter(
            temporary,
            sampling_rate=sampling_rate,
            size=(width * len(films), height),
            pictures_per_second=pictures_per_second,
        ) as film,
    ):
        film.add(
            audio.to_pcm16(sum(one[:num_samples] for one in sounds)), _side_by_side(pictures, num_pictures)
        )
    size = 1 / len(films)
    return ";".join(f"{number * size:.4f},0,{size:.4f},1" for number in range(len(films)))


def _side_by_side(pictures: Sequence[Sequence[np.ndarray]], num_pictures: int) -> Iterator[np.ndarray]:
    """Yield pictures in the planes of yuv420p; luma has 16 to 235, and grey is read as 0 to 255."""
    for several in zip(*(one[:num_pictures] for one in pictures), strict=True):
        light = np.concatenate(several, axis=1)
        luma = np.round(16 + light.astype(np.float32) * (235 - 16) / 255).astype(np.uint8)
        yield np.concatenate([luma, np.full((light.shape[0] // 2, light.shape[1]), GREY, np.uint8)])
