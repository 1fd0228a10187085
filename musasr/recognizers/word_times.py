"""From units and their frames to words with times and confidences."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from musasr.recognizers.alignment import Span
from musasr.recognizers.reader import Word

# Where CTC is silent between two words, how far it may spread a word beyond its own frames, seconds: a unit
# is emitted in a frame or two, and spoken for longer.
STRETCH = 0.12
# Of such a gap between two words, what the later one may have at most: CTC emits units late.
LATER_FRACTION = 0.7
# First words of Unicode's names of characters in scripts that are written without spaces.
UNSPACED_SCRIPTS = ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK", "THAI", "LAO", "KHMER", "MYANMAR")


class Spelling(Protocol):
    """How unit ids are spelt; `musasr.text.Units` is one."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, without white space around it."""
        ...

    def begins_word(self, unit: int) -> bool:
        """Whether this unit begins a word, or is the space before one."""
        ...


def timed_words(
    ids: Sequence[int], spans: Sequence[Span], spelling: Spelling, *, frame_seconds: float, duration: float
) -> tuple[Word, ...]:
    """The words of a sequence of units, timed by the units' frames.

    Frame l stands for the time around l * frame_seconds, half a frame to either side. A word lasts from its
    first unit's frames to its last's, and then up to `STRETCH` on either side into frames that are no unit's,
    which `LATER_FRACTION` shares out between neighbours. Its confidence is the mean of its
    units' probabilities. In a text without spaces, such as Japanese as most models write it, each unit is a
    word (several, where one alone is no whole character).

    Args:
        ids: Unit ids (U,).
        spans: Frames of each.
        spelling: What spells them.
        frame_seconds: From one frame to the next.
        duration: Of the waveform, seconds: no word ends behind it.
    """
    centred = [Span(span.start - 0.5, span.end - 0.5, span.probability) for span in spans]
    words = words_of_spans(ids, centred, spelling, frame_seconds=frame_seconds)
    times = stretched([(word.start, word.end) for word in words], duration)
    return tuple(replace(word, start=start, end=end) for word, (start, end) in zip(words, times, strict=True))


def words_of_spans(
    ids: Sequence[int], spans: Sequence[Span], spelling: Spelling, *, frame_seconds: float
) -> tuple[Word, ...]:
    """The words of a sequence of units, from their units' frames: see `timed_words`."""
    words = []
    for group in _groups(ids, spelling):
        text = spelling.decode([ids[index] for index in group])
        if text:
            start, end = spans[group[0]].start * frame_seconds, spans[group[-1]].end * frame_seconds
            words.append(Word(text, start, end, _mean([spans[index].probability for index in group])))
    return tuple(words)


def stretched(times: Sequence[tuple[float, float]], duration: float) -> list[tuple[float, float]]:
    """Starts and ends in order and inside the waveform, spread by up to `STRETCH` into the gaps."""
    inside = [(min(max(start, 0.0), duration), min(end, duration)) for start, end in times]
    before = [0.0, *(end for _, end in inside)]
    behind = [*(start for start, _ in inside[1:]), duration]
    results = []
    for index, (start, end) in enumerate(inside):
        is_first, is_last = index == 0, index == len(inside) - 1
        room_before = max(0.0, start - before[index]) * (1.0 if is_first else LATER_FRACTION)
        room_behind = max(0.0, behind[index] - end) * (1.0 if is_last else 1.0 - LATER_FRACTION)
        results.append((start - min(STRETCH, room_before), end + min(STRETCH, room_behind)))
    return results


def ordered(words: Sequence[Word], duration: float) -> tuple[Word, ...]:
    """The words with their times in order and inside a waveform of so many seconds."""
    results, last = [], 0.0
    for word in words:
        if word.start is None or word.end is None:
            results.append(word)
            continue
        start = min(max(word.start, last), duration)
        last = min(max(word.end, start), duration)
        results.append(replace(word, start=start, end=last))
    return tuple(results)


def is_unspaced(text: str) -> bool:
    """Whether a text is in a script that sets no spaces between words, and has none."""
    letters = [character for character in text if character.isalpha()]
    if not letters or " " in text.strip():
        return False
    unspaced = [unicodedata.name(one, "").split(" ")[0] in UNSPACED_SCRIPTS for one in letters]
    return 2 * sum(unspaced) > len(letters)


def _groups(ids: Sequence[int], spelling: Spelling) -> list[list[int]]:
    """Places in ``ids`` of the units of each word."""
    if is_unspaced(spelling.decode(ids)):
        return _whole_characters(ids, spelling)
    groups: list[list[int]] = []
    for index, unit in enumerate(ids):
        if not groups or spelling.begins_word(unit):
            groups.append([])
        groups[-1].append(index)
    return groups


def _whole_characters(ids: Sequence[int], spelling: Spelling) -> list[list[int]]:
    """Places of the units of each smallest part of a text that is spelt without a broken character."""
    groups: list[list[int]] = []
    is_whole = True
    for index in range(len(ids)):
        if is_whole:
            groups.append([])
        groups[-1].append(index)
        is_whole = "�" not in spelling.decode([ids[one] for one in groups[-1]])
    return groups


def _mean(probabilities: Sequence[float | None]) -> float | None:
    if any(one is None for one in probabilities):
        return None
    return sum(probabilities) / len(probabilities)
