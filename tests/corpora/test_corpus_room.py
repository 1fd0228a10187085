"""Corpora are not begun where the disk does not hold them: so many hours, or what their recordings say."""

import shutil
from collections import namedtuple
from functools import partial

import numpy as np
import pytest
import soundfile

from musasr.audio.conversion import Source
from musasr.corpora.cutting import write_set
from musasr.corpora.titles import Title, record
from musasr.errors import StateError
from musasr.kaldi import Utterance
from musasr.preparation import prepare_corpus
from musasr.recipe import config


@pytest.fixture
def free(monkeypatch):
    """A function that says how many bytes a disk has."""
    usage = namedtuple("usage", "free")
    return lambda num_bytes: monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(num_bytes))


@pytest.mark.parametrize(
    ("section", "hours"),
    [("speech", 30), ("music", 10 + 5 + 4 * (1 + 5))],  # of music's test hours each genre has its own
)
def test_the_hours_that_are_asked_for_need_room(free, tmp_path, section, hours):
    given = {"speech": (20, 5, 5), "music": (10, 5, 4)}[section]
    recipe = config.load(config.CONF / "mini.yaml")
    for name, value in zip(("train", "dev", "test"), given, strict=True):
        recipe[section][f"{name}_hours"] = value
    recipe["mixing"]["test"]["genres"] = ["a", "b", "c", "d", "e"]
    free(1_000_000_000)
    needed = hours * 3600 * recipe["sampling_rate"] * 2 / 1e9
    message = rf"w: the recipe's hours of {section} need about {needed:.1f} GB, and 1.0 GB are free; make"
    with pytest.raises(StateError, match=message):
        prepare_corpus(section, recipe, tmp_path / "w", num_jobs=1)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def recordings(tmp_path):
    """Two recordings of 3 s in other formats than wavs of 16 kHz, and one that is none."""
    (tmp_path / "in").mkdir()
    for name, rate in (("a.flac", 44_100), ("b.mp3", 32_000)):
        samples = 0.1 * np.sin(np.arange(3 * rate) / 7)
        soundfile.write(tmp_path / "in" / name, np.stack([samples, samples], axis=1), rate)
    (tmp_path / "in" / "c.wav").write_bytes(b"RIFF no wave")
    return sorted((tmp_path / "in").iterdir())


def test_recordings_of_any_format_need_the_room_of_their_wavs(recordings, tmp_path, free):
    """2 x 3 s of 16 kHz are 192 kB; what is converted already takes none, and what cannot be read either."""
    titles = [Title(path.stem, (Source(path),)) for path in recordings]
    convert = partial(record, titles, tmp_path / "out", sampling_rate=16_000, num_jobs=1)
    free(190_000)
    message = r"out: the wavs of 3 recordings need about 19\d\.\d kB, and 190\.0 kB are free; make room there"
    with pytest.raises(StateError, match=message):
        convert()
    assert not (tmp_path / "out" / "wav").exists()
    free(195_000)
    made, skipped = convert()
    assert (len(made), len(skipped)) == (2, 1)
    free(0)
    assert len(convert()[0]) == 2


def test_utterances_need_the_room_of_their_wavs(recordings, tmp_path, free):
    """0.5 s cut out, and a whole recording: 3.5 s of 16 kHz are 112 kB."""
    audio, *_ = recordings
    utterances = [Utterance("a", "s", "word", audio, None, 1.0, 0.5), Utterance("b", "s", "word", audio)]
    cut = partial(write_set, tmp_path / "out", utterances, num_jobs=1, sampling_rate=16_000)
    free(111_000)
    with pytest.raises(
        StateError, match=r"out: the wavs of 2 utterances need about 112\.0 kB, and 111\.0 kB"
    ):
        cut()
    assert not list((tmp_path / "out").rglob("*.wav"))
    free(113_000)
    assert cut() == []
    free(0)
    assert cut() == []
