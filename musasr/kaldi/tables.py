"""Kaldi tables: one `key value` a line, keys unique and sorted by bytes (LC_ALL=C), each line ended."""

import re
from collections.abc import Mapping
from pathlib import Path

from musasr.atomic import write_text
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
    table: dict[str, str] = {}
    previous = ""
    for number, line in enumerate(_lines(Path(path)), 1):
        key, _, value = _SPACE.sub(" ", line, count=1).partition(" ")
        value = value.strip(" \t")
        _check_line(f"{path}:{number}", key, value or allow_empty, previous, key in table)
        table[key], previous = value, key
    return table


def write_table(path: str | Path, mapping: Mapping[str, object]) -> Path:
    """Write `key value` lines sorted by key, whole or not at all; return the path.

    Raises:
        DataError: There is nothing to write, a key holds white space or a value a line break.
    """
    lines = []
    for key, value in sorted((key, str(value)) for key, value in mapping.items()):
        if not key or key != "".join(key.split()) or _UNFIT.search(key):
            raise DataError(f"{key!r} cannot be a key", where=path, mend="use keys without white space")
        if _UNFIT.search(value.replace("\t", " ")):
            raise DataError(f"the value of {key} holds a control character: {value!r}", where=path)
        lines.append(f"{key} {value}".rstrip(" \t") + "\n")
    if not lines:
        raise DataError("there is nothing to write", where=path)
    return write_text(path, "".join(lines))


def invert(utterance_speakers: Mapping[str, str]) -> dict[str, str]:
    """Return speaker -> its utterances, sorted and separated by spaces (spk2utt from utt2spk)."""
    inverse: dict[str, list[str]] = {}
    for utterance_id, speaker_id in sorted(utterance_speakers.items()):
        inverse.setdefault(speaker_id, []).append(utterance_id)
    return {speaker_id: " ".join(ids) for speaker_id, ids in sorted(inverse.items())}


def _lines(path: Path) -> list[str]:
    """Return the lines of a file that keeps the common rules: there, not empty, UTF-8, each line ended."""
    if not path.is_file():
        raise DataError("no such file", where=path, mend="a data dir needs it")
    try:
        content = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DataError("not UTF-8", where=f"{path}:{line}", mend="convert the file to UTF-8") from None
    if not content:
        raise DataError("the file is empty", where=path, mend="fill it")
    if "\r\n" in content:
        line = content[: content.index("\r\n")].count("\n") + 1
        raise DataError(
            "the line ends in CR LF", where=f"{path}:{line}", mend="convert the file to Unix line ends"
        )
    *lines, rest = content.split("\n")
    if rest:
        raise DataError("the last line has no newline", where=f"{path}:{len(lines) + 1}", mend="is it whole?")
    return lines


def _check_line(where: str, key: str, has_value: object, previous: str, is_known: bool) -> None:
    if not key:
        raise DataError("the line is blank or begins with a space", where=where, mend="remove it")
    if is_known:
        raise DataError(f"{key} comes twice", where=where, mend="keep one of the two lines")
    if key < previous:
        raise DataError(f"{key} stands after {previous}: unsorted", where=where, mend="use LC_ALL=C sort")
    if not has_value:
        raise DataError(
            f"{key} has nothing after it", where=where, mend="fill it or remove the entry everywhere"
        )
