"""The files of a collection, as people keep them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

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
