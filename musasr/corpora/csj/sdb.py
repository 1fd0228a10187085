"""The short-unit database of a talk (ID.sdb): one word a line, tab-separated."""

import re
from pathlib import Path

from musasr.corpora.csj.decoding import read_text
from musasr.corpora.csj.rows import Row, milliseconds
from musasr.errors import DataError

# "0172 00380.213-00385.951 L:-001-001"
_TIME = re.compile(r"(\d+)\s+(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)\s+([LR]):")
_SPAN, _ORTHOGRAPHY, _PLAIN, _PRONUNCIATION, _PART_OF_SPEECH = 3, 5, 9, 10, 11


def read_rows(path: Path) -> list[Row]:
    """Return the words of a talk in the file's order; columns missing at the end of a line are empty.

    Raises:
        DataError: The file cannot be decoded or holds nothing, or a line is too short or has no times.
    """
    lines = enumerate(read_text(path).split("\n"), 1)
    rows = [_row(path, number, line.rstrip("\r").split("\t")) for number, line in lines if line.strip()]
    if not rows:
        raise DataError("the transcript is empty", where=path, mend="copy the file again")
    return rows


def _row(path: Path, number: int, cells: list[str]) -> Row:
    where = f"{path}:{number}"
    if len(cells) <= _ORTHOGRAPHY:
        what = f"{len(cells)} columns instead of 12 or more"
        raise DataError(what, where=where, mend="copy the file again")
    time = _TIME.match(cells[_SPAN].strip())
    if time is None:
        what = f"{cells[_SPAN]!r} is no '<number> <start>-<end> <channel>:'"
        raise DataError(what, where=where, mend="copy the file again")
    cells += [""] * (_PART_OF_SPEECH + 1 - len(cells))
    return Row(
        place=str(number),
        unit=time[1],
        channel=time[4],
        start_ms=milliseconds(time[2]),
        end_ms=milliseconds(time[3]),
        orthography=cells[_ORTHOGRAPHY],
        plain=cells[_PLAIN],
        pronunciation=cells[_PRONUNCIATION],
        part_of_speech=cells[_PART_OF_SPEECH].strip(),
    )
