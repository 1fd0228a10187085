"""Batches of the test set: everything once, like lengths together, never more audio than allowed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.errors import DataError, StateError
from musasr.kaldi import Piece, Utterance, write_music_dir
from musasr.mixing.testset import TestSet, test_libraries

RATE = 4000


def test_set_of(lengths):
    utterances = [
        Utterance(f"u{index}", "s", "a", Path("none.wav"), num_samples=length)
        for index, length in enumerate(lengths)
    ]
    return TestSet(utterances, plan={}, libraries={}, sampling_rate=RATE)


test_set_of.__test__ = False

LENGTHS = st.lists(st.integers(1, 5000), min_size=1, max_size=30)


@given(lengths=LENGTHS, seconds=st.floats(0.001, 20))
def test_every_utterance_is_in_one_batch_the_longest_first(lengths, seconds):
    batches = list(test_set_of(lengths).batches(seconds=seconds))
    found = [utterance for batch in batches for utterance in batch]
    assert sorted(one.utterance_id for one in found) == sorted(f"u{index}" for index in range(len(lengths)))
    assert [one.num_samples for one in found] == sorted(lengths, reverse=True)


@given(lengths=LENGTHS, seconds=st.floats(0.001, 20))
def test_a_batch_holds_as_much_as_is_allowed_and_no_more_unless_it_is_one_utterance(lengths, seconds):
    limit = seconds * RATE
    batches = list(test_set_of(lengths).batches(seconds=seconds))
    for batch, following in zip(batches, [*batches[1:], None], strict=True):
        padded = batch[0].num_samples * len(batch)
        assert padded <= limit or len(batch) == 1
        if following is not None:  # one more would not have gone in
            assert padded + batch[0].num_samples > limit


@given(lengths=LENGTHS, seconds=st.floats(0.001, 20), random=st.randoms())
def test_the_order_of_the_utterances_does_not_matter(lengths, seconds, random):
    test = test_set_of(lengths)
    expected = list(test.batches(seconds=seconds))
    random.shuffle(test.utterances)
    assert list(test.batches(seconds=seconds)) == expected


def test_a_mixture_that_is_not_planned_is_named(tmp_path):
    from musasr import audio

    audio.write(tmp_path / "a.wav", [0.1, -0.1], RATE)
    utterance = Utterance("a-1", "a", "x", tmp_path / "a.wav", num_samples=2)
    test = TestSet([utterance], plan={}, libraries={}, sampling_rate=RATE)
    with pytest.raises(StateError, match="the plan of test mixtures has no anime_0 of a-1"):
        test.mixture(utterance, "anime_0", is_clean=False)
    clean = test.mixture(utterance, "clean", is_clean=True)
    assert clean.mixture.tolist() == clean.speech.tolist() == pytest.approx([0.1, -0.1], abs=1e-4)
    assert not clean.music.any()


def test_a_genre_without_music_is_named_with_those_that_there_are(tmp_path):
    (tmp_path / "song.wav").write_bytes(b"not opened")
    write_music_dir(tmp_path / "music", [Piece("song", tmp_path / "song.wav", 3.0, "jazz")])
    with pytest.raises(DataError, match=r"no test music of genre 'rock' \(there is: jazz\)"):
        test_libraries(tmp_path / "music", ["jazz", "rock"], sampling_rate=RATE, crossfade_seconds=0.1)
