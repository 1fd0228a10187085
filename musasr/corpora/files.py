"""The files of a collection, as people keep them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from musasr.atomic import LEFTOVER
from musasr.errors import StateError

WAV_HEADER = 44  # bytes of one of plain 16-bit samples
SIDE_FILES = re.compile(
    r"\.(txt|md|tsv|csv|json|cue|m3u8?|log|nfo|sfv|md5|pdf|jpe?g|png|gif|ini|db|lrc|xml|ya?ml|html?|midi?|lab)$",
    re.IGNORECASE,
)
"""What lies beside audio in most collections and is not meant to be audio."""


def audio_files(root: Path) -> list[Path]:
    """Every file below a folder that may be audio, in order of the names; nothing hidden, no side files."""
    return sorted(path for path in _files(root) if not SIDE_FILES.search(path.name))


def _files(root: Path) -> Iterator[Path]:
    """The files in it and in linked folders, each folder once, since links may form a circle."""
    seen = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:
            subfolders.clear()
            continue
        seen.add(real)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in names:
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield path


def is_whole_wav(path: Path) -> bool:
    """Whether a wav that we wrote is there with all the bytes that its header promises, and has samples."""
    try:
        with path.open("rb") as file:
            head = file.read(WAV_HEADER)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return False
    is_wav = len(head) == WAV_HEADER and head[:4] == b"RIFF" and head[8:12] == b"WAVE"
    return is_wav and WAV_HEADER < int.from_bytes(head[4:8], "little") + 8 <= size


def check_ours(folder: Path, names: re.Pattern[str]) -> None:
    """See, before a corpus makes its wavs in a folder and removes its outdated ones, that none is another's.

    Args:
        folder: It need not be there yet.
        names: The names that the corpus gives its wavs.

    Raises:
        StateError: There is a wav of another name: the corpus did not make it.
    """
    for path in sorted(folder.glob("*.wav")):
        if not (names.fullmatch(path.name) or LEFTOVER.fullmatch(path.name)):
            mend = "move it elsewhere: what stands there is made, and removed where it is outdated"
            raise StateError("is none of the corpus's wavs", where=path, mend=mend)
