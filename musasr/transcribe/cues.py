"""A transcript into cues: what is shown, from when to when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from musasr.transcribe.line_breaking import break_lines, line_counts
from musasr.transcribe.phrases import Phrase, clean, phrases
from musasr.transcribe.subtitle_rules import Rules, is_full_width, width
from musasr.transcribe.transcript import Segment, Transcript
from musasr.transcribe.word_times import character_times

SENTENCE_ENDS, CLAUSE_ENDS = ".?!。？！…．", ",;:、，；："
CLOSING = "\"'”’」』)）"
# What a cut costs, in cuts: little where a sentence ends, most inside a clause; less by its pause in seconds.
SENTENCE_COST, CLAUSE_COST, OTHER_COST, PAUSE_WEIGHT = 0.0, 0.5, 1.0, 1.0
SHORT_COST = 2.0  # of a cue that is spoken faster than it may be shown
NOTE = "♪"  # around what music sounds like
# Less than a frame of film: nothing that could be read, and what ASS, which counts in hundredths, may lose.
MIN_SHOWN = 0.04


@dataclass(frozen=True)
class Cue:
    """One subtitle.

    Attributes:
        start: Seconds on the container's clock.
        end: Likewise, after ``start`` and not after the next one's start.
        lines: What is shown, from the top.
        speaker: Who says it, where that is known.
    """

    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None


@dataclass(frozen=True)
class _Piece:
    """A phrase with its time."""

    phrase: Phrase
    start: float
    end: float


def make_cues(transcript: Transcript, rules: Rules) -> list[Cue]:
    """The cues of a transcript by the rules, in order, none overlapping another.

    A cue is of one segment. Long segments are cut where they pause longest and where sentences end; a cue is
    shown longer than it is spoken where the rules want it and the time up to the next leaves it room. Music
    between the lines is shown where it begins.
    """
    cues = [
        cue for segment in transcript.segments for cue in _segment_cues(segment, transcript.language, rules)
    ]
    cues = sorted([*cues, *_music_cues(transcript, rules)], key=lambda cue: cue.start)
    starts = [*(cue.start for cue in cues[1:]), math.inf]
    latest = max([transcript.duration, *(cue.end for cue in cues)])
    shown = (_shown(cue, following, rules) for cue, following in zip(cues, starts, strict=False))
    return [replace(cue, end=min(cue.end, latest)) for cue in shown]


def _music_cues(transcript: Transcript, rules: Rules) -> list[Cue]:
    """A cue at the beginning of each stretch of music, on one line."""
    return [
        Cue(one.start, min(one.end, one.start + rules.max_duration), (f"{NOTE} {clean(one.text)} {NOTE}",))
        for one in transcript.music
    ]


@lru_cache(maxsize=16384)  # subtitles are written anew after each chunk of a film
def _segment_cues(segment: Segment, language: str | None, rules: Rules) -> tuple[Cue, ...]:
    """The cues of a segment, from their first to their last word."""
    text = clean(segment.text)
    if not text:
        return ()
    layout = {"max_length": rules.limits(text).max_line_length, "full_width": is_full_width(text)}
    pieces = _pieces(segment, text, phrases(text, language=language, **layout))
    cuts = _cuts(pieces, rules, rules.limits(text).max_chars_per_second, layout)
    groups = _merged(
        [pieces[first:last] for first, last in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]
    )
    latest = max(segment.start, segment.end - MIN_SHOWN)  # words said to begin where their segment ends
    return tuple(
        Cue(
            min(group[0].start, latest),
            group[-1].end,
            break_lines([piece.phrase for piece in group], **layout),
            segment.speaker,
        )
        for group in groups
    )


def _pieces(segment: Segment, text: str, cut: Sequence[Phrase]) -> list[_Piece]:
    starts, ends = character_times(segment, text)
    edges = np.cumsum([0, *(len("".join(phrase.text.split())) for phrase in cut)])
    return [
        _Piece(phrase, float(starts[first]), float(ends[last - 1]))
        for phrase, first, last in zip(cut, edges[:-1], edges[1:], strict=True)
    ]


def _cuts(pieces: list[_Piece], rules: Rules, max_rate: float, layout: dict) -> list[int]:
    """Where to cut pieces into cues: the cheapest way in which each cue keeps the rules."""
    costs, cut_at = [0.0] + [math.inf] * len(pieces), [0] * (len(pieces) + 1)
    cut_costs = [_cut_cost(pieces, place) for place in range(len(pieces) + 1)]
    for first in range(len(pieces)):
        length = 0.0
        for last in range(first + 1, first + 1 + _most(pieces, first, rules, layout)):
            length += width(pieces[last - 1].phrase.text, full_width=layout["full_width"])
            time = pieces[last].start if last < len(pieces) else pieces[-1].end + rules.max_extension
            wanted = max(rules.min_duration, length / max_rate)
            fullness = length / (rules.max_lines * layout["max_length"])
            cost = costs[first] + _cost(time - pieces[first].start, wanted, fullness) + cut_costs[last]
            if cost < costs[last]:
                costs[last], cut_at[last] = cost, first
    cuts, place = [], cut_at[len(pieces)]
    while place > 0:
        cuts.append(place)
        place = cut_at[place]
    return cuts[::-1]


def _most(pieces: list[_Piece], first: int, rules: Rules, layout: dict) -> int:
    """How many pieces from `first` on a cue can hold; one at least."""
    counts = line_counts((piece.phrase for piece in pieces[first:]), **layout)
    for place, lines in enumerate(counts, start=first):
        has_pause = place > first and pieces[place].start - pieces[place - 1].end > rules.max_pause
        is_long = pieces[place].end - pieces[first].start > rules.max_duration
        if place > first and (has_pause or is_long or lines > rules.max_lines):
            return place - first
    return len(pieces) - first


def _cost(seconds: float, wanted: float, fullness: float) -> float:
    """What a cue costs: one, more if it cannot be shown long enough to be read, and more the fuller it is.

    The last keeps the cues of a sentence alike in size: no single word is left to a cue of its own.
    """
    lacking = max(0.0, 1 - max(seconds, 0.0) / wanted) if wanted > 0 else 0.0
    return 1 + SHORT_COST * lacking + fullness**2


def _cut_cost(pieces: list[_Piece], place: int) -> float:
    if place == len(pieces):
        return 0.0
    before, after = pieces[place - 1], pieces[place]
    mark = (before.phrase.text.rstrip(CLOSING) or before.phrase.text)[-1:]
    cost = OTHER_COST
    if mark in SENTENCE_ENDS:
        cost = SENTENCE_COST
    elif mark in CLAUSE_ENDS or before.phrase.space == "\u3000":
        cost = CLAUSE_COST
    return cost - PAUSE_WEIGHT * min(after.start - before.end, 1.0)


def _merged(groups: list[list[_Piece]]) -> list[list[_Piece]]:
    """Join what leaves no time to be shown with its neighbour: a cue too full is better than text lost."""
    kept: list[list[_Piece]] = []
    for group in groups:
        if kept and group[0].start - kept[-1][0].start < MIN_SHOWN:
            kept[-1] = [*kept[-1], *group]
        else:
            kept.append(group)
    while len(kept) > 1 and kept[-1][-1].end - kept[-1][0].start < MIN_SHOWN:
        last = kept.pop()
        kept[-1] = [*kept[-1], *last]
    return kept


def _shown(cue: Cue, following: float, rules: Rules) -> Cue:
    """The cue with the time that it is shown: up to the next, and a gap before it where there is room."""
    text = "".join(cue.lines)
    length = width(text, full_width=is_full_width(text))
    wanted = cue.start + max(rules.min_duration, length / rules.limits(text).max_chars_per_second)
    end = min(max(cue.end, wanted), cue.end + rules.max_extension, cue.start + rules.max_duration)
    room = following - rules.min_gap
    if room - cue.start < rules.min_gap:
        room = following
    return replace(cue, end=max(min(end, room), min(cue.start + MIN_SHOWN, following)))
