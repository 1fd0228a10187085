"""A text cut into the pieces that no line break may fall inside: words, and bunsetsu of Japanese."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from musasr.transcribe.subtitle_rules import width

# Kinsoku: what no line may begin, and what no line may end with.
NEVER_FIRST = frozenset(
    "、。，．・：；？！」』）］｝〉》】〕〙〗’”〟゠–—〜～…‥"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿーゝゞヽヾ々〻ｧｨｩｪｫｯｬｭｮｰ､｡｣"
    ",.:;?!)]}»%"
)
NEVER_LAST = frozenset("「『（［｛〈《【〔〘〖‘“〝([{«")
IDEOGRAPHIC_SPACE = "\u3000"
# Written without spaces between words; so are other scripts, of which budoux knows no word.
_UNSPACED = re.compile("[、-】぀-ヿㇰ-ㇿ㐀-䶿一-鿿豈-﫿ｦ-ﾟ\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Phrase:
    """A piece that stays on one line.

    Attributes:
        text: Without white space around it.
        space: What stands between it and the next on the same line: nothing, or a space.
    """

    text: str
    space: str


def clean(text: str) -> str:
    """The text with single spaces between its words and no control characters, line ends among them.

    An ideographic space stays one: it stands where Japanese has a pause.
    """
    pieces = re.split(r"(\s+)", "".join(map(_printable, text)))
    joined = "".join(_space(piece) if piece[:1].isspace() else piece for piece in pieces)
    return joined.strip()


def phrases(text: str, *, language: str | None, max_length: float, full_width: bool) -> tuple[Phrase, ...]:
    """Cut a text, that `clean` gave, where lines may break.

    Words of a language with spaces are cut at the spaces; Japanese and Chinese where budoux sees a phrase
    end, whether the recogniser wrote spaces there or not. A phrase of those two that is wider than a line
    is cut between characters, since a line of theirs may be. Kinsoku holds everywhere.

    Args:
        text: What to cut; all its characters but the spaces are in the phrases, in order.
        language: Such as "ja"; it tells Chinese from Japanese.
        max_length: Of a line.
        full_width: Whether lengths count half-width characters half.
    """
    solid = "".join(text.split())
    spaces = _spaces(text)
    breaks = _breaks(solid, set(spaces), language, max_length, full_width)
    ends = [*breaks, len(solid)]
    cut = [(first, last) for first, last in zip([0, *breaks], ends, strict=True) if first < last]
    return tuple(Phrase(_spelled(solid, spaces, *place), spaces.get(place[1], "")) for place in cut)


def _printable(character: str) -> str:
    if character.isspace():
        return character
    return "" if unicodedata.category(character) in ("Cc", "Cs") else character


def _space(run: str) -> str:
    return IDEOGRAPHIC_SPACE if IDEOGRAPHIC_SPACE in run else " "


def _spaces(text: str) -> dict[int, str]:
    """Place among the characters that are no space -> the space in front of it."""
    found, place = {}, 0
    for character in text:
        if character.isspace():
            found[place] = character
        else:
            place += 1
    return found


def _spelled(solid: str, spaces: dict[int, str], first: int, last: int) -> str:
    return "".join(
        (spaces.get(place, "") if place > first else "") + solid[place] for place in range(first, last)
    )


def _breaks(
    solid: str, spaces: set[int], language: str | None, max_length: float, full_width: bool
) -> list[int]:
    """The places between characters where a line may break, in order."""
    unspaced = [bool(_UNSPACED.match(character)) for character in solid]
    ends = _phrase_ends(solid, language) if any(unspaced) else set()
    found = []
    for place in range(1, len(solid)):
        if unspaced[place - 1] and unspaced[place]:
            may_break = place in ends and _keeps_kinsoku(solid, place)
        elif place in spaces:
            may_break = not _is_lone_mark(solid, place, spaces)
        else:
            is_beside = unspaced[place - 1] or unspaced[place]
            may_break = is_beside and place in ends and _keeps_kinsoku(solid, place)
        if may_break:
            found.append(place)
    return _within_lines(solid, found, unspaced, max_length, full_width)


def _keeps_kinsoku(solid: str, place: int) -> bool:
    return solid[place] not in NEVER_FIRST and solid[place - 1] not in NEVER_LAST


def _is_lone_mark(solid: str, place: int, spaces: set[int]) -> bool:
    """Whether a mark with spaces around it, as in "Quoi ?", would begin or end a line."""
    end, start = place + 1, place - 1
    while end < len(solid) and end not in spaces:
        end += 1
    while start > 0 and start not in spaces:
        start -= 1
    return set(solid[place:end]) <= NEVER_FIRST or set(solid[start:place]) <= NEVER_LAST


def _phrase_ends(solid: str, language: str | None) -> set[int]:
    ends, place = set(), 0
    for piece in _parser((language or "ja").lower()).parse(solid):
        place += len(piece)
        ends.add(place)
    return ends


def _within_lines(
    solid: str, breaks: list[int], unspaced: list[bool], max_length: float, full_width: bool
) -> list[int]:
    """Add breaks to phrases without spaces that are wider than a line."""
    found, start = [], 0
    for end in [*breaks, len(solid)]:
        last = start
        for place in range(start + 1, end):
            is_full = width(solid[last : place + 1], full_width=full_width) > max_length
            if is_full:
                at = next((one for one in range(place, last, -1) if _may_split(solid, unspaced, one)), None)
                if at is not None:
                    found.append(at)
                    last = at
        found.append(end)
        start = end
    return found[:-1]


def _may_split(solid: str, unspaced: list[bool], place: int) -> bool:
    return unspaced[place - 1] and unspaced[place] and _keeps_kinsoku(solid, place)


@lru_cache(maxsize=4)
def _parser(language: str):
    import budoux

    if not language.startswith("zh"):
        return budoux.load_default_japanese_parser()
    is_traditional = any(part in language for part in ("tw", "hk", "hant"))
    if is_traditional:
        return budoux.load_default_traditional_chinese_parser()
    return budoux.load_default_simplified_chinese_parser()
