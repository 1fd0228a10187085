"""The RWC Music Database from the user's own discs: each title's genre is its database's."""

import os
import re
from pathlib import Path

from musasr.audio.conversion import Source
from musasr.corpora import folder, splits
from musasr.corpora.contract import MAIN_GENRE, Skipped
from musasr.corpora.files import audio_files
from musasr.corpora.titles import Title, record
from musasr.errors import ConfigError, DataError
from musasr.parallel import WHOLE, JobPart

GENRES = {"P": "popular", "C": "classical", "J": "jazz", "R": "royalty-free", "G": "music-genre"}
INSTRUMENTS = "I"
LICENCE = "RWC Music Database: copyright AIST, research use under contract"
DEV_FRACTION = TEST_FRACTION = 0.1

# RM-P001, RWC-MDB-P-2001 No. 1, RWC-MDB-P-2001-M01, rwc-p-m01; the letter is the database's.
_DATABASE = re.compile(r"(?<![a-z])(?:rm|rwc(?:[-_. ]*mdb)?)[-_. ]*([prcjgi])(?![a-z])", re.IGNORECASE)
_BARE = re.compile(r"^([prcjg])[-_. ]?\d{2,3}(?![\da-z])", re.IGNORECASE)  # P001 Title
_NUMBER = re.compile(
    r"(?:(?<![a-z])(?:no|rm[-_. ]*[prcjg])[-_. ]*|^[prcjg][-_. ]?)(\d{1,3})(?!\d)", re.IGNORECASE
)


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    root: str,
    train: str | None,
    dev: str | None,
    test: str | None,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write music dirs in which RWC's titles are test music of the genres popular, classical, jazz and so on.

    That is the paper's protocol: other music (`train`, `test`: anime) is trained on, and RWC is unseen. With
    train, dev and test null, RWC is all the music there is and is split; its royalty-free and genre databases
    are then the test music of Table I.

    Args:
        output: Folder of the music dirs.
        sampling_rate: Hz of the converted files.
        seed: Not used: nothing is drawn.
        num_jobs: Worker processes.
        root: The discs' files, below folders of any depth. Somewhere in the name of a file, or of a folder
            around it, stands the database's id, such as RM-P001, RWC-MDB-P-2001 or rwc-p-m01.
        train: Folder of training music, as in `folder`.
        dev: Folder of validation music; None holds some of train out.
        test: Folder of the test music of Table I.
        part: What this job does of it: a part only converts.

    Returns:
        Files that could not be used.

    Raises:
        ConfigError: Only one of train and test is named.
        DataError: A folder is missing or holds nothing usable, or a title lies on two sides.
    """
    if (train is None) != (test is None) or (train is None and dev is not None):
        what = "train and test are not both named"
        raise ConfigError(what, where="music", mend="name both, or neither to split RWC itself")
    titles, skipped = _find(Path(root).expanduser(), is_alone=train is None)
    if train is None:
        recordings, left_out = record(
            titles, output, sampling_rate=sampling_rate, num_jobs=num_jobs, part=part
        )
        if not part.is_whole:
            return []
        recordings, repeated = splits.without_repeats(recordings)
        sets = splits.split(recordings, dev_fraction=DEV_FRACTION, test_fraction=TEST_FRACTION, where=root)
        splits.write(output, sets, sampling_rate=sampling_rate)
        return skipped + left_out + repeated
    folders = {"train": Path(train), "dev": Path(dev) if dev else None, "test": Path(test)}
    found = {name: folder.find(name, path) for name, path in folders.items() if path is not None}
    found["test"] += titles
    return skipped + folder.convert_sets(
        output, found, folders, sampling_rate=sampling_rate, num_jobs=num_jobs, part=part
    )


def _find(root: Path, *, is_alone: bool) -> tuple[list[Title], list[Skipped]]:
    if not root.is_dir():
        raise DataError("no such folder", where=root, mend="set music.root to the folder of RWC's discs")
    titles, skipped, num_instruments = [], [], 0
    for path in audio_files(root):
        database = _database(path.relative_to(root))
        if database == INSTRUMENTS:
            num_instruments += 1
        elif database is None:
            reason = "no id of RWC (such as RM-P001 or RWC-MDB-P-2001) in its name or folders"
            skipped.append(Skipped(os.fspath(path), reason))
        else:
            titles.append(_title(path, root, database, is_alone=is_alone))
    if num_instruments:
        reason = f"{num_instruments} files of RWC-MDB-I: single sounds of instruments, not music"
        skipped.append(Skipped(os.fspath(root), reason))
    if not titles:
        mend = "give files or folders names such as RM-P001 or RWC-MDB-P-2001"
        raise DataError("holds no file with an id of RWC", where=root, mend=mend)
    return titles, skipped


def _database(relative: Path) -> str | None:
    """The letter of the database, from the file's name or the nearest folder that has an id."""
    for part in (relative.stem, *(parent.name for parent in relative.parents)):
        if match := _DATABASE.search(part):
            return match[1].upper()
    bare = _BARE.match(relative.stem)
    return bare[1].upper() if bare else None


def _title(path: Path, root: Path, database: str, *, is_alone: bool) -> Title:
    relative = path.relative_to(root)
    is_main = is_alone and database in "RG"
    number = _NUMBER.search(path.stem)
    # Movements share their number; without one, a disc is an album.
    album = f"RWC-{database}{int(number[1]):03d}" if number else os.fspath(path.parent)
    return Title(
        f"RWC-{database}/{relative.with_suffix('').as_posix()}",
        (Source(path),),
        genre=MAIN_GENRE if is_main else GENRES[database],
        album=album,
        licence=LICENCE,
    )
