"""silero's detector on real (synthesised) speech: finds it, not noise, and does not depend on a resume."""

import numpy as np
import pytest
from onnx_networks import write_loudness

from musasr.transcribe.activity import RATE, SECONDS, WINDOW, SpeechActivity, window_levels_db

FLOORS = {"min_level_db": -55.0, "max_below_mixture_db": 18.0}


@pytest.fixture(scope="module")
def speech():
    pyopenjtalk = pytest.importorskip("pyopenjtalk")
    from musasr import audio

    samples, rate = pyopenjtalk.tts("これは音楽の中の声を聞き取るための短い文です。")
    samples = audio.resample((samples / 32768).astype(np.float32), int(rate), RATE)
    return samples[: len(samples) // WINDOW * WINDOW]


def test_speech_is_found_and_noise_is_not(speech):
    noise = (0.05 * np.random.default_rng(0).standard_normal(len(speech))).astype(np.float32)
    activity = SpeechActivity(sampling_rate=RATE, **FLOORS)
    assert np.mean(activity(speech, speech) > 0.5) > 0.6
    assert np.mean(SpeechActivity(sampling_rate=RATE, **FLOORS)(noise, noise) > 0.5) < 0.1


def test_a_chunk_depends_on_itself_and_the_one_before_alone(speech):
    whole = SpeechActivity(sampling_rate=RATE, **FLOORS)
    whole(np.zeros_like(speech), speech)
    whole(speech, speech)
    expected = whole(speech[::-1].copy(), speech)
    resumed = SpeechActivity(sampling_rate=RATE, **FLOORS)
    resumed.hear(speech)
    np.testing.assert_array_equal(resumed(speech[::-1].copy(), speech), expected)


def test_what_is_left_of_music_is_no_speech(speech):
    activity = SpeechActivity(sampling_rate=RATE, **FLOORS)
    assert not activity(0.1 * speech, speech).any()
    assert not SpeechActivity(sampling_rate=RATE, **FLOORS)(0.001 * speech, 0.001 * speech).any()


def test_another_rate_has_as_many_windows_a_second(speech):
    probabilities = SpeechActivity(sampling_rate=8000, **FLOORS)(speech[::2].copy(), speech[::2].copy())
    assert len(probabilities) == pytest.approx(len(speech) / RATE / SECONDS, abs=1)


def test_levels_are_rms_in_db():
    tone = np.sin(2 * np.pi * np.arange(2 * WINDOW) / 32)
    np.testing.assert_allclose(window_levels_db(0.1 * tone, 3), [-23.01, -23.01, -120.0], atol=0.01)


def test_another_network_may_find_speech(speech, tmp_path):
    network = write_loudness(tmp_path / "loud.onnx", frame=160)  # how loud the loudest sample of 10 ms is
    quiet, loud = np.zeros(12 * RATE, np.float32), np.full(12 * RATE, 0.9, np.float32)
    activity = SpeechActivity(sampling_rate=RATE, **FLOORS, segmenter=str(network))
    samples = np.concatenate([quiet, loud])
    found = activity(samples, samples)
    assert len(found) == 24 * RATE // WINDOW
    assert not found[: 12 * RATE // WINDOW - 1].any()
    np.testing.assert_allclose(found[12 * RATE // WINDOW + 1 :], 0.9, atol=1e-3)
    assert activity(loud[:WINDOW], loud[:WINDOW]) == pytest.approx([0.9])
