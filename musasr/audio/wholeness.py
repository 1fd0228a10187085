"""Whether a container is all there: a copy that broke off is told before its audio is decoded for an hour."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from musasr.errors import DataError

_MATROSKA, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_MP4_CONTENT = (b"mdat", b"moov", b"moof")


def check_whole(path: Path) -> None:
    """See that an mp4, Matroska or avi file is as long as its own headers say; others are not looked into.

    Raises:
        DataError: It is cut off.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        promised = max(_ends(file, size), default=0)
    if promised > size:
        what = f"broken audio: the file is cut off ({size} of {promised} bytes)"
        raise DataError(what, where=path, mend="copy or make the file again")


def _ends(file: IO[bytes], size: int) -> Iterator[int]:
    head = file.read(12)
    file.seek(0)
    if head[:4] == _MATROSKA:
        yield from _matroska_ends(file)
    elif head[4:8] == b"ftyp":
        yield from _mp4_ends(file, size)
    elif head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        yield 8 + int.from_bytes(head[4:8], "little")


def _matroska_ends(file: IO[bytes]) -> Iterator[int]:
    """Where the segment ends, unless it was written without knowing (as streams are)."""
    file.seek(4)
    header_size = _variable_integer(file) or 0
    file.seek(header_size, 1)
    if file.read(4) == _SEGMENT and (segment_size := _variable_integer(file)) is not None:
        yield file.tell() + segment_size


def _variable_integer(file: IO[bytes]) -> int | None:
    """EBML's integer: leading zeros of the first byte say how many bytes follow; None: all ones, unknown."""
    first = int.from_bytes(file.read(1))
    num_more = 8 - first.bit_length()
    if num_more > 7:
        return None
    bits = 7 * (num_more + 1)
    value = int.from_bytes(bytes([first & ((1 << (7 - num_more)) - 1)]) + file.read(num_more))
    return None if value == (1 << bits) - 1 else value


def _mp4_ends(file: IO[bytes], size: int) -> Iterator[int]:
    """Where the boxes with sound and with its places end."""
    start = 0
    while start < size:
        file.seek(start)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16])
        if length < 8:  # 0: to the file's end; what else is no box
            return
        start += length
        if kind in _MP4_CONTENT:
            yield start
