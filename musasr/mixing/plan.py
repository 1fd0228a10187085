"""Test mixtures: drawn once from the seed, written as a table that one can read, made from it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.atomic import write_text
from musasr.errors import DataError, StateError
from musasr.kaldi import Utterance
from musasr.mixing import gain, rooms
from musasr.mixing.acoustics import simulate
from musasr.mixing.draw import MusicLibrary, generator
from musasr.mixing.dynamic import Mixture
from musasr.mixing.rooms import Room, Rooms
from musasr.names import check_name

CLEAN = "clean"
DRAW_AGAIN = "remove its folder and run musasr prepare music"


def condition_name(genre: str, snr_db: float) -> str:
    """The name of a test condition, such as ``anime_-5``."""
    return f"{genre}_{snr_db:g}"


@dataclass(frozen=True)
class PlannedMixture:
    """One row of the plan: mixture = scale (speech + music_gain music[music_start:]), in the room if any."""

    condition: str
    utterance_id: str
    genre: str
    snr_db: float
    recording_id: str
    music_start: float
    music_gain: float
    scale: float
    room: Room | None = None


# The room's columns follow these, where any row has one.
PLAIN = [field for field in fields(PlannedMixture) if field.name != "room"]


def draw_plan(
    utterances: Sequence[Utterance],
    libraries: Mapping[str, MusicLibrary],
    *,
    seed: int,
    snrs_db: Sequence[float],
    places: Rooms | None = None,
) -> Iterator[PlannedMixture]:
    """The rows for every genre and SNR; one utterance has the same cut of a genre at every SNR.

    It has the same room, too, under every genre.

    Args:
        utterances: The test set.
        libraries: Genre -> its music.
        seed: Base of every draw.
        snrs_db: SNRs in dB.
        places: Rooms to draw from; None leaves all dry.

    Raises:
        DataError: An utterance is silent.
    """
    for genre, library in libraries.items():
        for utterance in utterances:
            speech = read_speech(utterance, sampling_rate=library.sampling_rate)
            random = generator(seed, "test", genre, utterance.utterance_id)
            recording_id, start, music = library.draw(random, num_samples=len(speech))
            room = None if places is None else places.draw(utterance.utterance_id)
            heard = simulate(room, speech=speech, music=music, sampling_rate=library.sampling_rate)
            for snr_db in snrs_db:
                factor = gain.music_gain(speech=heard.reference, music=heard.music, snr_db=snr_db)
                scale = gain.peak_scale(heard.speech + np.float32(factor) * heard.music)
                yield PlannedMixture(
                    condition_name(genre, snr_db),
                    utterance.utterance_id,
                    genre,
                    float(snr_db),
                    recording_id,
                    start,
                    factor,
                    scale,
                    room,
                )


def read_speech(utterance: Utterance, *, sampling_rate: int) -> np.ndarray:
    """The utterance's samples (T,).

    Raises:
        DataError: The rate is another, or the utterance is silent.
    """
    speech, rate = audio.read(utterance.path)
    if rate != sampling_rate:
        raise DataError(
            f"rate is {rate} Hz, not {sampling_rate}", where=utterance.path, mend="run musasr prepare speech"
        )
    if audio.is_silent(speech):
        raise DataError("is silent: it has no SNR", where=utterance.path, mend="remove the utterance")
    return speech


def make(row: PlannedMixture, *, speech: np.ndarray, library: MusicLibrary) -> Mixture:
    """The mixture that a row describes, with its parts."""
    music = library.read(row.recording_id, start=row.music_start, num_samples=len(speech))
    heard = simulate(row.room, speech=speech, music=music, sampling_rate=library.sampling_rate)
    scale = np.float32(row.scale)
    speech, music = heard.speech * scale, heard.music * np.float32(row.music_gain) * scale
    return Mixture(mixture=speech + music, speech=heard.reference * scale, music=music)


def write_plan(path: Path, rows: Sequence[PlannedMixture]) -> None:
    """Write the table: a header line, then one tab-separated row a mixture; rooms only if there are any."""
    has_rooms = any(row.room is not None for row in rows)
    header = [field.name for field in PLAIN] + (list(rooms.COLUMNS) if has_rooms else [])
    lines = [_cells(row, has_rooms=has_rooms) for row in rows]
    write_text(path, "".join("\t".join(line) + "\n" for line in (header, *lines)))


def _cells(row: PlannedMixture, *, has_rooms: bool) -> list[str]:
    plain = [str(getattr(row, field.name)) for field in PLAIN]
    if not has_rooms:
        return plain
    return plain + ([rooms.DRY] * len(rooms.COLUMNS) if row.room is None else row.room.as_cells())


def read_plan(path: Path) -> list[PlannedMixture]:
    """The rows of a plan.

    Raises:
        StateError: There is no plan yet, or it is not one.
    """
    if not path.is_file():
        raise StateError("the test mixing plan is missing", where=path, mend="run musasr prepare music")
    try:
        header, *lines = path.read_text(encoding="utf-8").split("\n")
        ends_well = lines.pop() == ""
    except (ValueError, IndexError):  # not UTF-8, or no line at all
        raise StateError("is not a mixing plan", where=path, mend=DRAW_AGAIN) from None
    names = [field.name for field in PLAIN]
    if header.split("\t") not in (names, [*names, *rooms.COLUMNS]):
        raise StateError("is not a mixing plan", where=path, mend=DRAW_AGAIN)
    if not ends_well:
        raise StateError("is cut off", where=path, mend=DRAW_AGAIN)
    num_cells = len(header.split("\t"))
    return [_row(line.split("\t"), num_cells, f"{path}:{number}") for number, line in enumerate(lines, 2)]


def _row(cells: Sequence[str], num_cells: int, where: str) -> PlannedMixture:
    """A row, if it can be one: its names become parts of paths, its numbers are numbers."""
    if len(cells) != num_cells:
        raise StateError(f"has {len(cells)} of {num_cells} fields", where=where, mend=DRAW_AGAIN)
    for field, cell in zip(PLAIN, cells, strict=False):
        if field.type is str:
            check_name(cell, field.name.replace("_", " "), where=where)
    try:
        row = _parse(cells)
    except ValueError as error:
        raise StateError(f"is no row of a plan ({error})", where=where, mend=DRAW_AGAIN) from None
    numbers = (row.snr_db, row.music_start, row.music_gain, row.scale)
    if not all(map(math.isfinite, numbers)):
        raise StateError("holds a number that is not finite", where=where, mend=DRAW_AGAIN)
    return row


def _parse(cells: Sequence[str]) -> PlannedMixture:
    plain, room = cells[: len(PLAIN)], cells[len(PLAIN) :]
    values = [field.type(value) for field, value in zip(PLAIN, plain, strict=True)]
    is_dry = all(cell == rooms.DRY for cell in room)
    return PlannedMixture(*values, None if is_dry else rooms.from_cells(room))
