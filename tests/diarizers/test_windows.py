"""Windows of speech, and labelled windows as turns."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.diarizers.windows import cut, turns_of, windows_of
from musasr.kaldi.rttm import Turn


def test_windows_begin_a_shift_apart_and_the_last_ends_with_its_span():
    windows = windows_of([(0.0, 2.3), (5.0, 5.4)], seconds=1.0, shift=0.5)
    assert windows == [(0, 1), (0.5, 1.5), (1, 2), (pytest.approx(1.3), 2.3), (5.0, 5.4)]


@given(st.floats(0.01, 20), st.floats(0.2, 3), st.floats(0.05, 1))
def test_windows_cover_their_span_and_no_more(length, seconds, fraction):
    windows = windows_of([(1.0, 1.0 + length)], seconds=seconds, shift=fraction * seconds)
    assert windows[0][0] == 1.0
    assert windows[-1][1] == pytest.approx(1.0 + length)
    for (_, end), (start, _) in pairwise(windows):
        assert start <= end + 1e-5


def test_windows_of_one_speaker_are_one_turn_and_an_overlap_is_cut_at_its_middle():
    windows = [(0, 1), (0.5, 1.5), (1, 2), (3, 4), (4, 5)]
    assert turns_of(windows, [7, 7, 2, 2, 7]) == [
        Turn(0, 1.25, "1"),
        Turn(1.25, 2, "2"),
        Turn(3, 4, "2"),
        Turn(4, 5, "1"),
    ]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_turns_fill_exactly_what_the_windows_cover(labels):
    windows = windows_of([(0.0, 1.0 + 0.25 * (len(labels) - 1))], seconds=1.0, shift=0.25)
    turns = turns_of(windows, labels)
    assert sum(turn.duration for turn in turns) == pytest.approx(windows[-1][1])
    assert all(one.end <= other.start for one, other in pairwise(turns))
    assert len(turns) == 1 + sum(one != other for one, other in pairwise(labels))


def test_a_short_window_is_repeated_until_it_is_as_long():
    samples = np.arange(100, dtype=np.float32)
    rows = cut(samples, [(0.0, 0.5), (0.9, 0.93)], seconds=0.5, sampling_rate=100)
    assert rows[0].tolist() == list(range(50))
    assert rows[1].tolist() == ([90, 91, 92] * 17)[:50]
