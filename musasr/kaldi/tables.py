"""Kaldi tables: one `key value` a line, keys unique and sorted by bytes (LC_ALL=C), each line ended."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from musasr.atomic import replacing
from musasr.errors import DataError

_SPACE = re.compile(r"[ \t]+")  # not str.split(): that would split at the full-width space of Japanese text
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")


def read_table(path: str | Path, *, allow_empty: bool = False) -> dict[str, str]:
    """Return key -> rest of the line, in the file's order, which is sorted.

    Args:
        path: The file.
        allow_empty: Whether a key may stand alone on its line (a hypothesis without words does).

    Raises:
        DataError: The file is missing, empty or not UTF-8, or a line is blank, duplicate, unsorted, lacks its
            value or its newline; the message names file:line.
    """
    return dict(iter_table(path, allow_empty=allow_empty))


def iter_table(
    path: str | Path, *, allow_empty: bool = False, allow_unsorted: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield (key, rest of the line) line by line: what `read_table` holds, without holding it.

    With `allow_unsorted` it is for the caller to see that no key comes twice.
    """
    path, number, previous = Path(path), 0, ""
    if not path.is_file():
        raise DataError("no such file", where=path, mend="a data dir needs it")
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                key, value = _split(line)
                is_ended = line[-1] == "\n" and line[-2:] != "\r\n"
                is_in_order = previous < key or (allow_unsorted and key not in ("", previous))
                if not (is_in_order and is_ended and (value or allow_empty)):
                    raise _fault(f"{path}:{number}", line, key, previous if not is_in_order else "")
                yield key, value
                previous = key
    except UnicodeDecodeError:
        where = f"{path}:{_first_line_that_is_not_utf8(path)}"
        raise DataError("not UTF-8", where=where, mend="convert the file to UTF-8") from None
    if number == 0:
        raise DataError("the file is empty", where=path, mend="fill it")


def write_table(path: str | Path, mapping: Mapping[str, object]) -> Path:
    """Write `key value` lines sorted by key, whole or not at all; return the path.

    Raises:
        DataError: There is nothing to write, a key holds white space or a value a line break.
    """
    with table_writer(path) as write:
        for key, value in sorted(mapping.items(), key=_key):
            write(key, value)
    return Path(path)


@contextmanager
def table_writer(path: str | Path) -> Iterator[Callable[[str, object], None]]:
    """Yield a function write(key, value), to be called in the order of keys; the table is whole or absent.

    Raises:
        DataError: As `write_table`; or a key comes twice, or after one that it should precede.
    """
    previous = ""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as lines:

        def write(key: str, value: object) -> None:
            nonlocal previous
            line = _line(path, key, value)
            if key <= previous:
                what = f"{key} comes twice" if key == previous else f"{key} stands after {previous}: unsorted"
                raise DataError(what, where=path, mend="write keys in order, each once")
            lines.write(line)
            previous = key

        yield write
        if not previous:
            raise DataError("there is nothing to write", where=path)


def _line(path: str | Path, key: str, value: object) -> str:
    value = str(value)
    if not key or key != "".join(key.split()) or _UNFIT.search(key):
        raise DataError(f"{key!r} cannot be a key", where=path, mend="use keys without white space")
    if _UNFIT.search(value.replace("\t", " ")):
        raise DataError(f"the value of {key} holds a control character: {value!r}", where=path)
    return f"{key} {value}".rstrip(" \t") + "\n"


def _key(item: tuple[str, object]) -> str:
    return item[0]


def _split(line: str) -> tuple[str, str]:
    """Key and value of a line: the first run of spaces and tabs parts them, and none hangs on the value."""
    key, _, value = line.partition(" ")
    if "\t" in key:
        key, _, value = _SPACE.sub(" ", line, count=1).partition(" ")
    return key.rstrip("\r\n"), value.strip(" \t\r\n")


def _fault(where: str, line: str, key: str, previous: str) -> DataError:
    """What is wrong with a line that breaks one of the common rules."""
    if line.endswith("\r\n"):
        return DataError("the line ends in CR LF", where=where, mend="convert the file to Unix line ends")
    if not line.endswith("\n"):
        return DataError("the last line has no newline", where=where, mend="is it whole?")
    if not key:
        return DataError("the line is blank or begins with a space", where=where, mend="remove it")
    if key == previous:
        return DataError(f"{key} comes twice", where=where, mend="keep one of the two lines")
    if key < previous:
        return DataError(f"{key} stands after {previous}: unsorted", where=where, mend="use LC_ALL=C sort")
    return DataError(
        f"{key} has nothing after it", where=where, mend="fill it or remove the entry everywhere"
    )


def _first_line_that_is_not_utf8(path: Path) -> int:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0
