"""Sounds with tags and captions: clips.jsonl of a folder, one clip a line."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musasr.atomic import write_text
from musasr.errors import DataError

FILE = "clips.jsonl"
KEYS = {"clip_id": str, "path": str, "seconds": float, "tags": list, "captions": list, "unseen": list}


@dataclass(frozen=True)
class Clip:
    """A sound.

    Attributes:
        clip_id: Its name.
        path: Its file.
        seconds: Its length.
        tags: What sounds in it; two clips that share one are never mixed.
        captions: Sentences that ask for it.
        unseen: Others, which only a test asks.
    """

    clip_id: str
    path: Path
    seconds: float
    tags: tuple[str, ...]
    captions: tuple[str, ...]
    unseen: tuple[str, ...] = ()


def write_clips(directory: Path, clips: Sequence[Clip]) -> Path:
    """Write the list of a folder's clips, and return its path.

    Raises:
        DataError: There are no clips.
    """
    if not clips:
        raise DataError("there are no clips", where=directory)
    rows = [json.dumps({**asdict(clip), "path": str(clip.path)}, ensure_ascii=False) for clip in clips]
    return write_text(directory / FILE, "\n".join(rows) + "\n")


def read_clips(directory: Path) -> list[Clip]:
    """The clips of a folder, in their order.

    Raises:
        DataError: There is no list, or a line of it is no clip.
    """
    path = directory / FILE
    if not path.is_file():
        raise DataError("there is no list of clips", where=path, mend="prepare the corpus first")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [_clip_of(line, where=f"{path}:{number}") for number, line in enumerate(lines, 1)]


def _clip_of(line: str, *, where: str) -> Clip:
    try:
        row: dict[str, Any] = json.loads(line)
        if set(row) != set(KEYS) or not all(isinstance(row[key], kind) for key, kind in KEYS.items()):
            raise ValueError
    except (ValueError, TypeError) as error:
        raise DataError("is no clip", where=where, mend="remove the folder and prepare it again") from error
    lists = {key: tuple(map(str, row[key])) for key in ("tags", "captions", "unseen")}
    return Clip(row["clip_id"], Path(row["path"]), row["seconds"], **lists)
