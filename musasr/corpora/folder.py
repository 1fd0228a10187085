"""The user's own folders of music, in any format and rate, as music dirs."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from musasr.audio.conversion import Source
from musasr.corpora import splits
from musasr.corpora.contract import MAIN_GENRE, Skipped
from musasr.corpora.files import audio_files
from musasr.corpora.titles import MUSIC, VOICES, Kind, Recording, Title, record
from musasr.corpora.tsv import read_rows
from musasr.errors import DataError
from musasr.parallel import WHOLE, JobPart

DEV_FRACTION = 0.1
"""Part of the training titles that is held out where no dev folder is given."""

Details = dict[Path, dict[str, Any]]


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train: str,
    dev: str | None,
    test: str | None,
    table: str | None = None,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Convert the user's music to mono wav files and music dirs train, dev and test under `output`.

    The first sub-folder of a test piece names its genre; pieces directly in the test folder are "anime". The
    innermost sub-folder is the album. What the table says of a file counts more than its folders.

    Args:
        output: Folder of the music dirs.
        sampling_rate: Hz of the converted files.
        seed: Not used: nothing is drawn.
        num_jobs: Worker processes.
        train: Folder searched for training titles, with its sub-folders.
        dev: The same for validation; None holds out a tenth of the training titles, chosen by their content.
        test: The same for the test; None where another corpus has the test music (type several).
        table: A tab-separated table with the columns path (from the table's folder), genre, album, licence,
            of which all but path may be absent.
        part: What this job does of it: a part only converts.

    Returns:
        Files that could not be used: unreadable, silent, the same content as another of their set, or listed
        in the table and not there.

    Raises:
        DataError: A folder is missing or holds nothing usable, or a title or album lies on two sides.
    """
    given = {"train": train, "dev": dev, "test": test}
    folders = {name: None if path is None else Path(path) for name, path in given.items()}
    details = read_details(Path(table)) if table is not None else {}
    found = {name: find(name, folder, details) for name, folder in folders.items() if folder is not None}
    skipped = [_not_found(path) for path in details.keys() - _paths(found.values())]
    return skipped + convert_sets(
        output, found, folders, sampling_rate=sampling_rate, num_jobs=num_jobs, part=part
    )


def prepare_voices(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train: str,
    dev: str | None,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Convert recordings of people who speak, as `prepare` does with music, to train and dev under `output`.

    Args:
        output: Folder of the two; their format is that of music dirs.
        sampling_rate: Hz of the converted files.
        seed: Not used: nothing is drawn.
        num_jobs: Worker processes.
        train: Folder searched for recordings, with its sub-folders.
        dev: The same for validation; None holds out a tenth of the training's, whole folders of it.
        part: What this job does of it: a part only converts.

    Returns:
        Files that could not be used.

    Raises:
        DataError: A folder is missing or holds nothing usable, or a recording lies on two sides.
    """
    folders = {"train": Path(train), "dev": None if dev is None else Path(dev)}
    found = {name: find(name, folder, kind=VOICES) for name, folder in folders.items() if folder is not None}
    options = {"sampling_rate": sampling_rate, "num_jobs": num_jobs, "part": part, "kind": VOICES}
    return convert_sets(output, found, folders, **options)


def convert_sets(
    output: Path,
    found: dict[str, list[Title]],
    folders: dict[str, Path | None],
    *,
    sampling_rate: int,
    num_jobs: int,
    part: JobPart = WHOLE,
    kind: Kind = MUSIC,
) -> list[Skipped]:
    """Write the music dirs of sets that are decided on, but for dev, which may have to be held out of train.

    A part converts its share of the titles, and writes no music dir.

    Raises:
        DataError: A set has nothing usable, or a title or album lies on two sides.
    """
    everything = [title for titles in found.values() for title in titles]
    recordings, skipped = record(
        everything, output, sampling_rate=sampling_rate, num_jobs=num_jobs, part=part, kind=kind
    )
    if not part.is_whole:
        return []
    by_title = {recording.title: recording for recording in recordings}
    sets: dict[str, list[Recording]] = {}
    for name, titles in found.items():
        usable = [by_title[title] for title in titles if title in by_title]
        sets[name], repeated = splits.without_repeats(usable)
        skipped += repeated
        if not sets[name]:
            mend = _reasons(skipped) if skipped else f"add {kind.piece}s"
            raise DataError(f"no usable {kind.section}", where=folders[name], mend=mend)
    splits.check(sets, kind=kind)
    if "dev" not in sets:
        mend = f"add {kind.piece}s or name {kind.section}.dev"
        sets["train"], sets["dev"] = splits.hold_out(
            sets["train"], DEV_FRACTION, where=folders["train"], mend=mend, kind=kind
        )
    splits.write(output, sets, sampling_rate=sampling_rate)
    return skipped


def find(set_name: str, folder: Path, details: Details | None = None, *, kind: Kind = MUSIC) -> list[Title]:
    """The files below a folder in order of their names, hidden and side files left out.

    Raises:
        DataError: There is no such folder, or it holds no file.
    """
    root, section = folder.expanduser(), kind.section
    if not root.is_dir():
        raise DataError(
            "no such folder", where=root, mend=f"set {section}.{set_name} to a folder of {section}"
        )
    paths = audio_files(root)
    if not paths:
        raise DataError(f"the folder holds no {section}", where=root, mend="put audio files into it")
    return [_title(path, root, set_name, (details or {}).get(path.resolve(), {})) for path in paths]


def read_details(table: Path) -> Details:
    """What a table says of files: path -> genre, album and licence, where it does."""
    details: Details = {}
    for where, row in read_rows(table, required=["path"], optional=["genre", "album", "licence"]):
        path = (table.parent / row.pop("path")).resolve()
        if path in details:
            raise DataError(f"{path} comes twice", where=where, mend="keep one of the lines")
        details[path] = row | ({"genre": genre_word(row["genre"])} if "genre" in row else {})
    return details


def genre_word(name: str) -> str:
    """A genre as tables and options name it: one word in lower case."""
    return re.sub(r"\s+", "-", name.strip().lower())


def _title(path: Path, root: Path, set_name: str, details: dict[str, Any]) -> Title:
    relative = path.relative_to(root)
    nested = len(relative.parts) > 1
    known = {
        "genre": genre_word(relative.parts[0]) if set_name == "test" and nested else MAIN_GENRE,
        # With the whole path: another collection may have a folder of that name.
        "album": os.fspath(path.parent) if nested else None,
    }
    return Title(relative.with_suffix("").as_posix(), (Source(path),), **(known | details))


def _paths(sets: Iterable[Sequence[Title]]) -> set[Path]:
    return {title.path.resolve() for titles in sets for title in titles}


def _not_found(path: Path) -> Skipped:
    fault = "it is in no folder of the corpus" if path.exists() else "there is no such file"
    return Skipped(os.fspath(path), f"listed, but {fault}")


def _reasons(skipped: Sequence[Skipped]) -> str:
    return f"{len(skipped)} files could not be used, the first: {skipped[0].reason}"
