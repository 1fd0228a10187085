"""Collections of talking faces, as people keep them, into clips: AVSpeech, GRID, LRS.

Each reader returns the clips that it found and what it left out. A detector's ``NAME.boxes.tsv`` beside
``NAME.mp4`` says where the face is in each picture; it counts more than what the collection says. As in LRS,
``NAME.txt`` says in its first line what is said.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from musasr.audio.media import SUFFIXES
from musasr.corpora.contract import Skipped
from musasr.corpora.files import audio_files
from musasr.corpora.talking.clips import Clip
from musasr.errors import DataError
from musasr.text import normalise

BOXES = ".boxes.tsv"
VECTORS = ".vectors.npy"
TEXT, LABEL = ".txt", "Text:"
AVSPEECH_COLUMNS = 5  # youtube id, start, end, x, y of the face's middle
type Found = tuple[list[Clip], list[Skipped]]


def read_avspeech(folder: Path, *, table: Path | None, face: str, face_size: float) -> Found:
    """AVSpeech: a table without a header, and a folder of the clips that were downloaded.

    A clip is ``ID_START.mp4`` (cut out already) or, whole, ``ID.mp4``; any suffix of a film does. The table
    knows the middle of the face alone: its sides are `face_size` of the picture's.

    Raises:
        DataError: The table is missing, or a row is none of it.
    """
    if table is None or not table.is_file():
        mend = "name the CSV of AVSpeech in corpus.table"
        raise DataError("there is no table of AVSpeech", where=table or folder, mend=mend)
    films = {path.stem: path for path in _films(folder)}
    clips, skipped = [], []
    for number, row in enumerate(_rows(table), start=1):
        youtube_id, start, end, x, y = _avspeech_row(row, table, number)
        name = f"{youtube_id}_{start:g}"
        cut = next((films[stem] for stem in (f"{youtube_id}_{row[1]}", name) if stem in films), None)
        if cut is None and youtube_id not in films:
            skipped.append(Skipped(name, "is not in the folder"))
            continue
        box = _around(x, y, face_size)
        if cut is not None:
            clips.append(Clip(name, youtube_id, cut, face=box))
        else:
            clips.append(Clip(name, youtube_id, films[youtube_id], start, end, box))
    return clips, skipped


def _rows(table: Path) -> list[list[str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if row]


def _avspeech_row(row: list[str], table: Path, number: int) -> tuple[str, float, float, float, float]:
    try:
        start, end, x, y = map(float, row[1:])
        if len(row) != AVSPEECH_COLUMNS or not (0 <= start < end and 0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError
    except ValueError as error:
        what = f"line {number} is no row of AVSpeech: {','.join(row)[:80]}"
        raise DataError(what, where=table, mend="give youtube_id,start,end,x,y") from error
    return row[0], start, end, x, y


def _around(x: float, y: float, size: float) -> str:
    """A box of this size around a place, moved into the picture."""
    left, top = (min(max(0.0, middle - size / 2), 1 - size) for middle in (x, y))
    return f"{left:.4f},{top:.4f},{size:g},{size:g}"


def read_grid(folder: Path, *, table: Path | None, face: str, face_size: float) -> Found:
    """GRID: ``s1/bbaf2n.mpg``, or deeper in a speaker's folder; films right in the folder are one's each."""
    return _clips_of(folder, lambda parts, stem: parts[0] if parts else stem, face)


def read_lrs(folder: Path, *, table: Path | None, face: str, face_size: float) -> Found:
    """LRS2 and LRS3: ``main/SOURCE/00001.mp4``; who is in one source is taken for one speaker."""
    return _clips_of(folder, lambda parts, stem: parts[-1] if parts else stem, face)


def _clips_of(folder: Path, speaker_of: Callable[[Sequence[str], str], str], face: str) -> Found:
    clips = []
    for path in _films(folder):
        parts = path.relative_to(folder).parts[:-1]
        speaker = speaker_of(parts, path.stem)
        name = "-".join([*parts, path.stem])
        clips.append(Clip(name, speaker, path, face=face))
    return clips, []


def _films(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DataError("there is no such folder", where=folder, mend="name the folder of the films")
    return [path for path in audio_files(folder) if path.suffix.lower() in SUFFIXES]


READERS = {"avspeech": read_avspeech, "grid": read_grid, "lrs": read_lrs}


def with_side_files(clips: Sequence[Clip]) -> list[Clip]:
    """The clips with the boxes, the face vectors and the texts that stand beside their films."""
    return [_with_side_files(clip) for clip in clips]


def _with_side_files(clip: Clip) -> Clip:
    boxes, vectors, text = (clip.film.with_name(clip.film.stem + suffix) for suffix in (BOXES, VECTORS, TEXT))
    clip = replace(clip, face=str(boxes)) if boxes.is_file() else clip
    clip = replace(clip, text=_said(text)) if text.is_file() else clip
    return replace(clip, vectors=vectors) if vectors.is_file() else clip


def _said(path: Path) -> str:
    """The words of a text file's first line, which LRS begins with "Text:".

    Raises:
        DataError: It is no text.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return normalise(file.readline().removeprefix(LABEL))
    except UnicodeDecodeError as error:
        raise DataError("is no text in UTF-8", where=path, mend="write what is said, or remove it") from error


def split_by_speaker(clips: Sequence[Clip], counts: dict[str, int]) -> dict[str, list[Clip]]:
    """The clips of each set: so many speakers for dev and test, all others for training; none in two sets.

    Args:
        clips: In any order; speakers are taken in the order of their names.
        counts: Speakers of ``dev`` and ``test``.

    Raises:
        DataError: There are not enough speakers.
    """
    speakers = sorted({clip.speaker_id for clip in clips})
    taken = counts["test"] + counts["dev"]
    if len(speakers) <= taken:
        what = f"there are {len(speakers)} speakers, and dev and test want {taken} of them"
        raise DataError(what, where="corpus.speakers", mend="ask for fewer, and leave some for training")
    test, dev = set(speakers[: counts["test"]]), set(speakers[counts["test"] : taken])
    sets: dict[str, list[Clip]] = {"train": [], "dev": [], "test": []}
    for clip in clips:
        sets["test" if clip.speaker_id in test else "dev" if clip.speaker_id in dev else "train"].append(clip)
    return sets
