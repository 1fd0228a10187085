"""Files of tensors: written whole or not at all, read without running anything that is in them."""

import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from musasr.atomic import replacing
from musasr.errors import StateError


def save(value: Any, path: str | Path) -> None:
    """Write a nest of dicts, lists, numbers, strings and tensors beside ``path``, then rename it.

    It is on the disk before it takes the name: a machine that loses its power leaves the file before it.

    Raises:
        OSError: The disk is full, or the folder cannot be written. What was there before stays.
    """
    # Into memory first: torch's own writer takes a full disk for a fault of its own, and may abort on it.
    content = io.BytesIO()
    torch.save(value, content)
    data = content.getbuffer()
    with replacing(path, num_bytes=len(data)) as temporary, temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def load(path: str | Path, *, mend: str, mmap: bool = False) -> Any:
    """What `save` wrote, on the CPU; nothing in the file is run, whoever wrote it.

    Args:
        path: The file.
        mend: What to do where it cannot be read.
        mmap: Whether tensors are read as they are used.

    Raises:
        StateError: It is missing, cut off, no such file at all, or holds more than plain values and tensors.
    """
    try:
        return torch.load(str(path), map_location="cpu", weights_only=True, mmap=mmap)
    except FileNotFoundError:
        raise StateError("no such file", where=path, mend=mend) from None
    except Exception as error:  # torch has no one type for a broken file
        raise StateError(f"{_what_is_wrong(path)}", where=path, mend=mend) from error


def _what_is_wrong(path: str | Path) -> str:
    """Why a file could not be read, as far as that can be told without reading it."""
    try:
        with open(path, "rb") as file:
            head = file.read(2)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not head:
        return "is empty (0 bytes)"
    if head != b"PK":
        return "is not a readable file of weights"
    return "is cut off, or holds more than weights and plain values"


def not_finite(tensors: Mapping[str, Any]) -> list[str]:
    """The names of those that hold NaN or infinite values."""
    return [name for name, value in tensors.items() if not _is_finite(value)]


def all_finite(tensors: Iterable[Any]) -> bool:
    """Whether no tensor holds NaN or infinite values; what is None or holds whole numbers does not."""
    return all(_is_finite(value) for value in tensors)


def _is_finite(value: Any) -> bool:
    if not isinstance(value, torch.Tensor) or not (value.is_floating_point() or value.is_complex()):
        return True
    return bool(torch.isfinite(value).all())
