"""Music, or voices, of several corpora as one: what each prepares, joined."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from musasr import kaldi
from musasr.corpora.contract import SETS, TRAINING_SETS, Skipped
from musasr.corpora.readers import call_reader
from musasr.corpora.splits import LICENCES
from musasr.errors import DataError
from musasr.kaldi.tables import read_table, write_table
from musasr.parallel import WHOLE, JobPart

PARTS = "parts"  # the folder of what each corpus prepares


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    parts: Mapping[str, Mapping[str, Any]],
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write music dirs train, dev and test with the titles of several corpora; ids begin with a corpus' name.

    A corpus without test music has none in the test. Of longer ones more is heard in training.

    Args:
        output: Folder of the music dirs; what corpus NAME prepares goes to output/parts/NAME.
        sampling_rate: Hz of the wavs.
        seed: Of those that draw.
        num_jobs: Worker processes.
        parts: Name -> a corpus' type and settings, as in the section ``music``.
        part: What this job does of it: a part makes its share of each corpus' audio.

    Returns:
        What the corpora left out.

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
        What the corpora left out.

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
    skipped = [
        one
        for name, settings in parts.items()
        for one in call_reader(section, settings, folders[name], where=f"{section}.parts.{name}", **options)
    ]
    if options["part"].is_whole:
        joined = {set_name: list(_pieces(folders, set_name)) for set_name in sets}
        _check_apart(joined)
        for set_name, pieces in joined.items():
            _write(output / set_name, pieces, folders, set_name)
    return skipped


def _pieces(folders: Mapping[str, Path], set_name: str) -> Iterator[kaldi.Piece]:
    """Every corpus' pieces of a set, under ids that no other corpus has."""
    for name, folder in folders.items():
        if (folder / set_name).is_dir():
            for piece in kaldi.read_music_dir(folder / set_name):
                yield replace(piece, recording_id=_joined_id(name, piece.recording_id))


def _joined_id(name: str, recording_id: str) -> str:
    return f"{name}-{recording_id}"


def _check_apart(sets: Mapping[str, Sequence[kaldi.Piece]]) -> None:
    """See that no recording of one corpus is on the other side in another: each has seen to its own."""
    first: dict[bytes, tuple[str, Path]] = {}
    for set_name, pieces in sets.items():
        for piece in pieces:
            with piece.path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").digest()
            other_name, other = first.setdefault(content, (set_name, piece.path))
            if other_name != set_name:
                what = f"the same content as {other} of {other_name}"
                raise DataError(what, where=f"{piece.path} of {set_name}", mend="keep it on one side")


def _write(
    directory: Path, pieces: Sequence[kaldi.Piece], folders: Mapping[str, Path], set_name: str
) -> None:
    if not pieces:
        raise DataError("none of the corpora has any", where=directory, mend="add one that does")
    kaldi.write_music_dir(directory, sorted(pieces, key=lambda one: one.recording_id))
    licences = {
        _joined_id(name, key): licence
        for name, folder in folders.items()
        if (folder / set_name / LICENCES).is_file()
        for key, licence in read_table(folder / set_name / LICENCES).items()
    }
    (directory / LICENCES).unlink(missing_ok=True)
    if licences:
        write_table(directory / LICENCES, dict(sorted(licences.items())))
