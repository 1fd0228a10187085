import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.mixing import gain
from musasr.mixing.dynamic import mix


def noise(seed: int, size: int = 4000, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(size)).astype(np.float32)


def test_snr_by_hand():
    speech, music = np.array([2.0, 0.0]), np.array([0.0, 1.0])
    assert gain.snr_db(speech=speech, music=music) == pytest.approx(10 * np.log10(4))


def test_level_by_hand():
    assert gain.level_db(np.full(10, 0.1)) == pytest.approx(-20.0)
    assert gain.level_db(np.zeros(10)) == -np.inf


@given(
    seed=st.integers(0, 1000),
    snr_db=st.floats(-20, 20),
    speech_level=st.floats(0.001, 0.5),
    music_level=st.floats(0.001, 0.9),
)
def test_asked_snr_is_measured_snr_and_the_sum_holds(seed, snr_db, speech_level, music_level):
    mixed = mix(
        speech=noise(seed, level=speech_level), music=noise(seed + 1, level=music_level), snr_db=snr_db
    )
    assert gain.snr_db(speech=mixed.speech, music=mixed.music) == pytest.approx(snr_db, abs=0.01)
    np.testing.assert_allclose(mixed.mixture, mixed.speech + mixed.music, atol=1e-7)
    assert np.abs(mixed.mixture).max() <= gain.PEAK_LIMIT + 1e-6


def test_speech_keeps_its_level_where_nothing_clips():
    speech = noise(1, level=0.01)
    assert mix(speech=speech, music=noise(2), snr_db=0).speech == pytest.approx(speech)


def test_silence_has_no_snr():
    with pytest.raises(ValueError, match="silence"):
        mix(speech=np.zeros(10, np.float32), music=noise(1, 10), snr_db=0)


@given(size=st.integers(1, 500), asked=st.integers(1, 2000), crossfade=st.integers(0, 300))
def test_a_loop_has_the_asked_length_and_no_new_peaks(size, asked, crossfade):
    music = noise(3, size)
    looped = gain.loop(music, num_samples=asked, crossfade=crossfade)
    assert len(looped) == asked
    assert np.abs(looped).max() <= np.abs(music).max() * 1.001


def test_a_loop_of_a_constant_has_no_seam():
    looped = gain.loop(np.ones(100, np.float32), num_samples=1000, crossfade=20)
    np.testing.assert_allclose(looped, 1.0, atol=1e-6)
