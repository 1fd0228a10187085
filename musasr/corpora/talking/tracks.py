"""A film's sound and a face's crops, picture by picture: what a separator that looks is given."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.audio.pictures import stream_pictures
from musasr.corpora.talking.layout import Box, Face
from musasr.errors import DataError

MAX_MISSING_FRACTION = 0.15  # of a clip's pictures in which the face is not found; above it has no face


@dataclass(frozen=True)
class Track:
    """A face while it speaks.

    Attributes:
        samples: (T,) float32; T fits the pictures.
        crops: Grey crops (V, size, size) uint8; all zero where the face is missing.
    """

    samples: np.ndarray
    crops: np.ndarray


def read_track(
    film: Path,
    face: Face,
    *,
    size: int,
    sampling_rate: int,
    pictures_per_second: int,
    start: float = 0.0,
    end: float | None = None,
) -> Track:
    """The sound and the face of a stretch of a film, which end together.

    Args:
        film: The file.
        face: Where the face is.
        size: Pixels of a crop's sides.
        sampling_rate: Hz.
        pictures_per_second: Of the crops.
        start: Seconds.
        end: Seconds; None: with the film.

    Raises:
        DataError: The file has no sound or no picture, ends before `end`, or the face is missing in more than
            15 % of the pictures.
    """
    pictures = stream_pictures(film, pictures_per_second=pictures_per_second, start=start, end=end)
    crops = np.stack(list(crops_of(pictures, [face], size=size)), axis=1)[0]
    check_seen(crops, where=film)
    duration = None if end is None else end - start
    samples, _ = audio.read(film, sampling_rate=sampling_rate, start=start, duration=duration)
    num_pictures = min(len(crops), len(samples) * pictures_per_second // sampling_rate)
    return Track(samples[: round(num_pictures * sampling_rate / pictures_per_second)], crops[:num_pictures])


def crops_of(pictures: Iterable[np.ndarray], faces: Sequence[Face], *, size: int) -> Iterator[np.ndarray]:
    """Yield the crops of each picture, (faces, size, size) uint8.

    Args:
        pictures: Grey, (height, width) uint8.
        faces: Where they are.
        size: Pixels of a crop's sides.
    """
    for number, picture in enumerate(pictures):
        yield np.stack([_crop(picture, face.at(number), size) for face in faces])


def check_seen(crops: np.ndarray, *, where: object) -> None:
    """See that a face is there in enough of its crops (V, size, size).

    Raises:
        DataError: It is not.
    """
    missing = (crops.reshape(len(crops), -1).max(axis=1) == 0).mean()
    if missing > MAX_MISSING_FRACTION:
        what = f"the face is missing in {100 * missing:.0f} % of the pictures"
        raise DataError(what, where=where, mend="leave the clip out, or say where the face is")


def _crop(picture: np.ndarray, box: Box | None, size: int) -> np.ndarray:
    """A box of a picture, each pixel of it the mean of what it covers; zeros where there is no box.

    What is seen is never all zero, which would say that nothing was.
    """
    if box is None:
        return np.zeros((size, size), np.uint8)
    height, width = picture.shape
    rows = _means(picture.astype(np.float32), box.y * height, (box.y + box.height) * height, size)
    crop = _means(rows.T, box.x * width, (box.x + box.width) * width, size).T
    return np.clip(np.round(crop), 1, 255).astype(np.uint8)


def _means(lines: np.ndarray, begin: float, end: float, size: int) -> np.ndarray:
    """Means of `size` equal parts of the first axis from `begin` to `end`, in lines; (size, others)."""
    edges = np.clip(np.linspace(begin, end, size + 1), 0, len(lines))
    sums = np.concatenate([np.zeros((1, lines.shape[1])), np.cumsum(lines, axis=0, dtype=np.float64)])
    whole = np.minimum(edges.astype(int), len(lines) - 1)
    at_edges = sums[whole] + (edges - whole)[:, None] * lines[whole]
    lengths = np.maximum(np.diff(edges), 1e-6)[:, None]
    return np.diff(at_edges, axis=0) / lengths
