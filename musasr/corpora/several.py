"""Music, or voices, of several corpora as one: what each prepares, joined."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musasr import kaldi
from musasr.corpora.contract import SETS, TRAINING_SETS, Skipped
from musasr.corpora.readers import call_reader
from musasr.corpora.splits import LICENCES
from musasr.errors import DataError, MusasrError
from musasr.kaldi.tables import read_table, write_table
from musasr.parallel import WHOLE, JobPart
from musasr.plugins import PARTS


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    parts: Mapping[str, Mapping[str, Any]],
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write music dirs train, dev and test with the titles of several corpora.

    A corpus without test music has none in the test. Of longer ones more is heard in training.

    Args:
        output: Folder of the music dirs; what corpus NAME prepares goes to output/parts/NAME.
        sampling_rate: Hz of the wavs.
        seed: Of those that draw.
        num_jobs: Worker processes.
        parts: Name -> a corpus' type and settings, as in the section ``music``.
        part: What this job does of it: a part makes its share of each corpus' audio.

    Returns:
        What the corpora left out, and what another one has already.

    Raises:
        DataError: One of them cannot be used, none has music of a set, or two sets hold the same recording.
    """
    options = {"sampling_rate": sampling_rate, "seed": seed, "num_jobs": num_jobs, "part": part}
    return _prepare("music", output, parts, SETS, options)


def prepare_voices(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    parts: Mapping[str, Mapping[str, Any]],
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """The same of the voices of several corpora: train and dev.

    Args:
        output: Folder of the two.
        sampling_rate: Hz of the wavs.
        seed: Of those that draw.
        num_jobs: Worker processes.
        parts: Name -> a corpus' type and settings, as in the section ``voices``.
        part: What this job does of it.

    Returns:
        What the corpora left out, and what another one has already.

    Raises:
        DataError: One of them cannot be used, or both sets hold the same recording.
    """
    options = {"sampling_rate": sampling_rate, "seed": seed, "num_jobs": num_jobs, "part": part}
    return _prepare("voices", output, parts, TRAINING_SETS, options)


def _prepare(
    section: str,
    output: Path,
    parts: Mapping[str, Mapping[str, Any]],
    sets: Sequence[str],
    options: Mapping[str, Any],
) -> list[Skipped]:
    folders = {name: output / PARTS / name for name in parts}
    skipped = []
    for name, settings in parts.items():
        place = f"{section}.{PARTS}.{name}"
        with _told_of(section, place):
            skipped += call_reader(section, settings, folders[name], where=place, **options)
    if options["part"].is_whole:
        entries, repeated = _without_repeats(_entries(folders, sets))
        skipped += repeated
        ids = _joined_ids(entries)
        for set_name in sets:
            _write(output / set_name, [one for one in entries if one.set_name == set_name], folders, ids)
    return skipped


@contextmanager
def _told_of(section: str, place: str) -> Iterator[None]:
    """Have a corpus' errors name its place: it takes its settings for the whole section's."""
    try:
        yield
    except MusasrError as error:
        mend = error.mend and error.mend.replace(f"{section}.", f"{place}.")
        raise type(error)(error.what, where=error.where, mend=mend) from error


@dataclass(frozen=True)
class _Entry:
    """A corpus' recording in one of its sets."""

    set_name: str
    corpus: str
    piece: kaldi.Piece


def _entries(folders: Mapping[str, Path], sets: Sequence[str]) -> Iterator[_Entry]:
    for set_name in sets:
        for name, folder in folders.items():
            if kaldi.is_music_dir(folder / set_name):
                for piece in kaldi.read_music_dir(folder / set_name):
                    yield _Entry(set_name, name, piece)


def _without_repeats(entries: Iterable[_Entry]) -> tuple[list[_Entry], list[Skipped]]:
    """The recordings that no earlier one of the same set is, and the others.

    Raises:
        DataError: One corpus has a recording in one set, another has it in another.
    """
    first: dict[bytes, _Entry] = {}
    repeated = []
    for entry in entries:
        path = entry.piece.path
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").digest()
        other = first.setdefault(content, entry)
        if other.set_name != entry.set_name:
            what = f"the same content as {other.piece.path} of {other.set_name}"
            raise DataError(what, where=f"{path} of {entry.set_name}", mend="keep it on one side")
        if other is not entry:
            repeated.append(Skipped(os.fspath(path), f"same content as {other.piece.path}"))
    return list(first.values()), repeated


def _joined_ids(entries: Iterable[_Entry]) -> dict[tuple[str, str], str]:
    """(corpus, recording id) -> the id among all: as it is, unless another corpus has it too."""
    corpora: dict[str, set[str]] = {}
    for entry in entries:
        corpora.setdefault(entry.piece.recording_id, set()).add(entry.corpus)
    return {
        (corpus, recording_id): recording_id if len(names) == 1 else f"{corpus}-{recording_id}"
        for recording_id, names in corpora.items()
        for corpus in names
    }


def _write(
    directory: Path,
    entries: Sequence[_Entry],
    folders: Mapping[str, Path],
    ids: Mapping[tuple[str, str], str],
) -> None:
    if not entries:
        raise DataError("none of the corpora has any", where=directory, mend="add one that does")
    named = {ids[one.corpus, one.piece.recording_id]: one for one in entries}
    pieces = [replace(one.piece, recording_id=key) for key, one in sorted(named.items())]
    kaldi.write_music_dir(directory, pieces)
    tables = {name: _licences(folder / directory.name) for name, folder in folders.items()}
    licences = {
        key: tables[one.corpus][one.piece.recording_id]
        for key, one in sorted(named.items())
        if one.piece.recording_id in tables[one.corpus]
    }
    (directory / LICENCES).unlink(missing_ok=True)
    if licences:
        write_table(directory / LICENCES, licences)


def _licences(directory: Path) -> Mapping[str, str]:
    return read_table(directory / LICENCES) if (directory / LICENCES).is_file() else {}
