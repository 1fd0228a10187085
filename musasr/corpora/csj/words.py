"""The words of a talk: rows with their tags resolved, unit by unit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from musasr.corpora.csj import tags
from musasr.corpora.csj.rows import Row
from musasr.errors import DataError

_LENGTHENED_N = re.compile("(?<=[んン])ー+")
_MARKUP = re.compile("[\x00-\x7f\u3000]+")
_SMALL_WA = str.maketrans("ヮゎ", "ワわ")
_ZEROS = frozenset({"ゼロ", "零"})


@dataclass(frozen=True)
class Word:
    """A short-unit word, without tags."""

    orthography: str
    pronunciation: str


@dataclass(frozen=True)
class Unit:
    """An inter-pausal unit: one channel's speech between two pauses of 0.2 s. Times are in milliseconds.

    `is_masked`: some of its audio is noise over personal data. `goes_on`: its last word is written in a later
    unit.
    """

    channel: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...]
    is_masked: bool = False
    goes_on: bool = False


@dataclass(frozen=True)
class _Resolved:
    """What a row adds to its unit."""

    word: Word | None
    is_masked: bool
    goes_on: bool


def units(rows: Sequence[Row], *, where: Path) -> tuple[list[Unit], frozenset[str]]:
    """Return the units in the order of the rows, and the names of unknown tags.

    A word has an orthography and a part of speech; a row without one of them adds none.

    Raises:
        DataError: The brackets of the tags do not match.
    """
    resolved: dict[int, _Resolved] = {}
    unknown: frozenset[str] = frozenset()
    for channel in sorted({row.channel for row in rows}):
        # Tags go on over rows, and the rows of the other speaker may lie between.
        indices = [index for index, row in enumerate(rows) if row.channel == channel]
        own = [rows[index] for index in indices]
        written, spoken = _parse(own, "orthography", where), _parse(own, "pronunciation", where)
        resolved |= zip(indices, _resolve(own, written.cells, spoken.cells), strict=True)
        unknown |= written.unknown | spoken.unknown
    keys = groupby(range(len(rows)), key=lambda index: (rows[index].unit, rows[index].channel))
    found = []
    for _, group in keys:
        indices = list(group)
        found.append(_unit([rows[index] for index in indices], [resolved[index] for index in indices]))
    return found, unknown


def spell(word: str) -> str:
    """The orthography of a word in the one spelling that the standard recipe gives it."""
    word = spell_sound(word.rstrip("・"))
    return "０" if word in _ZEROS else word


def spell_sound(word: str) -> str:
    """The pronunciation likewise."""
    return _LENGTHENED_N.sub("", _MARKUP.sub("", word)).translate(_SMALL_WA)


def _parse(rows: Sequence[Row], column: str, where: Path) -> tags.Parsed:
    try:
        return tags.parse([getattr(row, column) for row in rows])
    except tags.TagError as error:
        place = f"{where}:{rows[error.row].place}"
        raise DataError(f"{error} ({column})", where=place, mend="fix the brackets there") from error


def _resolve(
    rows: Sequence[Row], written: Sequence[tags.Cell], spoken: Sequence[tags.Cell]
) -> Iterator[_Resolved]:
    """Row by row; where several rows are one word, the last has it, and the pronunciation of them all."""
    goes_on, carried = False, ""
    for row, cell, sound in zip(rows, written, spoken, strict=True):
        is_masked = row.is_masked or cell.is_masked or sound.is_masked or tags.MASK in row.plain
        carried += sound.text
        goes_on = cell.is_absorbed or (goes_on and not cell.text)
        if goes_on:
            yield _Resolved(None, is_masked, goes_on)
            continue
        orthography = spell(row.plain if cell.is_number and row.plain else cell.text)
        word = Word(orthography, spell_sound(carried)) if orthography and row.part_of_speech else None
        yield _Resolved(word, is_masked, goes_on)
        carried = ""


def _unit(rows: Sequence[Row], resolved: Sequence[_Resolved]) -> Unit:
    return Unit(
        channel=rows[0].channel,
        start_ms=rows[0].start_ms,
        end_ms=rows[-1].end_ms,
        words=tuple(item.word for item in resolved if item.word is not None),
        is_masked=any(item.is_masked for item in resolved),
        goes_on=resolved[-1].goes_on,
    )
