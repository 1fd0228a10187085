"""Spectrograms: a tone stands where its frequency is, and pictures that are compared have one scale."""

import io

import numpy as np
import pytest
from PIL import Image

from musasr.report.spectrograms import MOST_COLUMNS, NUM_ROWS, draw_alike, png, spectrogram_db

RATE = 16000


def tone(frequency, seconds):
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)


@pytest.mark.parametrize("frequency", [500, 2000, 7000])
def test_a_tone_is_brightest_at_its_frequency(frequency):
    picture = spectrogram_db(tone(frequency, 1.0), RATE)
    assert picture.shape == (NUM_ROWS, 100)
    row = np.argmax(picture[:, 50])
    assert (NUM_ROWS - 0.5 - row) * RATE / 2 / NUM_ROWS == pytest.approx(frequency, abs=80)


def test_half_the_amplitude_is_6_db_less():
    loud, soft = (spectrogram_db(gain * tone(1000, 0.5), RATE).max() for gain in (1.0, 0.5))
    assert loud - soft == pytest.approx(6.02, abs=0.01)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 4.8, 600.0])
def test_any_length_gives_a_picture_of_bounded_size(seconds):
    picture = spectrogram_db(tone(440, seconds), RATE)
    assert picture.shape[0] == NUM_ROWS
    assert 1 <= picture.shape[1] <= MOST_COLUMNS
    assert np.isfinite(picture).all()


def test_pictures_of_one_utterance_have_one_scale():
    loud = spectrogram_db(tone(1000, 0.5), RATE)
    drawn = draw_alike({"loud": loud, "soft": loud - 35.0})
    brightest = {name: np.asarray(Image.open(io.BytesIO(content))).max() for name, content in drawn.items()}
    assert brightest == {"loud": 63, "soft": 32}


def test_a_png_has_the_values_pixel_for_pixel():
    values = np.array([[0.0, 1.0, 0.5], [-3.0, 7.0, 0.25]])
    image = Image.open(io.BytesIO(png(values)))
    np.testing.assert_array_equal(np.asarray(image), [[0, 63, 32], [0, 63, 16]])
