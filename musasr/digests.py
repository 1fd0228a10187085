"""Digests of files, folders and settings: whether what is there was made of the same things."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


def digest_of_file(path: Path) -> str:
    """Of a file's content: its name and place do not count."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(values: Mapping[str, Any]) -> str:
    """Of plain values, whatever their order."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def digest_of_tree(path: Path) -> str:
    """Of a file, or of a folder's files and their names there; each is read once while it does not change."""
    if path.is_file():
        return _digest_of_unchanged(path, *_state(path))
    files = sorted(one for one in path.rglob("*") if one.is_file())
    return digest_of(
        {one.relative_to(path).as_posix(): _digest_of_unchanged(one, *_state(one)) for one in files}
    )


def _state(path: Path) -> tuple[int, ...]:
    """What changes with a file's content. The last time is the kernel's own: nobody sets it back."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@cache
def _digest_of_unchanged(path: Path, *state: int) -> str:
    return digest_of_file(path)
