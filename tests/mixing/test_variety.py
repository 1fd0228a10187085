"""What is done to the speech of a training, each effect by what it must do to a known signal."""

import numpy as np
import pytest

from musasr import audio
from musasr.kaldi import Piece
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.dynamic import DynamicMixer
from musasr.mixing.variety import EFFECTS, Variety, add_noise, disperse, equalize, low_pass, speed

RATE = 16000


def random(seed=0):
    return np.random.default_rng(seed)


def noise(seconds=1.0, seed=3):
    return (0.1 * random(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def tone(hertz, seconds=1.0):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)


def level_db(samples, low, high):
    """Mean power between two frequencies."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].mean())


def test_dispersion_delays_and_leaves_levels():
    """A click is spread over as many milliseconds as asked, with the same spectrum."""
    click = np.zeros(RATE, np.float32)
    click[100] = 1
    spread = disperse(click, 0.01, random(), RATE)
    assert np.abs(spread).max() < 0.5
    where = np.flatnonzero(np.abs(spread) > 0.01 * np.abs(spread).max())
    assert 20 < np.ptp(where) < 2.5 * 0.01 * RATE  # a curve of delays rings beyond them
    assert np.sum(spread**2) == pytest.approx(1, rel=0.02)
    for low, high in ((500, 1000), (2000, 3000), (5000, 7000)):
        assert level_db(spread, low, high) == pytest.approx(0, abs=0.3)


def test_no_dispersion_changes_nothing():
    np.testing.assert_allclose(disperse(noise(), 0.0, random(), RATE), noise(), atol=1e-6)


def test_speed_raises_the_pitch_and_shortens():
    faster = speed(tone(1000, 2.0), 1.25, random(), RATE)
    assert len(faster) == pytest.approx(2 * RATE / 1.25, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(faster))) * RATE / len(faster) == pytest.approx(1250, abs=1)


def test_a_low_pass_takes_what_is_above():
    passed = low_pass(noise(4.0), 3400.0, random(), RATE)
    assert level_db(passed, 200, 3300) == pytest.approx(level_db(noise(4.0), 200, 3300), abs=0.01)
    assert level_db(passed, 3700, 8000) < level_db(noise(4.0), 3700, 8000) - 55


def test_an_equalizer_has_gains_of_the_deviation_asked():
    gains = [
        level_db(equalize(noise(), 4.0, random(seed), RATE), hertz, 1.1 * hertz)
        - level_db(noise(), hertz, 1.1 * hertz)
        for seed in range(100)
        for hertz in (60, 7200)
    ]
    assert np.std(gains) == pytest.approx(4.0, rel=0.2)


def test_noise_lies_as_far_below_as_asked():
    added = add_noise(tone(500), 30.0, random(), RATE) - tone(500)
    assert 10 * np.log10(np.mean(tone(500) ** 2) / np.mean(added**2)) == pytest.approx(30, abs=0.3)


def test_effects_act_on_their_fraction_within_their_range():
    variety = Variety({"speed": {"fraction": 0.3, "range": [0.9, 1.1]}}, sampling_rate=RATE)
    draw = random()
    drawn = [variety.draw(draw) for _ in range(1000)]
    assert 0.25 < sum("speed" in one for one in drawn) / 1000 < 0.35
    factors = [one["speed"] for one in drawn if one]
    assert min(factors) >= 0.9
    assert max(factors) <= 1.1
    assert np.mean(factors) == pytest.approx(1.0, abs=0.01)


@pytest.fixture
def mixers(tmp_path):
    """A mixer that changes no speech, and one that does all to all of it."""
    audio.write(tmp_path / "music.wav", noise(5.0), RATE)
    pieces = [Piece("m", tmp_path / "music.wav", 5.0, "anime")]
    library = MusicLibrary(pieces, sampling_rate=RATE, crossfade_seconds=0.05)
    ranges = dict(zip(EFFECTS, ([1.2, 1.3], [4, 4], [3000, 4000], [0.001, 0.01], [20, 40]), strict=True))
    variety = {name: {"fraction": 1.0, "range": bounds} for name, bounds in ranges.items()}
    common = {"seed": 1, "snr_mean_db": 0.0, "snr_std_db": 5.0, "crop_seconds": 1.0}
    return DynamicMixer(library, **common), DynamicMixer(library, variety=variety, **common)


def test_varied_speech_is_as_long_as_the_crop_and_the_mixture_is_its_sum_with_the_music(mixers):
    plain, varied = mixers
    speech = tone(300, 4.0)
    heard, without = varied("a", speech, epoch=1), plain("a", speech, epoch=1)
    assert len(heard.speech) == len(without.speech) == RATE
    np.testing.assert_allclose(heard.speech + heard.music, heard.mixture, atol=1e-6)
    np.testing.assert_array_equal(heard.mixture, varied("a", speech, epoch=1).mixture)
    assert not np.array_equal(heard.speech, varied("a", speech, epoch=2).speech)
    pitch = np.argmax(np.abs(np.fft.rfft(heard.speech)))
    assert 355 < pitch < 395  # 300 Hz, 1.2 to 1.3 times as fast


def test_silence_stays_silence(mixers):
    assert not mixers[1]("a", np.zeros(RATE, np.float32), epoch=1).mixture.any()
