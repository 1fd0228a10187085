"""Audio with transcripts: tables that name both, and folders with a .txt beside each audio file."""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from musasr import text as transcripts
from musasr.corpora.contract import Skipped
from musasr.corpora.files import audio_files
from musasr.corpora.names import NAME_BYTES, id_part
from musasr.corpora.tsv import read_rows
from musasr.errors import DataError
from musasr.kaldi import FORBIDDEN_WORDS
from musasr.names import LONGEST

REQUIRED = ("audio", "text")
OPTIONAL = ("speaker", "start", "end", "id")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a source says of one utterance, and where it says so; `end` is None at the end of the file."""

    where: str
    audio: Path
    text: str
    speaker: str
    name: str
    start: float = 0.0
    end: float | None = None

    @property
    def speaker_id(self) -> str:
        """The speaker as an id. A hyphen ends it in utterance ids, so that both sort alike: it has none."""
        return id_part(self.speaker).replace("-", "_")

    @property
    def utterance_id(self) -> str:
        """The speaker, then the name, or what is left room for of it."""
        speaker = self.speaker_id
        return f"{speaker}-{id_part(self.name, most=min(NAME_BYTES, LONGEST - 1 - len(speaker.encode())))}"


def read(source: Path) -> tuple[list[Entry], list[Skipped]]:
    """The utterances of a table or folder whose audio is there, and what is left out.

    Raises:
        DataError: The source is missing or not as described, a text is empty or cannot stand in a data dir,
            or there is no audio at all.
    """
    listed, skipped = _read_folder(source) if source.is_dir() else (_read_table(source), [])
    entries = []
    for entry in listed:
        _check_text(entry)
        if os.path.isfile(entry.audio):  # not Path's, which fails on a name that no file can have
            entries.append(entry)
        else:
            skipped.append(Skipped(entry.where, f"no such file: {entry.audio}"))
    if not entries:
        raise DataError("no utterance with audio", where=source, mend="check the paths")
    return entries, skipped


def _check_text(entry: Entry) -> None:
    if not transcripts.normalise(entry.text):
        raise DataError("the text has no visible character", where=entry.where, mend="write its words")
    reserved = sorted(FORBIDDEN_WORDS.intersection(entry.text.lower().split()))
    if reserved:
        what = f"the text holds the reserved word {reserved[0]}"
        raise DataError(what, where=entry.where, mend="remove the word")


def _read_table(path: Path) -> Iterator[Entry]:
    for where, row in read_rows(path, required=REQUIRED, optional=OPTIONAL):
        start, end = _seconds(where, row, "start"), _seconds(where, row, "end")
        if end is not None and end <= (start or 0.0):
            what = f"ends at {end:g} s, starts at {start or 0:g} s"
            raise DataError(what, where=where, mend="fix the times")
        recording = Path(row["audio"]).with_suffix("").as_posix()
        span = "" if start is None and end is None else f"-{_milliseconds(start or 0.0)}-{_milliseconds(end)}"
        yield Entry(
            where,
            path.parent / row["audio"],
            row["text"],
            row.get("speaker", recording),
            row.get("id", recording + span),
            start or 0.0,
            end,
        )


def _read_folder(root: Path) -> tuple[list[Entry], list[Skipped]]:
    entries, skipped = [], []
    for path in audio_files(root):
        relative, transcript = path.relative_to(root), path.with_suffix(".txt")
        if not transcript.is_file():
            skipped.append(Skipped(os.fspath(path), f"no {transcript.name} beside it"))
            continue
        name = relative.with_suffix("").as_posix()
        speaker = relative.parts[0] if len(relative.parts) > 1 else name
        entries.append(Entry(os.fspath(transcript), path, _read_text(transcript), speaker, name))
    return entries, skipped


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError("not UTF-8", where=path, mend="convert the file to UTF-8") from None


def _seconds(where: str, row: Mapping[str, str], column: str) -> float | None:
    if column not in row:
        return None
    try:
        seconds = float(row[column])
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise DataError(f"{column} is {row[column]!r}", where=where, mend="give seconds")
    return seconds


def _milliseconds(seconds: float | None) -> str:
    return "end" if seconds is None else f"{round(1000 * seconds):07d}"
