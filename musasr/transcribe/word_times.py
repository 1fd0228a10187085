"""When each character of a segment is said, whatever of its words have times."""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

from musasr.transcribe.transcript import Segment


def character_times(segment: Segment, text: str) -> tuple[np.ndarray, np.ndarray]:
    """When each character of a text begins and ends: never running backwards, and inside the segment.

    A word's time is spread evenly over its characters. Characters of words without times, or of no word
    at all, share evenly what lies between those that have them; without any, the whole segment.

    Args:
        segment: Whose words say when.
        text: As it is shown. White space has no time and is left out.

    Returns:
        Starts and ends (characters,), in seconds.
    """
    solid = "".join(text.split())
    starts, ends = np.full(len(solid), np.nan), np.full(len(solid), np.nan)
    heard, heard_starts, heard_ends = _spread(segment)
    for first, second, size in _same(heard, solid):
        starts[second : second + size] = heard_starts[first : first + size]
        ends[second : second + size] = heard_ends[first : first + size]
    _fill(starts, ends, segment)
    # Start and end of each in turn, so that neither steps back before what stands in front of it.
    both = np.maximum.accumulate(np.clip(np.ravel([starts, ends], order="F"), segment.start, segment.end))
    return both[0::2], both[1::2]


def character_confidences(segment: Segment, text: str) -> list[tuple[int, float | None]]:
    """Of each character of a text that is no space: which word it is of, and that word's confidence.

    Characters of no word are of word -1, without a confidence.
    """
    solid = "".join(text.split())
    lengths = (len("".join(word.text.split())) for word in segment.words)
    own = [place for place, length in enumerate(lengths) for _ in range(length)]
    found: list[tuple[int, float | None]] = [(-1, None)] * len(solid)
    for first, second, size in _same(_spread(segment)[0], solid):
        for shift in range(size):
            word = own[first + shift]
            found[second + shift] = word, segment.words[word].confidence
    return found


def character_words(segment: Segment, text: str) -> list[int]:
    """The word of each character of a text that is no space; characters of none are of the one before."""
    found, last = [], 0
    for word, _ in character_confidences(segment, text):
        last = max(last, word)
        found.append(last)
    return found


def _spread(segment: Segment) -> tuple[str, np.ndarray, np.ndarray]:
    """The words' characters with their times; nan where a word has none."""
    texts = ["".join(word.text.split()) for word in segment.words]
    starts, ends = [np.zeros(0)], [np.zeros(0)]
    for word, text in zip(segment.words, texts, strict=True):
        is_timed = word.start is not None and word.end is not None
        edges = (
            np.linspace(word.start, word.end, len(text) + 1) if is_timed else np.full(len(text) + 1, np.nan)
        )
        starts.append(edges[:-1])
        ends.append(edges[1:])
    return "".join(texts), np.concatenate(starts), np.concatenate(ends)


def _same(heard: str, shown: str) -> Sequence[tuple[int, int, int]]:
    """Runs of characters that the words and the text share: place in each, and length."""
    if heard == shown:
        return [(0, 0, len(heard))]
    # Written otherwise: capitals, punctuation, numbers. Characters that fold to several would shift places.
    folded = [[character.lower()[:1] for character in text] for text in (heard, shown)]
    return SequenceMatcher(None, *folded, autojunk=False).get_matching_blocks()


def _fill(starts: np.ndarray, ends: np.ndarray, segment: Segment) -> None:
    """Give characters without times their part of the time between those that have them."""
    is_open = np.isnan(starts) | np.isnan(ends)
    place = 0
    while place < len(starts):
        last = place + 1
        while last < len(starts) and is_open[last] == is_open[place]:
            last += 1
        if is_open[place]:
            before = ends[place - 1] if place else segment.start
            after = starts[last] if last < len(starts) else segment.end
            edges = np.linspace(before, max(before, after), last - place + 1)
            starts[place:last], ends[place:last] = edges[:-1], edges[1:]
        place = last
