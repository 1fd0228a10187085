"""What a model that looks is shown of a film, window by window, in the memory of one of them."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from musasr.audio.pictures import stream_pictures
from musasr.corpora.talking.layout import Face
from musasr.corpora.talking.tracks import crops_of
from musasr.errors import DataError

MAX_OVERHANG_SECONDS = 0.5  # of the sound behind the last picture: codecs pad their last frame


class View:
    """The crops of a film's faces, read from its beginning to its end."""

    def __init__(self, film: Path, faces: Sequence[Face], *, size: int, pictures_per_second: int):
        """Open nothing yet.

        Args:
            film: The file.
            faces: Where they stand.
            size: Pixels of a crop's sides.
            pictures_per_second: Of the crops.
        """
        self.film, self.pictures_per_second = film, pictures_per_second
        pictures = stream_pictures(film, pictures_per_second=pictures_per_second)
        self._coming = crops_of(pictures, faces, size=size)
        self._held: deque[np.ndarray] = deque()
        self._first = 0  # the number of what is held first

    def crops(self, first: int, number: int) -> np.ndarray:
        """So many crops from a picture on, (S, number, size, size) uint8; the film's last one stands.

        Args:
            first: At least that of the last call: what lies before it is forgotten.
            number: Of the pictures.

        Raises:
            DataError: The file is missing or broken, has no picture, or ends half a second before that.
        """
        self._read_until(first, first + number)
        missing = first + number - self._first - len(self._held)
        if missing > MAX_OVERHANG_SECONDS * self.pictures_per_second:
            seconds = (self._first + len(self._held)) / self.pictures_per_second
            what = f"the picture lasts {seconds:.1f} s, and the sound goes on"
            mend = "cut the sound, or name a film whose faces are there throughout"
            raise DataError(what, where=self.film, mend=mend)
        index = np.clip(np.arange(first, first + number) - self._first, 0, len(self._held) - 1)
        return np.stack([self._held[one] for one in index], axis=1)

    def _read_until(self, first: int, end: int) -> None:
        """Hold what is shown from `first` to `end`, and at least the last picture."""
        while self._first + len(self._held) < end and (crops := next(self._coming, None)) is not None:
            self._held.append(crops)
            self._forget(first)
        self._forget(first)

    def _forget(self, first: int) -> None:
        while self._first < first and len(self._held) > 1:
            self._held.popleft()
            self._first += 1
