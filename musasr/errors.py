"""Errors that a user can mend: each says in one line what is wrong, where, and what to do."""

import errno
import re
import resource
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from reprlib import Repr

# What to do about an error of the system, by its number.
SYSTEM_MENDS = {
    errno.ENOSPC: "make room there, then run the same command again",
    errno.EDQUOT: "your quota is used up: make room, then run the same command again",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), then run the same command again",
    errno.EROFS: "name a folder on a file system that can be written",
    errno.EACCES: "change its permissions, or name another folder",
    errno.EPERM: "change its permissions, or name another folder",
    errno.ENAMETOOLONG: "use shorter names or another folder",
    errno.ENOENT: "was it removed meanwhile? make it again, or run the stage again that makes it",
    errno.ENOTDIR: "a file stands where a folder should: name another folder",
    errno.EISDIR: "a folder stands where a file should: remove it, or name another",
    errno.EMFILE: "raise the limit on open files (ulimit -n), or lower --nj",
    errno.EIO: "the disk or its server fails: see the system's log, then run the same command again",
    errno.ESTALE: "the file server lost it: run the same command again",
}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LONGEST_PATH = 300  # characters that a message shows
MEMORY = re.compile(r"out of memory|not enough memory|can't allocate memory|cannot allocate memory", re.I)

MOST_NAMES = 12  # that a message lists
# Old name -> the name that a key, column or option has now.
RENAMED = {"dev_share": "dev_fraction", "test_share": "test_fraction", "share": "fraction"}
# Old key -> what to write instead, where that is more than another name in the same place.
MOVED = {"filterbank_init": "write init: fourier (or random) in enh_encoder_conf and enh_decoder_conf"}

# A value in a message: a line's worth, however large it is.
_SHORT = Repr(maxlevel=3, maxdict=8, maxlist=8, maxstring=80, maxlong=40, maxother=80)


class MusasrError(Exception):
    """A mistake outside our code; the command line prints it as one line, without a traceback."""

    def __init__(self, what: str, *, where: object = None, mend: str | None = None):
        """Compose the line.

        Args:
            what: The fault, as a clause ("unknown key 'sede'").
            where: The file, line, key or option it was found at.
            mend: What to do about it, as an imperative ("did you mean 'seed'?").
        """
        self.what, self.where, self.mend = what, where, mend
        place = f"{where}: " if where is not None else ""
        advice = f"; {mend}" if mend else ""
        super().__init__(f"{place}{what}{advice}")


class ConfigError(MusasrError):
    """A configuration file, key or command-line option is wrong."""


class DataError(MusasrError):
    """A corpus, a data dir or an audio file is wrong."""


class StateError(MusasrError):
    """A working directory does not hold what a stage needs, or holds what another run made."""


def shown(value: object) -> str:
    """A value as a message shows it: as Python spells it, cut to about a line."""
    return _SHORT.repr(value).replace("\n", " ")


def suggest(name: object, known: Iterable[str]) -> str:
    """What to do about a name that is not known: take the one most like it, or one of the known."""
    known = [str(one) for one in known]
    if str(name) in MOVED:
        return MOVED[str(name)]
    if RENAMED.get(str(name)) in known:
        return f"it is called {RENAMED[str(name)]!r} now"
    close = get_close_matches(str(name), known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known here: {', '.join(known[:MOST_NAMES])}{' ...' if len(known) > MOST_NAMES else ''}"


def known_names(text: str, known: Iterable[str], *, what: str, where: str) -> tuple[str, ...]:
    """The names of a list with commas, each once.

    Raises:
        ConfigError: One of them is not known.
    """
    known, names = list(known), dict.fromkeys(one.strip() for one in text.split(","))
    for name in names:
        if name not in known:
            raise ConfigError(f"unknown {what} {name!r}", where=where, mend=suggest(name, known))
    return tuple(names)


def unknown_key(key: object, known: Iterable[str], *, where: str) -> ConfigError:
    """The error for a key that is not known, with the known one that is most like it."""
    return ConfigError(f"unknown key {shown(key)}", where=where, mend=suggest(key, sorted(known)))


def of_system(error: OSError) -> StateError:
    """What the system refused, in one line: a full disk, a limit, a folder that went away."""
    path = str(error.filename) if error.filename is not None else None
    if path is not None and len(path) > LONGEST_PATH:
        path = path[:LONGEST_PATH] + "..."
    reason = error.strerror or str(error) or type(error).__name__
    what = reason[0].lower() + reason[1:]
    if error.errno in NO_ROOM:
        found = [*getattr(error, "__notes__", ()), _room(error.errno, path)]
        what += f" ({'; '.join(one for one in found if one)})" if any(found) else ""
    mend = SYSTEM_MENDS.get(error.errno or 0, "see to it, then run the same command again")
    return StateError(what, where=path, mend=mend)


@contextmanager
def told_in_one_line(program: str) -> Iterator[None]:
    """What a program beside the command ``musasr`` does likewise: a user's mistake is one line and status 1.

    Raises:
        SystemExit: In the place of a mistake, or of Ctrl-C (130).
    """
    try:
        yield
    except MusasrError as error:
        sys.exit(f"{program}: error: {error}")
    except OSError as error:
        sys.exit(f"{program}: error: {of_system(error)}")
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        sys.exit(130)


def note_need(error: OSError, num_bytes: int | None) -> None:
    """Have an error that says that there is no room also say for how much, once."""
    if num_bytes is not None and error.errno in NO_ROOM and not getattr(error, "__notes__", None):
        error.add_note(f"it needs {size_of(num_bytes)}")


@contextmanager
def names_file(path: object) -> Iterator[None]:
    """Have an error of the system that names no file, as that of a full disk, name this one."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise naming(error, path) from error.__cause__
        raise


def naming(error: OSError, path: object) -> OSError:
    """An error of the system, which names this file."""
    try:
        error.filename = str(path)
    except AttributeError:  # PyAV's own
        return OSError(error.errno, error.strerror, str(path))
    return error


def size_of(num_bytes: float) -> str:
    """A number of bytes as people read it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if num_bytes >= 0.95 * size:
            return f"{num_bytes / size:.1f} {unit}"
    return f"{num_bytes:.0f} bytes"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory, the machine's or a GPU's, does not suffice."""
    if isinstance(error, MemoryError):
        return True
    # torch.OutOfMemoryError is a RuntimeError, and so is what its allocator for the CPU raises.
    return isinstance(error, RuntimeError) and MEMORY.search(str(error)) is not None


@contextmanager
def memory_for(what: str, *, where: object = None, mend: str) -> Iterator[None]:
    """Have memory that does not suffice, the machine's or a GPU's, name what it was for.

    Raises:
        StateError: It does not suffice.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise StateError(f"out of memory at {what}", where=where, mend=mend) from error


def check_room(folder: Path, num_bytes: float, what: str) -> None:
    """See, before work begins, that a disk has room for what the work writes.

    Args:
        folder: Where; it need not be there yet.
        num_bytes: How much that will be, about.
        what: What it is, as messages call it.

    Raises:
        StateError: Less is free.
    """
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(there).free
    if free < num_bytes:
        what = f"{what} need about {size_of(num_bytes)}, and {size_of(free)} are free"
        raise StateError(what, where=folder, mend="make room there, or name another folder")


def _room(number: int | None, path: str | None) -> str | None:
    """How much room there is where a file could not be written; None where that cannot be told."""
    if number == errno.EFBIG:
        limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
        return None if limit == resource.RLIM_INFINITY else f"files may have {size_of(limit)}"
    if number != errno.ENOSPC or path is None:
        return None
    return _free_space(Path(path))


def _free_space(path: Path) -> str:
    for folder in path.absolute().parents:
        if folder.is_dir():
            return f"{size_of(shutil.disk_usage(folder).free)} are free in {folder}"
    return "its folder is gone"
