"""Rooms that mixtures sound in: drawn from the seed, described in a line that one can read."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from musasr.errors import ConfigError
from musasr.mixing.draw import generator

REVERBERANT, DIRECT = "reverberant", "direct"
REFERENCES = (REVERBERANT, DIRECT)
SOURCES = ("speech", "music")
MARGIN = 0.3  # metres between a wall and whatever stands in the room
MAX_TRIES = 1000
DRY = "-"
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Room:
    """A shoebox room. Metres and seconds; a source without a position stays dry.

    `reference` says what counts as the speech, for the SNR and for the loss: "reverberant", so that
    mixture = speech + music holds, or "direct": what came straight to the microphone, without an echo. The
    music is what it is in the mixture. Direct sound has no delay, and the level of the dry source.
    """

    size: Point
    reverberation: float
    microphone: Point
    speech: Point | None
    music: Point | None
    reference: str

    def as_cells(self) -> list[str]:
        """The room as cells of a table, under COLUMNS."""
        return [_cell(getattr(self, field.name)) for field in fields(self)]


COLUMNS = tuple(f"room_{field.name}" for field in fields(Room))


def from_cells(cells: Sequence[str]) -> Room:
    """The room that `Room.as_cells` wrote.

    Raises:
        ValueError: The cells are no room.
    """
    size, reverberation, microphone, speech, music, reference = cells
    return Room(
        _point(size), float(reverberation), _point(microphone), _point(speech), _point(music), reference
    )


class Rooms:
    """A number of rooms to draw from: each is a function of (seed, name, number)."""

    def __init__(
        self,
        *,
        seed: int,
        name: str,
        num_rooms: int,
        fraction: float,
        sources: Sequence[str],
        reference: str,
        size: Sequence[Sequence[float]],
        reverberation: Sequence[float],
        distance: Sequence[float],
    ):
        """Hold the settings; the numbers in pairs are bounds of uniform draws.

        Args:
            seed: Base of every draw.
            name: What the rooms are for: "train" and "test" have none in common.
            num_rooms: How many there are: each takes some 0.2 s once, and is kept.
            fraction: Part of the mixtures that are in a room; the others are dry.
            sources: Which of speech and music sound in it.
            reference: "reverberant" or "direct", see Room.
            size: The smallest and the largest room: length, width, height in metres.
            reverberation: Seconds in which sound decays by 60 dB.
            distance: Metres between the speaker's mouth and the microphone.

        Raises:
            ConfigError: A setting has no meaning.
        """
        self.seed, self.name, self.num_rooms, self.fraction = seed, name, num_rooms, fraction
        self.sources, self.reference = tuple(sources), reference
        self.size, self.reverberation, self.distance = np.array(size), reverberation, distance
        self._check()

    def draw(self, *keys: object) -> Room | None:
        """The room of what the keys name, or None where it stays dry."""
        random = generator(self.seed, self.name, "room", *keys)
        if random.random() >= self.fraction:
            return None
        return self.room(int(random.integers(self.num_rooms)))

    def room(self, number: int) -> Room:
        """One of the rooms: from 0 to num_rooms - 1."""
        random = generator(self.seed, self.name, "rooms", number)
        size = random.uniform(*self.size)
        reverberation = random.uniform(*self.reverberation)
        microphone, mouth, music = self._places(random, size)
        places = {"speech": mouth, "music": music}
        return Room(
            _rounded(size),
            round(reverberation, 3),
            _rounded(microphone),
            *(_rounded(places[source]) if source in self.sources else None for source in SOURCES),
            self.reference,
        )

    def mouth_in(self, room: Room, *keys: object) -> Point:
        """Another speaker's place in a room, drawn by the keys.

        Raises:
            ConfigError: None in the room is as far from the microphone as asked.
        """
        random, size = generator(self.seed, self.name, "mouth", *keys), np.array(room.size)
        for _ in range(MAX_TRIES):
            mouth = self._mouth(random, np.array(room.microphone))
            if _is_inside(mouth, size):
                return _rounded(mouth)
        raise self._too_far(size)

    def _places(self, random: np.random.Generator, size: np.ndarray) -> tuple[np.ndarray, ...]:
        """A microphone, a mouth at one of the distances from it, and where the music comes from."""
        for _ in range(MAX_TRIES):
            microphone, music = random.uniform(MARGIN, size - MARGIN, (2, 3))
            mouth = self._mouth(random, microphone)
            if _is_inside(mouth, size) and np.linalg.norm(music - microphone) >= MARGIN:
                return microphone, mouth, music
        raise self._too_far(size)

    def _mouth(self, random: np.random.Generator, microphone: np.ndarray) -> np.ndarray:
        direction = random.standard_normal(3) * (1.0, 1.0, 0.3)  # rarely far above or below
        return microphone + random.uniform(*self.distance) * direction / np.linalg.norm(direction)

    def _too_far(self, size: np.ndarray) -> ConfigError:
        return self._error("distance", f"no two places in {_cell(_rounded(size))} m are so far apart")

    def _check(self) -> None:
        if self.num_rooms < 1:
            raise self._error("num_rooms", f"{self.num_rooms} is not 1 or more")
        if not 0 <= self.fraction <= 1:
            raise self._error("fraction", f"{self.fraction} is not between 0 and 1")
        if not self.sources or not set(self.sources) <= set(SOURCES):
            raise self._error("sources", f"{list(self.sources)} is not speech, music or both")
        if self.reference not in REFERENCES:
            raise self._error("reference", f"{self.reference!r} is not {' or '.join(REFERENCES)}")
        if self.size.shape != (2, 3) or not (self.size > 2 * MARGIN).all():
            raise self._error("size", "is not the smallest and the largest [length, width, height]")
        for key in ("reverberation", "distance"):
            lowest, highest = getattr(self, key)
            if not 0 < lowest <= highest:
                raise self._error(key, f"{[lowest, highest]} are no bounds")

    def _error(self, key: str, what: str) -> ConfigError:
        return ConfigError(what, where=f"mixing.rooms.{key}", mend="see conf/rooms.yaml for what it takes")


def _is_inside(point: np.ndarray, size: np.ndarray) -> bool:
    return bool((point >= MARGIN).all() and (point <= size - MARGIN).all())


def _rounded(point: np.ndarray) -> Point:
    """To the millimetre: what the table holds is what is simulated."""
    return tuple(round(float(value), 3) for value in point)


def _cell(value: Point | float | str | None) -> str:
    if value is None:
        return DRY
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _point(cell: str) -> Point | None:
    if cell == DRY:
        return None
    x, y, z = map(float, cell.split(","))
    return x, y, z
