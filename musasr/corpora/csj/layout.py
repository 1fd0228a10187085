"""Where a copy of the corpus keeps its talks: found by their names, whatever the folders around them."""

import filecmp
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from musasr.errors import DataError

_FILE = re.compile(r"([ASDRM][0-9]{2}[FM][0-9]{4})(-[LR])?\.(sdb|xml|wav)", re.IGNORECASE)
_TABLES = frozenset({"filelist.csv", "talk_data.csv", "speaker_data.csv"})
_MEND = "set speech.path to the folder that holds MORPH and WAV (USB), dvd3 to dvd17 (DVD) or CSJ2004 (merl)"


@dataclass
class Talk:
    """One talk and its files, each in all the places where a copy of it lies.

    `audio` has one recording, named as the talk, or of a dialogue two, with -L and -R.
    """

    talk_id: str
    sdb: list[Path] = field(default_factory=list)
    xml: list[Path] = field(default_factory=list)
    audio: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def is_dialogue(self) -> bool:
        """Whether two people speak, each on a recording of their own."""
        return self.talk_id.startswith("D")

    def recording_id(self, channel: str) -> str:
        """The recording of a channel, L or R."""
        return f"{self.talk_id}-{channel}" if self.is_dialogue else self.talk_id


@dataclass(frozen=True)
class Corpus:
    """A copy of the corpus: its talks by id, and the tables of talks and speakers."""

    root: Path
    talks: dict[str, Talk]
    tables: list[Path]


def find(path: str | Path) -> Corpus:
    """Return what lies below a folder; nothing is opened or changed.

    Raises:
        DataError: There is no such folder, or it holds no transcript of a talk.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise DataError("no such folder", where=root, mend=_MEND)
    talks: dict[str, Talk] = {}
    tables = []
    for file in _files(root):
        if match := _FILE.fullmatch(file.name):
            _add(talks, match, file)
        elif file.name.lower() in _TABLES:
            tables.append(file)
    if not any(talk.sdb or talk.xml for talk in talks.values()):
        raise DataError("no transcripts of CSJ (*.sdb) below this folder", where=root, mend=_MEND)
    return Corpus(root, dict(sorted(talks.items())), tables)


def only_copy(paths: Sequence[Path]) -> Path:
    """Return the one file that all these are copies of.

    Raises:
        DataError: They differ.
    """
    first = paths[0]
    for other in paths[1:]:
        if not filecmp.cmp(first, other, shallow=False):
            mend = "keep one of the two below speech.path"
            raise DataError(f"differs from {other}", where=first, mend=mend)
    return first


def _add(talks: dict[str, Talk], match: re.Match, file: Path) -> None:
    talk_id, channel, suffix = match[1].upper(), (match[2] or "").upper(), match[3].lower()
    talk = talks.setdefault(talk_id, Talk(talk_id))
    if suffix == "wav":
        talk.audio.setdefault(talk_id + channel, []).append(file)
    elif not channel:
        (talk.sdb if suffix == "sdb" else talk.xml).append(file)


def _files(root: Path) -> Iterator[Path]:
    """All files in a fixed order, each folder once; linked ones too, for discs are often linked together."""
    seen = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names))
