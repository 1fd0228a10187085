"""The words of the embedded corpus: surface, spoken reading, and the forms of verbs and adjectives."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from musasr.errors import DataError

GODAN = {
    "う": ("いイ", "っッ", "わワ", "て"),
    "く": ("きキ", "いイ", "かカ", "て"),
    "ぐ": ("ぎギ", "いイ", "がガ", "で"),
    "す": ("しシ", "しシ", "さサ", "て"),
    "つ": ("ちチ", "っッ", "たタ", "て"),
    "ぶ": ("びビ", "んン", "ばバ", "で"),
    "む": ("みミ", "んン", "まマ", "で"),
    "る": ("りリ", "っッ", "らラ", "て"),
}
KATAKANA = {"て": "テ", "で": "デ", "た": "タ", "だ": "ダ"}
GEMINATES = {"一": "イッ", "六": "ロッ", "八": "ハッ", "十": "ジュッ"}
GEMINATE_NUMERALS = {"k": "一六十", "s": "一八十"}


@dataclass(frozen=True)
class Word:
    """One short-unit word: how it is written, and how it is spoken (katakana; the particle は is ワ)."""

    surface: str
    reading: str


Phrase = tuple[Word, ...]


class Lexicon:
    """Categories of phrases (`noun`, `vt.te` ...), and every single word by its surface."""

    def __init__(self, source: dict):
        """Build all forms.

        Args:
            source: The parsed lexicon.yaml.

        Raises:
            DataError: If an entry is malformed, or one surface is given two readings.
        """
        self.categories: dict[str, tuple[Phrase, ...]] = {}
        self._words: dict[str, Word] = {}
        for category, fields in source["categories"].items():
            for text in fields.values() if isinstance(fields, dict) else [fields]:
                self._add(category, entries(text))
        for category, text in source["verbs"].items():
            self._add_verbs(category, text)
        self._add_adjectives(entries(source["i_adjectives"]))
        self._add_counted(source["counters"])
        self._check_readings()

    def word(self, surface: str) -> Word:
        """The word of a surface.

        Raises:
            DataError: If the lexicon has no such word.
        """
        if surface not in self._words:
            raise DataError(f"unknown word '{surface}'", where="grammar.yaml", mend="add it to lexicon.yaml")
        return self._words[surface]

    @property
    def num_words(self) -> int:
        """The number of distinct surfaces."""
        return len(self._words)

    def _add(self, category: str, phrases: list[Phrase]) -> None:
        self.categories[category] = (*self.categories.get(category, ()), *phrases)

    def _add_verbs(self, name: str, text: str) -> None:
        for item in text.split():
            surface, reading, inflection = item.split("/")
            for form, phrase in conjugate(Word(surface, reading), inflection).items():
                self._add(f"{name}.{form}", [phrase])

    def _add_adjectives(self, words: list[Phrase]) -> None:
        self._add("adj.i", words)
        self._add(
            "adj.ku", [(Word(word.surface[:-1] + "く", word.reading[:-1] + "ク"),) for (word,) in words]
        )

    def _add_counted(self, counters: dict[str, str]) -> None:
        digits = [numeral for (numeral,) in self.categories["numeral"]]
        for kind, text in counters.items():
            for (counter,) in entries(text):
                self._add("counted", [(*number, counter) for number in counts(digits, kind)])

    def _check_readings(self) -> None:
        phrases = [p for category, group in self.categories.items() if category != "counted" for p in group]
        # Numerals are exempt: before a counter 一 may be イッ.
        counters = [phrase[-1:] for phrase in self.categories["counted"]]
        for word in (word for phrase in phrases + counters for word in phrase):
            known = self._words.setdefault(word.surface, word)
            if known != word:
                readings = f"{known.reading} and {word.reading}"
                raise DataError(f"'{word.surface}' has two readings, {readings}", where="lexicon.yaml")


def entries(text: str) -> list[Phrase]:
    """Phrases of a line of `surface/reading` items; `+` joins the words of one phrase."""
    phrases = []
    for item in text.split():
        surfaces, _, readings = item.partition("/")
        pairs = list(zip(surfaces.split("+"), readings.split("+"), strict=False))
        is_matched = surfaces.count("+") == readings.count("+")
        if not is_matched or not all(surface and reading for surface, reading in pairs):
            raise DataError(f"malformed entry '{item}'", where="lexicon.yaml", mend="write surface/reading")
        phrases.append(tuple(Word(surface, reading) for surface, reading in pairs))
    return phrases


def conjugate(verb: Word, inflection: str) -> dict[str, Phrase]:
    """Forms of a verb: `dict`, `masu` (stem before ます), `nai` (before ない), `te` and `ta` (two words).

    Raises:
        DataError: If the inflection is neither godan nor ichidan.
    """
    if inflection == "ichidan":
        stem = Word(verb.surface[:-1], verb.reading[:-1])
        masu = sound = nai = stem
        te, ta = "て", "た"
    elif inflection == "godan":
        *endings, te = GODAN[verb.surface[-1]]
        stem, sounds = verb.surface[:-1], verb.reading[:-1]
        masu, sound, nai = (Word(stem + kana[0], sounds + kana[1]) for kana in endings)
        ta = "だ" if te == "で" else "た"
    else:
        raise DataError(f"unknown inflection '{inflection}' of '{verb.surface}'", where="lexicon.yaml")
    forms = {"dict": (verb,), "masu": (masu,), "nai": (nai,)}
    return forms | {"te": (sound, Word(te, KATAKANA[te])), "ta": (sound, Word(ta, KATAKANA[ta]))}


def counts(digits: list[Word], kind: str) -> list[Phrase]:
    """Numbers 1 to 99 before a counter of a sound class, the last numeral doubled where it is spoken so."""
    ten, numbers = digits[9], [(digit,) for digit in digits]
    numbers += [(ten, digit) for digit in digits[:9]]
    units = [(), *((digit,) for digit in digits[:9])]
    numbers += [(tens, ten, *unit) for tens in digits[1:9] for unit in units]
    return [(*number[:-1], before_counter(number[-1], kind)) for number in numbers]


def before_counter(numeral: Word, kind: str) -> Word:
    """The numeral as it is spoken before a counter of a sound class (plain, k, s)."""
    if numeral.surface in GEMINATE_NUMERALS.get(kind, ""):
        return Word(numeral.surface, GEMINATES[numeral.surface])
    return numeral


@cache
def load() -> Lexicon:
    """The lexicon inside the package."""
    text = files(__package__).joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return Lexicon(yaml.safe_load(text))
