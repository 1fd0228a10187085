"""Seeded draws of music: what plays under an utterance, as a function of (seed, keys) only."""

import math
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.errors import DataError
from musasr.kaldi import Piece
from musasr.mixing import gain

SILENCE_DB = -60.0  # a cut below this level is silence: it could not be brought to an SNR honestly
MAX_DRAWS = 50


def generator(*keys: object) -> np.random.Generator:
    """Random numbers that depend on the keys alone: not on order, worker or platform."""
    digest = blake2b("/".join(map(str, keys)).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))


class MusicLibrary:
    """Pieces of music to draw cuts from, longer pieces more often."""

    def __init__(self, pieces: Sequence[Piece], *, sampling_rate: int, crossfade_seconds: float):
        """Hold the pieces (not their audio).

        Args:
            pieces: At least one piece, stored at ``sampling_rate``.
            sampling_rate: Hz.
            crossfade_seconds: Overlap where a piece shorter than the utterance repeats.

        Raises:
            DataError: No piece was given.
        """
        if not pieces:
            raise DataError("no music to draw from", mend="check the music dir and the genres asked for")
        self.pieces = {piece.recording_id: piece for piece in pieces}
        self.sampling_rate = sampling_rate
        self.crossfade = round(crossfade_seconds * sampling_rate)
        self._ids = sorted(self.pieces)
        durations = np.array([self.pieces[name].duration for name in self._ids])
        self._probabilities = durations / durations.sum()

    def read(self, recording_id: str, *, start: float, num_samples: int) -> np.ndarray:
        """The cut (num_samples,) of a piece from ``start`` seconds on, looped where the piece ends."""
        piece = self.pieces[recording_id]
        return self._read(piece, piece.path, start=start, num_samples=num_samples)

    def read_singing(self, recording_id: str, *, start: float, num_samples: int) -> np.ndarray:
        """What is sung in the same cut (num_samples,): nothing where the music dir has none of the piece."""
        piece = self.pieces[recording_id]
        if piece.singing is None:
            return np.zeros(num_samples, np.float32)
        return self._read(piece, piece.singing, start=start, num_samples=num_samples)

    def _read(self, piece: Piece, path: Path, *, start: float, num_samples: int) -> np.ndarray:
        duration = min(num_samples / self.sampling_rate, piece.duration - start)
        samples, rate = audio.read(path, start=start, duration=duration)
        if rate != self.sampling_rate:
            raise DataError(
                f"rate is {rate} Hz, not {self.sampling_rate}",
                where=path,
                mend="run musasr prepare music",
            )
        return gain.loop(samples, num_samples=num_samples, crossfade=self.crossfade)

    def draw(self, random: np.random.Generator, *, num_samples: int) -> tuple[str, float, np.ndarray]:
        """A cut that is not silent: (recording_id, start in seconds, samples (num_samples,)).

        Raises:
            DataError: Every one of MAX_DRAWS cuts was silent.
        """
        needed = num_samples / self.sampling_rate
        for _ in range(MAX_DRAWS):
            recording_id = self._ids[random.choice(len(self._ids), p=self._probabilities)]
            latest = max(0.0, self.pieces[recording_id].duration - needed)
            start = math.floor(random.uniform(0.0, latest) * 1000) / 1000  # never past the latest
            music = self.read(recording_id, start=start, num_samples=num_samples)
            if gain.level_db(music) > SILENCE_DB:
                return recording_id, start, music
        raise DataError(
            f"{MAX_DRAWS} draws found only silence (below {SILENCE_DB:g} dB)",
            where=self.pieces[recording_id].path.parent,
            mend="remove silent pieces from the music corpus",
        )
