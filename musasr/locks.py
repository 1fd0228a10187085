"""Locks between processes: who comes second is told so; a process that dies, however, lets go."""

import errno
import fcntl
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musasr.errors import StateError
from musasr.parallel import JobPart

PATIENCE_SECONDS = 3.0  # what was killed a moment ago may still be ending
POLL_SECONDS = 0.1
NOT_HERE = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def held(path: Path, what: str, *, shared: bool = False) -> Iterator[None]:
    """Within this block no other process holds the lock, or with ``shared`` those alone that share it.

    The lock is POSIX's (``fcntl``), not the file's being there: the kernel takes it back with the process,
    children do not inherit it, and NFS passes it on to its server (all but mounts with ``nolock``). Where a
    file system has none, a line says so.

    Args:
        path: The lock's file; it is made, and stays.
        what: What is locked, for the message.
        shared: Whether others may share it.

    Raises:
        StateError: Another process holds it.
    """
    file = _open(path)
    try:
        if file is not None:
            _take(file, path, what, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        if file is not None:
            os.close(file)


@contextmanager
def part_held(path: Path, what: str, part: JobPart) -> Iterator[None]:
    """Within this block no other process does this part of a work, and none all of it.

    Raises:
        StateError: Another process does.
    """
    with held(path, what, shared=not part.is_whole):
        if part.is_whole:
            yield
            return
        with held(path.with_name(f"{path.name}.{part.number}"), f"{what} ({part})"):
            yield


def _open(path: Path) -> int | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno not in NOT_HERE:
            raise
        _say_unlocked(path, error)
        return None


def _take(file: int, path: Path, what: str, kind: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.lockf(file, kind | fcntl.LOCK_NB)
            break
        except OSError as error:
            # POSIX lets a system say EACCES of a lock that is taken.
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                _say_unlocked(path, error)
                return
            if time.monotonic() > deadline:
                holder = os.pread(file, 200, 0).decode(errors="replace").strip() or "another process"
                mend = "wait until it has ended, or take another --workdir"
                raise StateError(f"{holder} is at {what} already", where=path.parent, mend=mend) from None
        time.sleep(POLL_SECONDS)
    if kind == fcntl.LOCK_EX:
        os.ftruncate(file, 0)
        os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)


def _say_unlocked(path: Path, error: OSError) -> None:
    print(
        f"musasr: {path}: no lock can be had here ({error.strerror}): see that no two runs share this folder",
        file=sys.stderr,
        flush=True,
    )
