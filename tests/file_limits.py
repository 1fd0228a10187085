"""A limit on the size of files stands in for a full disk: the same writes fail, at any byte, unmounted."""

import os
import resource
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from musasr.atomic import LEFTOVER


@contextmanager
def file_limit(num_bytes: int):
    """What is written meanwhile, by this process and those it starts, may have so many bytes a file.

    Python keeps no modules meanwhile: it would keep them cut, here among the sources.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def contents(folder: Path) -> dict[str, bytes]:
    """Each file below a folder, but for what is hidden: locks, and what a rerun goes on from."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def leftovers(folder: Path) -> list[str]:
    """What is half written below a folder."""
    return [name for _, _, names in os.walk(folder) for name in names if LEFTOVER.fullmatch(name)]
