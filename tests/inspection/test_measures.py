"""Measures of one file, by hand and against a whole read."""

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.audio import formats
from musasr.errors import DataError
from musasr.inspection.items import num_encoder_frames
from musasr.inspection.measures import FULL_SCALE, measure
from musasr.recognizers.encoder import halved


def write(path, samples, rate=16000, subtype="FLOAT"):
    soundfile.write(path, np.asarray(samples), rate, subtype=subtype)
    return path


def test_a_constant_by_hand(tmp_path):
    signal = measure(write(tmp_path / "a.wav", np.full((8000, 2), 0.1), rate=8000))
    assert (signal.sampling_rate, signal.num_channels, signal.num_samples, signal.seconds) == (
        8000,
        2,
        8000,
        1.0,
    )
    assert signal.level_db == pytest.approx(-20.0, abs=1e-4)
    assert signal.peak == pytest.approx(0.1)
    assert (signal.clipped, signal.is_finite) == (0.0, True)


def test_silence_has_no_level_and_nan_is_noticed(tmp_path):
    assert measure(write(tmp_path / "a.wav", np.zeros(100))).level_db == -np.inf
    signal = measure(write(tmp_path / "b.wav", [0.1, np.nan, np.inf, 0.2]))
    assert not signal.is_finite
    assert signal.peak == pytest.approx(0.2)


@settings(max_examples=30, deadline=None)
@given(runs=st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=1, max_size=30))
def test_runs_at_full_scale_are_clipped(tmp_path_factory, runs):
    path = tmp_path_factory.mktemp("runs") / "a.wav"
    samples, expected = [], 0
    for length, is_full in runs:
        samples += [0.999 if is_full else 0.1] * length + [0.0]
        expected += length if is_full and length >= 3 else 0
    signal = measure(write(path, samples))
    assert signal.clipped == pytest.approx(expected / len(samples))


def test_a_sine_that_reaches_full_scale_is_not_clipped_but_a_flattened_one_is(tmp_path):
    sine = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    assert np.abs(sine).max() > FULL_SCALE
    assert measure(write(tmp_path / "a.wav", sine, subtype="PCM_16")).clipped < 0.001
    clipped = measure(write(tmp_path / "b.wav", np.clip(2 * sine, -1, 1), subtype="PCM_16")).clipped
    assert clipped == pytest.approx(2 / 3, abs=0.05)


def test_blocks_change_nothing(tmp_path, monkeypatch):
    path = write(tmp_path / "a.wav", 0.3 * np.random.default_rng(0).uniform(-1, 1, (5000, 2)))
    whole = measure(path)
    monkeypatch.setattr(formats, "BLOCK", 999)
    parts = measure(path)
    assert (parts.content, parts.num_samples, parts.peak) == (whole.content, whole.num_samples, whole.peak)
    assert parts.level_db == pytest.approx(whole.level_db)


def test_equal_samples_have_equal_content_in_any_format(tmp_path):
    steps = np.random.default_rng(1).integers(-9000, 9000, 4000).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", steps, 16000)
    soundfile.write(tmp_path / "a.flac", steps, 16000)
    soundfile.write(tmp_path / "b.wav", steps[::-1], 16000)
    a, same, other = (measure(tmp_path / name).content for name in ("a.wav", "a.flac", "b.wav"))
    assert a == same != other


def test_an_empty_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match="the audio is empty"):
        measure(write(tmp_path / "a.wav", []))


@given(num_samples=st.integers(1, 10**6), hop_length=st.integers(80, 320))
def test_frames_are_those_of_the_encoder(num_samples, hop_length):
    assert num_encoder_frames(num_samples, hop_length) == halved(halved(num_samples // hop_length + 1))
