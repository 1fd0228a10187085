"""One spelling of reference and hypothesis where the two come from writers of different habits."""

import unicodedata

from musasr.pronunciation import DEVOICED, canonical, spoken_reading
from musasr.text import normalise

JAPANESE = "ja"
TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
INSIDE_WORDS = "'"  # what is kept between letters: don't


def scoring_spelling(text: str, language: str | None, *, to_kana: bool = True) -> str:
    """A text as it is compared with one of another writer: a corpus' reference, or a foreign recogniser's.

    Lower case, no punctuation and no symbols. Japanese loses its spaces, since nobody sets them alike: its
    character error rate is what counts. With ``to_kana`` it is then written as it sounds, in katakana, long
    vowels all alike: 先週は, せんしゅうは and センシュウ ワ are one. A text in katakana alone is taken as
    the sound; in any other は is read as OpenJTalk does.

    Args:
        text: Of an utterance.
        language: Code such as "ja" or "en"; None: as a language with spaces.
        to_kana: Whether Japanese is compared by its sound.
    """
    plain = _without_punctuation(normalise(text))
    if language != JAPANESE:
        return plain
    joined = "".join(plain.split())
    if not to_kana:
        return joined
    sound = (
        joined if _is_katakana(joined) else _without_punctuation(spoken_reading(joined).replace(DEVOICED, ""))
    )
    return canonical("".join(sound.split()).translate(TO_KATAKANA))


def _without_punctuation(text: str) -> str:
    """The words, with single spaces where punctuation or symbols stood between them."""
    kept = [
        character if unicodedata.category(character)[0] not in "PS" or _is_inside(text, index) else " "
        for index, character in enumerate(text.replace("’", "'"))
    ]
    return " ".join("".join(kept).split())


def _is_inside(text: str, index: int) -> bool:
    """Whether an apostrophe stands between two letters."""
    around = text[max(0, index - 1)], text[index + 1 : index + 2]
    return text[index].replace("’", "'") in INSIDE_WORDS and all(one.isalpha() for one in around)


def _is_katakana(text: str) -> bool:
    return all(unicodedata.name(one, "").startswith("KATAKANA") for one in text)
