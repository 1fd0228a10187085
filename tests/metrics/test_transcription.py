"""Figures of whole recordings, against values worked by hand."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.metrics.transcription import (
    FRAME_SECONDS,
    Found,
    active_frames,
    found_frames,
    found_segments,
    matched_words,
    timing_error,
)


@dataclass(frozen=True)
class Timed:
    start: float
    end: float
    text: str = ""


def words(text: str, *starts: float) -> list[Timed]:
    """Words that last 0.2 s each."""
    return [Timed(start, start + 0.2, word) for word, start in zip(text.split(), starts, strict=True)]


def test_frames_by_hand():
    """Speech 1 to 3 s, found 2 to 4 s and 5 to 5.5 s: 1 of 2.5 s is right, 1 of 2 s is found."""
    found = found_frames(
        reference=[Timed(1.0, 3.0)], hypothesis=[Timed(2.0, 4.0), Timed(5.0, 5.5)], duration=10.0
    )
    assert found == Found(precision=0.4, recall=0.5)


def test_overlapping_segments_count_once_and_nothing_beyond_the_recording():
    frames = active_frames([Timed(-0.5, 0.03), Timed(0.02, 0.04), Timed(0.08, 9.0)], 0.1)
    np.testing.assert_array_equal(frames, [1, 1, 1, 1, 0, 0, 0, 0, 1, 1])


def test_where_there_is_nothing_there_is_no_share():
    assert found_frames(reference=[], hypothesis=[Timed(0, 1)], duration=2.0) == Found(0.0, None)
    assert found_frames(reference=[Timed(0, 1)], hypothesis=[], duration=2.0) == Found(None, 0.0)
    assert found_segments(reference=[], hypothesis=[]) == Found(None, None)


def test_segments_by_hand():
    """Overlaps of the unions: 2 / 3, then 1 / 2, which is not more than half, then two that were joined."""
    reference = [Timed(0, 3), Timed(10, 12), Timed(20, 21), Timed(21.5, 22.5)]
    hypothesis = [Timed(1, 3), Timed(11, 12), Timed(20, 22.5)]
    assert found_segments(reference=reference, hypothesis=hypothesis) == Found(1 / 3, 1 / 4)


def test_words_are_matched_by_the_alignment_with_the_fewest_errors():
    reference = words("a b c d", 0.0, 1.0, 2.0, 3.0)
    hypothesis = words("b c e d", 1.1, 2.3, 2.6, 3.0)
    pairs = matched_words(reference=reference, hypothesis=hypothesis)
    assert [one.text for one, _ in pairs] == ["b", "c", "d"]
    assert all(one.text == other.text for one, other in pairs)
    assert matched_words(reference=reference, hypothesis=[]) == []
    assert matched_words(reference=[], hypothesis=hypothesis) == []


def test_timing_errors_by_hand():
    """Starts are off by 0, 0.1 and 0.4 s, ends by 0.1, 0.2 and 0.3 s."""
    pairs = [
        (Timed(1.0, 2.0), Timed(1.0, 2.1)),
        (Timed(3.0, 4.0), Timed(2.9, 4.2)),
        (Timed(5.0, 6.0), Timed(5.4, 5.7)),
    ]
    found = timing_error(pairs)
    assert found.num_words == 3
    assert (found.start_median, found.end_median) == pytest.approx((0.1, 0.2))
    # 95 % between the second and the third: 1.9 of 2 steps.
    assert (found.start_p95, found.end_p95) == pytest.approx((0.1 + 0.9 * 0.3, 0.2 + 0.9 * 0.1))
    assert timing_error([]).start_median is None


spans = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 100)).map(
        lambda pair: Timed(pair[0] * FRAME_SECONDS, sum(pair) * FRAME_SECONDS)
    ),
    max_size=8,
)


@given(spans, spans)
def test_frames_against_sets(reference, hypothesis):
    def frames(segments):
        return {
            index
            for one in segments
            for index in range(round(one.start / FRAME_SECONDS), round(one.end / FRAME_SECONDS))
        }

    true, claimed = frames(reference), frames(hypothesis)
    found = found_frames(reference=reference, hypothesis=hypothesis, duration=7.0)
    assert found.recall == (len(true & claimed) / len(true) if true else None)
    assert found.precision == (len(true & claimed) / len(claimed) if claimed else None)
