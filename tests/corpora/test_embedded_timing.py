"""Word times of synthesised speech, against what can be heard and counted without them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from musasr.corpora.embedded.speech import planning, synthesis, timing
from musasr.corpora.embedded.speech.grammar import Word
from musasr.corpora.embedded.speech.planning import Style
from musasr.corpora.embedded.speech.voices import make_voice
from musasr.errors import DataError, StateError

STYLE = Style(0.15, 0.08, 1.0, -26.0, 3.0, -95.0, (0.1, 0.3))


def planned(index: int, sampling_rate: int = 16000):
    line = planning.plan_manner(f"q{index}", make_voice(15 + index % 2), index, STYLE, sampling_rate)
    sentence = planning.plan_sentence(f"q{index}", line, STYLE, set())
    return replace(line, spelling=sentence.spelling), sentence


def test_the_durations_add_up_to_the_synthesised_audio_at_any_speed():
    line, _ = planned(0)
    for speed in (0.8, 1.0, 1.3):
        spoken = synthesis.speak(replace(line, speed=speed))
        (*_, (_, _, end)) = timing.phoneme_times(replace(line, speed=speed))
        assert end == pytest.approx(len(spoken) / 16000, abs=1e-9)


@pytest.mark.slow
def test_words_are_where_the_sound_is():
    """Sounding frames begin and end with the first and the last word, and at a pause with its neighbours."""
    begins, ends = [], []
    for index in range(12):
        line, sentence = planned(index)
        samples, times = timing.synthesise_timed(line, sentence.words)
        np.testing.assert_array_equal(samples, synthesis.synthesise(line))
        sounding = np.flatnonzero(synthesis.activity(samples, 16000)) / 100
        begins.append(times[0][0] - sounding[0])
        ends.append(times[-1][1] - sounding[-1] - 0.01)
        for pause in sentence.pauses:
            end, begin = times[pause][1], times[pause + 1][0]
            middle = (end + begin) / 2
            ends.append(end - sounding[sounding < middle][-1] - 0.01)
            begins.append(begin - sounding[sounding > middle][0])
        assert all(start < end for start, end in times)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(times))
    # A closure or a dying vowel is quieter than what counts as sounding, and belongs to its word.
    assert abs(np.median(begins)) < 0.06
    assert abs(np.median(ends)) < 0.11
    assert np.abs([*begins, *ends]).max() < 0.25


def test_words_share_out_the_moras_by_hand():
    names = ["sil", "ky", "o", "o", "pau", "g", "a", "cl", "k", "o", "o", "N", "sil"]
    phonemes = [(name, float(index), index + 1.0) for index, name in enumerate(names)]
    words = [Word("今日", "キョー"), Word("が", "ガ"), Word("っこう", "ッコー"), Word("ん", "ン")]
    assert timing.word_times(phonemes, words) == [(1.0, 4.0), (5.0, 7.0), (7.0, 11.0), (11.0, 12.0)]


def test_other_words_than_are_spoken_are_refused():
    with pytest.raises(DataError, match=r"u1: the words have 2 moras, and 1 are spoken; give the words' rea"):
        timing.word_times([("k", 0.0, 0.1), ("a", 0.1, 0.2)], [Word("かき", "カキ")], where="u1")


def test_a_file_that_is_no_voice_is_refused(tmp_path, capfd):
    (tmp_path / "x.htsvoice").write_bytes(b"no voice")
    with pytest.raises(StateError, match=r"x\.htsvoice: is no voice that HTS_Engine reads"):
        timing.DurationModel(tmp_path / "x.htsvoice")
    capfd.readouterr()
