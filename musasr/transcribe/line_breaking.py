"""Phrases into lines that are as few and as even as the limit allows."""

import math
from collections.abc import Iterable, Iterator, Sequence

from musasr.transcribe.phrases import Phrase
from musasr.transcribe.subtitle_rules import width


def line_counts(phrases: Iterable[Phrase], *, max_length: float, full_width: bool) -> Iterator[int]:
    """How many lines the first phrase needs at least, the first two, and so on.

    A phrase that is longer than a line has it to itself.
    """
    lines, length, space = 0, math.inf, 0.0
    for phrase in phrases:
        own = width(phrase.text, full_width=full_width)
        if length + space + own > max_length:
            lines, length = lines + 1, own
        else:
            length += space + own
        space = width(phrase.space, full_width=full_width)
        yield lines


def break_lines(phrases: Sequence[Phrase], *, max_length: float, full_width: bool) -> tuple[str, ...]:
    """Lay phrases out on the fewest lines, and of all ways to do so on the most even ones.

    Returns:
        The lines; all text but the spaces at their ends. Only a line of a single phrase is ever longer than
        ``max_length``.
    """
    *_, lines = line_counts(phrases, max_length=max_length, full_width=full_width)
    if lines == 1:
        return (joined(phrases),)
    # best[n][end]: the least uneven way to lay `end` phrases out on n lines, and where its last line begins.
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(lines):
        found: dict[int, tuple[float, int]] = {}
        for start, (cost, _) in best[-1].items():
            for end in range(start + 1, len(phrases) + 1):
                length = width(joined(phrases[start:end]), full_width=full_width)
                if length > max_length and end > start + 1:
                    break
                total = cost + length**2
                if end not in found or total < found[end][0]:
                    found[end] = (total, start)
        best.append(found)
    return _traced(phrases, best)


def joined(phrases: Sequence[Phrase]) -> str:
    """Phrases on one line."""
    return "".join(phrase.text + phrase.space for phrase in phrases[:-1]) + phrases[-1].text


def _traced(phrases: Sequence[Phrase], best: list[dict[int, tuple[float, int]]]) -> tuple[str, ...]:
    lines, end = [], len(phrases)
    for found in reversed(best[1:]):
        start = found[end][1]
        lines.append(joined(phrases[start:end]))
        end = start
    return tuple(reversed(lines))
