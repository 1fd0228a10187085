"""The tags of the transcripts, resolved to what is to be recognised.

A tag is `(NAME text)`, or with alternatives `(NAME text;text)` and `(? text,text)`; tags nest, and go on over
rows, pauses included. `<...>` is a sound that is no speech.

    F filler; D, D2 fragment; ? uncertain (candidates); M quoted sound; O foreign; X misread aloud;
    L whispered; 笑 泣 咳 while laughing, crying, coughing; B misread (as said;as it is): the first text
    A letters (as said;as written); K broken kanji word (kana;kanji); W slip (as said;canonical): the second
    A with a number: the words of the column without tags, since digits stand for several of them
    R personal data: × in the text, noise in the audio
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MASK = "×"
SECOND = frozenset("AKW")
"""Tags of which the second text is kept."""
KNOWN = SECOND | {"F", "D", "D2", "?", "M", "O", "X", "L", "笑", "泣", "咳", "B", "R"}

_NUMERAL = re.compile("ゼロ|[０零一二三四五六七八九十百千．]")
_TOKEN = re.compile(
    r"<[^<>]*>"  # a sound, or a pause <P:start-end>
    r"|\((?P<name>[A-Z][A-Z0-9]*|\?|[笑泣咳](?=[ (;,)]|$))?"
    r"|(?P<text>[^\x00-\x7f\u3000]+)"
    r"|(?P<mark>[);,])"
    r"|."  # other ASCII and blanks are never text
)


class TagError(ValueError):
    """The brackets of a row do not match."""

    def __init__(self, row: int, what: str):
        """Tell which row, counted from 0, and what is wrong there."""
        super().__init__(what)
        self.row = row


@dataclass
class Cell:
    """What a row comes to.

    `is_number`: it is part of a number, so the column without tags has its word. `is_absorbed`: its text is
    replaced by what stands in a later row. `is_masked`: an R tag or a × touches it.
    """

    text: str = ""
    is_number: bool = False
    is_absorbed: bool = False
    is_masked: bool = False


@dataclass(frozen=True)
class Parsed:
    """A cell for each row, and the names of tags that are not known: of those, the first text is kept."""

    cells: list[Cell]
    unknown: frozenset[str]


@dataclass(frozen=True)
class _Leaf:
    row: int
    text: str = ""
    is_number: bool = False
    is_absorbed: bool = False


@dataclass
class _Tag:
    name: str
    row: int
    texts: list[list[_Leaf]] = field(default_factory=lambda: [[]])


def parse(rows: Sequence[str]) -> Parsed:
    """Resolve one column of one channel of a talk, row by row.

    Raises:
        TagError: A bracket is closed and was not opened, or is never closed.
    """
    cells = [Cell(is_masked=MASK in row) for row in rows]
    unknown = set()
    open_tags = [_Tag("", 0)]
    for row, token in _tokens(rows):
        tag = open_tags[-1]
        if token[0].startswith("("):
            open_tags.append(_Tag(token["name"] or "", row))
        elif token["text"]:
            tag.texts[-1].append(_Leaf(row, token["text"]))
        elif token["mark"] == ")":
            if len(open_tags) == 1:
                raise TagError(row, "a ) that closes nothing")
            open_tags.pop()
            unknown |= {tag.name} - KNOWN
            open_tags[-1].texts[-1] += _resolve(tag, row, cells)
        elif len(open_tags) > 1 and (token["mark"] == ";" or (token["mark"] == "," and tag.name == "?")):
            tag.texts.append([])
    if len(open_tags) > 1:
        raise TagError(open_tags[-1].row, f"a tag ({open_tags[-1].name} that is never closed")
    _fill(cells, open_tags[0].texts[0])
    return Parsed(cells, frozenset(unknown))


def _tokens(rows: Sequence[str]) -> Iterator[tuple[int, re.Match]]:
    for number, row in enumerate(rows):
        for match in _TOKEN.finditer(row):
            yield number, match


def _resolve(tag: _Tag, last_row: int, cells: list[Cell]) -> list[_Leaf]:
    """What is left of a closed tag."""
    if tag.name == "R":
        # The noise covers all of it, words between two × included.
        for cell in cells[tag.row : last_row + 1]:
            cell.is_masked = True
    if tag.name == "A" and _NUMERAL.search("".join(leaf.text for text in tag.texts for leaf in text)):
        return [_Leaf(row, is_number=True) for row in range(tag.row, last_row + 1)] + tag.texts[0]
    if tag.name not in SECOND or len(tag.texts) == 1:
        return tag.texts[0]
    kept = tag.texts[1]
    first_kept = min((leaf.row for leaf in kept), default=0)
    absorbed = {leaf.row for leaf in tag.texts[0] if leaf.row < first_kept}
    return [_Leaf(row, is_absorbed=True) for row in sorted(absorbed)] + kept


def _fill(cells: list[Cell], leaves: Sequence[_Leaf]) -> None:
    pieces: list[list[str]] = [[] for _ in cells]
    for leaf in leaves:
        pieces[leaf.row].append(leaf.text)
        cells[leaf.row].is_number |= leaf.is_number
        cells[leaf.row].is_absorbed |= leaf.is_absorbed
    for cell, texts in zip(cells, pieces, strict=True):
        cell.text = "".join(texts)
        cell.is_absorbed &= not cell.text
