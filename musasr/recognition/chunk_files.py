"""Finished chunks of a separation on disk: a killed run goes on where it stopped."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from musasr.atomic import write_array


class ChunkFiles:
    """A folder of chunks (S, channels, T), numbered from 0; it is there from the first chunk on."""

    def __init__(self, folder: Path):
        """Look at what is there.

        Args:
            folder: Its name holds all that the chunks depend on.
        """
        self.folder = folder

    def num_finished(self) -> int:
        """How many chunks from the first on are whole."""
        number = 0
        while self._is_whole(self._path(number)):
            number += 1
        return number

    def put(self, number: int, chunk: np.ndarray) -> None:
        """Write a chunk, whole or not at all."""
        write_array(self._path(number), chunk)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the chunks in order."""
        number = 0
        while (path := self._path(number)).is_file():
            yield np.load(path, allow_pickle=False)
            number += 1

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npy"

    def _is_whole(self, path: Path) -> bool:
        try:
            np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return False
        return True
