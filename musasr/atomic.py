"""Files that are either whole or absent: written under a temporary name in the same folder, then renamed."""

import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.errors import StateError, naming, note_need

if TYPE_CHECKING:
    import numpy as np

LEFTOVER = re.compile(r"\..*\.\d+-[0-9a-f]{6}\.tmp(\..*)?", re.DOTALL)
LONGEST_STEM = 150  # bytes of a name that its temporary one repeats: a file system takes 255
PROBE = 1 << 20  # bytes that are written to learn why a library could write no more


@contextmanager
def replacing(path: str | Path, *, num_bytes: int | None = None) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the place of `path` when the block ends well.

    Missing parent folders are made. The temporary name keeps the suffix, since writers choose a format by it.

    Args:
        path: The file.
        num_bytes: How large it will be, where that is known: what says that there is no room names it.

    Raises:
        OSError: The system refuses to write it, whatever the library says with which the block writes.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two jobs may make the same file, of the same bytes, at once: on two machines even with one process id.
    stem = path.stem.encode()[:LONGEST_STEM].decode(errors="ignore")
    temporary = path.with_name(f".{stem}.{os.getpid()}-{os.urandom(3).hex()}.tmp{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        refusal = error if isinstance(error, OSError) and error.errno is not None else _refusal(temporary)
        if refusal is None:
            raise
        if refusal.filename in (None, str(temporary)):  # a disk that is full names no file
            refusal = naming(refusal, path)
        note_need(refusal, num_bytes)
        if refusal is error:
            raise
        raise refusal from error
    finally:
        with suppress(OSError):  # its folder is gone, or became a file
            temporary.unlink(missing_ok=True)


def _refusal(path: Path) -> OSError | None:
    """Why the system writes no more into a file that is to be thrown away; None where it does.

    Some libraries (libsndfile, numpy) say that they could not write, not why.
    """
    try:
        with path.open("ab") as file:
            file.write(bytes(PROBE))
    except OSError as error:
        # A new one: one that fails within a library carries no number.
        return OSError(error.errno, error.strerror, str(path))
    return None


def write_bytes(path: str | Path, content: bytes | memoryview) -> Path:
    """Write bytes, whole or not at all, and return the path."""
    with replacing(path, num_bytes=len(content)) as temporary:
        temporary.write_bytes(content)
    return Path(path)


def write_text(path: str | Path, text: str) -> Path:
    """Write `text` as UTF-8 with its line ends as they are, whole or not at all, and return the path."""
    return write_bytes(path, text.encode())


def write_array(path: str | Path, array: "np.ndarray") -> Path:
    """Write an array as numpy's .npy, whole or not at all, and return the path."""
    import numpy as np

    # Not np.save into the file: C's buffers drop what a full disk does not take, without a word.
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return write_bytes(path, content.getbuffer())


def write_json(path: str | Path, value: object) -> Path:
    """Write a value as JSON that people can read, whole or not at all, and return the path."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: str | Path, *, mend: str, keys: Iterable[str] = ()) -> Any:
    """What `write_json` wrote.

    Args:
        path: The file.
        mend: What to do where it is broken.
        keys: What the value, a mapping, must have where any are named.

    Raises:
        StateError: It is missing, empty, cut off, or something else than JSON with these keys.
    """
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StateError("no such file", where=path, mend=mend) from None
    except (ValueError, RecursionError):  # not JSON, or not UTF-8
        what = "is empty" if Path(path).stat().st_size == 0 else "is broken: it holds no whole JSON"
        raise StateError(what, where=path, mend=mend) from None
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise StateError(f"is broken: it has no {key!r}", where=path, mend=mend)
    return value


def sweep(directory: str | Path, *, below: bool = False) -> None:
    """Remove what killed processes left half written in a folder, and with ``below`` in all folders of it.

    For who holds the folder's lock: another process may be writing there otherwise.
    """
    for folder, _, names in os.walk(directory):
        for name in names:
            if LEFTOVER.fullmatch(name):
                Path(folder, name).unlink(missing_ok=True)
        if not below:
            break
