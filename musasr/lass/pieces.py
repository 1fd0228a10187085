"""The pieces of a WordPiece vocabulary, learnt from words: the same ones in every run.

The trainer of the library `tokenizers` takes ties as they come out of its hash tables, others each time.
"""

import string
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

INSIDE = "##"  # before a piece that does not begin a word


def learn_pieces(words: Mapping[str, int], *, number: int) -> list[str]:
    """So many pieces at most: letters and figures, then what stands beside each other most often, joined.

    Args:
        words: How often each stands in the text.
        number: Of pieces; letters and figures are there in any case.
    """
    letters = sorted({*string.ascii_lowercase, *string.digits, *"".join(words)})
    pieces = [*letters, *(INSIDE + letter for letter in letters)]
    splits = {word: [word[0], *(INSIDE + letter for letter in word[1:])] for word in words}
    while len(pieces) < number:
        pairs = Counter[tuple[str, str]]()
        for word, split in splits.items():
            for pair in pairwise(split):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        joined = best[0] + best[1].removeprefix(INSIDE)
        if joined not in pieces:
            pieces.append(joined)
        splits = {word: _join(split, best, joined) for word, split in splits.items()}
    return pieces


def _join(split: Sequence[str], pair: tuple[str, str], joined: str) -> list[str]:
    """A word's pieces with each such pair as one."""
    result: list[str] = []
    for piece in split:
        if result and (result[-1], piece) == pair:
            result[-1] = joined
        else:
            result.append(piece)
    return result
