"""How well a whole recording is transcribed: speech found or missed, and words at the right time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

FRAME_SECONDS = 0.01
LEAST_OVERLAP = 0.5  # of two segments' union: above it, a segment matches at most one of the other side


class Timed(Protocol):
    """What lasts from `start` to `end`, in seconds."""

    start: float
    end: float


class TimedWord(Protocol):
    """A word that is spoken from `start` to `end`, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Found:
    """Two shares: of what was said to be there, how much is; of what is there, how much was said to be.

    Attributes:
        precision: 0 to 1; None where nothing was said to be there.
        recall: 0 to 1; None where nothing is there.
    """

    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class TimingError:
    """|time - true time| of words that were recognised right, in seconds; None without any.

    Attributes:
        num_words: How many there are.
        start_median: Of their starts.
        start_p95: 95th percentile of their starts.
        end_median: Of their ends.
        end_p95: 95th percentile of their ends.
    """

    num_words: int
    start_median: float | None
    start_p95: float | None
    end_median: float | None
    end_p95: float | None


def active_frames(segments: Sequence[Timed], duration: float) -> np.ndarray:
    """Whether the middle of each 10 ms frame of a recording lies in a segment, (L,) bool.

    Args:
        segments: In any order; they may overlap.
        duration: Of the recording, seconds.
    """
    active = np.zeros(max(0, round(duration / FRAME_SECONDS)), bool)
    for segment in segments:
        first, last = (max(0, round(time / FRAME_SECONDS)) for time in (segment.start, segment.end))
        active[first:last] = True
    return active


def found_frames(*, reference: Sequence[Timed], hypothesis: Sequence[Timed], duration: float) -> Found:
    """Precision and recall of speech against no speech, a frame of 10 ms each.

    Args:
        reference: Where there is speech.
        hypothesis: Where speech was found.
        duration: Of the recording, seconds.
    """
    true, claimed = (active_frames(segments, duration) for segments in (reference, hypothesis))
    both = int((true & claimed).sum())
    return Found(_share(both, int(claimed.sum())), _share(both, int(true.sum())))


def found_segments(*, reference: Sequence[Timed], hypothesis: Sequence[Timed]) -> Found:
    """Precision and recall of whole segments.

    Two segments match where more than half of their union is in both: so each matches one at most, as long
    as the segments of one side do not overlap.
    """
    matched = sum(any(_overlap(one, other) > LEAST_OVERLAP for other in reference) for one in hypothesis)
    return Found(_share(matched, len(hypothesis)), _share(matched, len(reference)))


def matched_words[Word: TimedWord](
    *, reference: Sequence[Word], hypothesis: Sequence[Word]
) -> list[tuple[Word, Word]]:
    """(reference, hypothesis) of the words that the alignment with the fewest errors takes for the same.

    Args:
        reference: The true words, without white space inside.
        hypothesis: The recognised ones, likewise.
    """
    import jiwer

    if not reference or not hypothesis:
        return []
    texts = (" ".join(word.text for word in words) for words in (reference, hypothesis))
    aligned = jiwer.process_words(*texts)
    return [
        (reference[chunk.ref_start_idx + index], hypothesis[chunk.hyp_start_idx + index])
        for chunk in aligned.alignments[0]
        if chunk.type == "equal"
        for index in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]


def timing_error(pairs: Sequence[tuple[TimedWord, TimedWord]]) -> TimingError:
    """Median and 95th percentile of how far words begin and end from where they truly do.

    Args:
        pairs: (reference, hypothesis) each, such as `matched_words` finds.
    """
    if not pairs:
        return TimingError(0, None, None, None, None)
    starts = np.abs([hypothesis.start - reference.start for reference, hypothesis in pairs])
    ends = np.abs([hypothesis.end - reference.end for reference, hypothesis in pairs])
    figures = [float(np.percentile(errors, percent)) for errors in (starts, ends) for percent in (50, 95)]
    return TimingError(len(pairs), *figures)


def _overlap(one: Timed, other: Timed) -> float:
    """Intersection over union of two segments."""
    both = max(0.0, min(one.end, other.end) - max(one.start, other.start))
    return both / max(1e-9, one.end - one.start + other.end - other.start - both)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
