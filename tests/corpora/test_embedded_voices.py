"""Speech in many languages and voices: the same bytes whatever was made before, and no voice like another."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from musasr.corpora.embedded.voices.espeak import speak
from musasr.corpora.embedded.voices.pieces import LEVEL_DB
from musasr.corpora.embedded.voices.prepare import prepare
from musasr.corpora.embedded.voices.speakers import LANGUAGES, LATIN, VARIANTS, Manner
from musasr.errors import DataError
from musasr.kaldi import read_music_dir

WOMAN, MAN = Manner("en-us", "f3", 170, 70, 50), Manner("de", "m3", 170, 20, 50)


@pytest.mark.parametrize("variant", ["f3", "klatt4", "croak", "Alex"])
def test_what_was_said_before_changes_nothing(variant):
    """The library keeps state from text to text, even past its own end; Klatt's use the C library's."""
    manner = replace(WOMAN, variant=variant)
    first, rate = speak("hello 42", manner, seed=1)
    speak("eins zwei", MAN, seed=5)
    again, _ = speak("hello 42", manner, seed=1)
    assert rate == 22050
    assert first.tobytes() == again.tobytes()


def test_a_man_is_lower_than_a_woman():
    import pyworld

    pitches = []
    for manner in (WOMAN, MAN):
        samples, rate = speak("1234 5678", manner, seed=1)
        f0, _ = pyworld.dio(samples.astype(np.float64), rate)
        pitches.append(np.median(f0[f0 > 0]))
    assert pitches[0] > 1.4 * pitches[1]


def test_a_voice_that_is_not_there_is_one_line():
    with pytest.raises(DataError, match=r"eSpeak NG has no voice xx\+f3; take one of its list"):
        speak("hello", Manner("xx", "f3", 170, 50, 50), seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_numbers(language):
    samples, rate = speak("17 305", Manner(language, "m3", 170, 50, 50), seed=1)
    assert len(samples) > rate / 2
    assert np.abs(samples).max() > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_voice_speaks(variant):
    samples, _ = speak("17 305", Manner(LATIN[0], variant, 170, 50, 50), seed=1)
    assert np.abs(samples).max() > 0.05


@pytest.mark.slow
def test_music_dirs_come_out_the_same_for_any_number_of_processes(tmp_path):
    make = partial(prepare, sampling_rate=16000, seed=1, train_hours=0.02, dev_hours=0.005)
    sounds = []
    for num_jobs in (1, 2):
        output = tmp_path / str(num_jobs)
        assert make(output, num_jobs=num_jobs) == []
        pieces = [piece for name in ("train", "dev") for piece in read_music_dir(output / name)]
        assert [piece.duration for piece in pieces] == [30.0] * 4
        sounds.append([piece.path.read_bytes() for piece in pieces])
    assert sounds[0] == sounds[1]
    assert len(set(sounds[0])) == 4
    samples = np.frombuffer(sounds[0][0][44:], np.int16) / 32768
    assert LEVEL_DB - 5 < 10 * np.log10(np.mean(samples**2)) < LEVEL_DB + 0.1  # peaks may hold it down


@pytest.mark.slow
def test_a_rerun_keeps_what_is_there_and_drops_what_is_not_wanted(tmp_path):
    make = partial(prepare, tmp_path, sampling_rate=16000, num_jobs=1, train_hours=0.005, dev_hours=0.005)
    make(seed=1)
    (first,) = (tmp_path / "train" / "wav").iterdir()
    stamp = first.stat().st_mtime_ns
    make(seed=1)
    assert first.stat().st_mtime_ns == stamp
    make(seed=2)
    (other,) = (tmp_path / "train" / "wav").iterdir()
    assert other.name != first.name
