"""A set's table of clips: clips.tsv, a row a clip."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from musasr.atomic import write_text
from musasr.errors import DataError

TABLE = "clips.tsv"


@dataclass(frozen=True)
class Clip:
    """A stretch of a film in which one person speaks and is seen.

    Attributes:
        clip_id: Unique in its set.
        speaker_id: Who it is.
        film: The video file, with sound.
        start: Where the clip begins, seconds.
        end: Where it ends, seconds; None: with the film.
        face: Where the face is: a layout (see `musasr.corpora.talking.layout`), or a file with a row a
            picture; "" is the whole picture.
        vectors: A .npy of face vectors made by another program; None: there is none.
        text: The words that are said; "" where nobody wrote them down.
    """

    clip_id: str
    speaker_id: str
    film: Path
    start: float = 0.0
    end: float | None = None
    face: str = ""
    vectors: Path | None = None
    text: str = ""


COLUMNS = tuple(field.name for field in fields(Clip))


def write_clips(folder: Path, clips: Iterable[Clip]) -> Path:
    """Write folder/clips.tsv; films inside the folder are named from it on."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    for clip in clips:
        writer.writerow([_text(getattr(clip, name), folder) for name in COLUMNS])
    return write_text(folder / TABLE, stream.getvalue())


def _text(value: object, folder: Path) -> str:
    if isinstance(value, Path) and value.is_relative_to(folder):
        value = value.relative_to(folder)
    return "" if value is None else str(value)


def read_clips(folder: Path) -> list[Clip]:
    """What `write_clips` wrote.

    Raises:
        DataError: The table is missing or broken, or names a clip twice.
    """
    path = folder / TABLE
    if not path.is_file():
        raise DataError("there is no table of clips", where=path, mend="prepare the corpus")
    with path.open(encoding="utf-8", newline="") as file:
        clips = [_clip(row, folder, path) for row in csv.DictReader(file, delimiter="\t")]
    seen: set[str] = set()
    for clip in clips:
        if clip.clip_id in seen:
            raise DataError(f"the clip {clip.clip_id} stands there twice", where=path, mend="rename one")
        seen.add(clip.clip_id)
    return clips


def _clip(row: dict[str, str], folder: Path, path: Path) -> Clip:
    try:
        return Clip(
            row["clip_id"],
            row["speaker_id"],
            folder / row["film"],
            float(row["start"]),
            float(row["end"]) if row["end"] else None,
            row["face"],
            folder / row["vectors"] if row["vectors"] else None,
            row.get("text") or "",
        )
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(f"a row is no clip: {row}", where=path, mend=f"give {', '.join(COLUMNS)}") from error
