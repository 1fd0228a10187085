"""What is said: words that no language has, made of syllables that many have, and numbers."""

import random

from musasr.corpora.embedded.voices.speakers import LATIN

ONSETS = (
    *("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "br", "cr"),
    *("dr", "fl", "gr", "pl", "pr", "sl", "sp", "st", "tr", "th", "sh", "ch", "", "", ""),
)
NUCLEI = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ei", "ou", "au", "ea", "ie")
CODAS = ("", "", "", "n", "r", "s", "l", "t", "m", "nd", "st", "k")
SYLLABLES = (1, 1, 2, 2, 2, 3)
WORDS = (5, 12)
NUMBERS, PAUSES = 0.15, 0.15  # how many of the words are numbers, and how many end in a mark


def draw_text(rng: random.Random, language: str) -> str:
    """A sentence for a language: numbers alone where its script is not Latin."""
    words = []
    for _ in range(rng.randint(*WORDS)):
        is_number = language not in LATIN or rng.random() < NUMBERS
        word = str(rng.randrange(10 ** rng.randint(1, 4))) if is_number else _word(rng)
        words.append(word + (rng.choice(",,,?!.") if rng.random() < PAUSES else ""))
    return " ".join(words) + rng.choice(".?!")


def _word(rng: random.Random) -> str:
    parts = (ONSETS, NUCLEI, CODAS)
    return "".join("".join(map(rng.choice, parts)) for _ in range(rng.choice(SYLLABLES)))
