"""Sentences of the embedded corpus, drawn from the rules in grammar.yaml."""

import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from musasr.corpora.embedded.speech import lexicon
from musasr.corpora.embedded.speech.lexicon import Lexicon, Word
from musasr.errors import DataError

PAUSE = "、"
HESITATION = "~"
ROOT = "sentence"


@dataclass(frozen=True)
class Sentence:
    """Words in order; `pauses` holds the indices of the words that a pause follows."""

    words: tuple[Word, ...]
    pauses: frozenset[int]

    def text(self, script: str) -> str:
        """The transcript, words separated by spaces.

        Args:
            script: "mixed" (kanji and kana) or "kana" (spoken readings in katakana).
        """
        return " ".join(word.surface if script == "mixed" else word.reading for word in self.words)

    @property
    def spelling(self) -> str:
        """What the synthesiser reads: no spaces, a comma for each pause."""
        marks = (PAUSE if index in self.pauses else "" for index in range(len(self.words)))
        return "".join(word.surface + mark for word, mark in zip(self.words, marks, strict=True))

    @property
    def reading(self) -> str:
        """The katakana of all words, joined."""
        return "".join(word.reading for word in self.words)

    @property
    def num_moras(self) -> int:
        """The number of moras: kana less the small ones that belong to the kana before."""
        return sum(kana not in "ァィゥェォャュョ" for kana in self.reading)


@dataclass(frozen=True)
class Symbol:
    """One place in a rule: a name, and the probability that it is there."""

    name: str
    probability: float


@dataclass(frozen=True)
class Rule:
    """The alternatives of one name, with their weights."""

    weights: tuple[float, ...]
    alternatives: tuple[tuple[Symbol, ...], ...]


class Grammar:
    """Draws sentences; the same generator state gives the same sentence."""

    def __init__(self, source: dict[str, list[str]], words: Lexicon):
        """Read the rules.

        Args:
            source: The parsed grammar.yaml, rule name -> "weight| symbols" alternatives.
            words: The lexicon whose categories and words the rules name.

        Raises:
            DataError: If an alternative is malformed or names an unknown word.
        """
        self._rules = {name: parse_rule(name, lines) for name, lines in source.items()}
        self._lexicon = words
        names = {s.name for rule in self._rules.values() for symbols in rule.alternatives for s in symbols}
        for name in names - self._rules.keys() - words.categories.keys() - {PAUSE, HESITATION}:
            words.word(name)

    def draw(self, rng: random.Random, filler_rate: float) -> Sentence:
        """One sentence.

        Args:
            rng: The generator that decides everything.
            filler_rate: Probability of a filler (えー ...) at each place where the rules allow one.
        """
        leaves: list[Word | None] = []
        self._expand(ROOT, rng, filler_rate, leaves)
        words: list[Word] = []
        pauses = set()
        for leaf in leaves:
            if leaf is not None:
                words.append(leaf)
            elif words:
                pauses.add(len(words) - 1)
        return Sentence(tuple(words), frozenset(pauses - {len(words) - 1}))

    def _expand(self, name: str, rng: random.Random, filler_rate: float, leaves: list[Word | None]) -> None:
        if name in self._rules:
            rule = self._rules[name]
            for symbol in rng.choices(rule.alternatives, rule.weights)[0]:
                if symbol.probability == 1.0 or rng.random() < symbol.probability:
                    self._expand(symbol.name, rng, filler_rate, leaves)
        elif name == PAUSE:
            leaves.append(None)
        elif name == HESITATION:
            if rng.random() < filler_rate:
                leaves += [*rng.choice(self._lexicon.categories["filler"]), None]
        elif name in self._lexicon.categories:
            leaves += rng.choice(self._lexicon.categories[name])
        else:
            leaves.append(self._lexicon.word(name))


def parse_rule(name: str, lines: list[str]) -> Rule:
    """Weights and symbols of a rule's "weight| symbols" lines."""
    weights, alternatives = [], []
    for line in lines:
        weight, bar, symbols = str(line).partition("|")
        if not bar or not symbols.split():
            raise DataError(
                f"malformed alternative '{line}' of '{name}'",
                where="grammar.yaml",
                mend="write weight| symbols",
            )
        weights.append(float(weight))
        alternatives.append(tuple(parse_symbol(text) for text in symbols.split()))
    return Rule(tuple(weights), tuple(alternatives))


def parse_symbol(text: str) -> Symbol:
    """`name` (always there) or `name?40` (there with probability 0.4)."""
    name, mark, percent = text.partition("?")
    return Symbol(name, float(percent) / 100 if mark else 1.0)


@cache
def load() -> Grammar:
    """The grammar inside the package, over the lexicon inside the package."""
    text = files(__package__).joinpath("grammar.yaml").read_text(encoding="utf-8")
    return Grammar(yaml.safe_load(text), lexicon.load())
