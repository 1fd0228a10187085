"""Tab-separated tables that users write: a header line of column names, then a line an entry."""

from collections.abc import Collection, Iterator
from pathlib import Path

from musasr.errors import DataError, suggest


def read_rows(
    path: Path, *, required: Collection[str], optional: Collection[str] = ()
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (file:line, column -> value) of each line; columns that are not there or empty are left out.

    Raises:
        DataError: The file is missing, empty or not UTF-8, a column is missing or unknown, a required value
            is empty, or a line has another number of fields than the header.
    """
    if not path.is_file():
        raise DataError("no such table", where=path, mend="check the path")
    try:
        with path.open(encoding="utf-8-sig", newline=None) as lines:
            columns = _columns(f"{path}:1", next(lines, ""), required, optional)
            for number, line in enumerate(lines, 2):
                if line.strip():
                    yield f"{path}:{number}", _row(f"{path}:{number}", line, columns, required)
    except UnicodeDecodeError:
        raise DataError("not UTF-8", where=path, mend="convert the file to UTF-8") from None


def _columns(where: str, header: str, required: Collection[str], optional: Collection[str]) -> list[str]:
    columns = [name.strip() for name in header.rstrip("\n").split("\t")]
    known = [*required, *optional]
    for name in columns:
        if name not in known:
            raise DataError(f"unknown column {name!r}", where=where, mend=suggest(name, known))
        if columns.count(name) > 1:
            raise DataError(f"column {name!r} comes twice", where=where, mend="keep one")
    for name in required:
        if name not in columns:
            raise DataError(f"no column {name!r}", where=where, mend="add it, separated by tabs")
    return columns


def _row(where: str, line: str, columns: list[str], required: Collection[str]) -> dict[str, str]:
    values = line.rstrip("\n").split("\t")
    if len(values) != len(columns):
        what = f"{len(values)} fields, where the header has {len(columns)}"
        raise DataError(what, where=where, mend="separate the fields by one tab each")
    row = {name: value.strip() for name, value in zip(columns, values, strict=True) if value.strip()}
    for name in required:
        if name not in row:
            raise DataError(f"{name} is empty", where=where, mend="fill it or remove the line")
    return row
