"""What a model is shown of a film: the crops of a window, wherever it lies, and few at a time."""

import numpy as np
import pytest

from musasr.corpora.talking.layout import Box, FixedFace
from musasr.errors import DataError
from musasr.looking_to_listen import view
from musasr.looking_to_listen.view import View

FACES = [FixedFace(Box(0, 0, 0.5, 1)), FixedFace(Box(0.5, 0, 0.5, 1))]


@pytest.fixture
def film(monkeypatch):
    """A film of 50 pictures, the left half of which says their number."""

    def pictures(path, *, pictures_per_second):
        for number in range(50):
            yield np.repeat(np.array([[number + 1, 200]], np.uint8), 2, axis=0)

    monkeypatch.setattr(view, "stream_pictures", pictures)
    return View("film.mp4", FACES, size=2, pictures_per_second=25)


def test_windows_overlap_as_they_like_and_skip(film):
    for first, number in [(0, 20), (10, 20), (10, 5), (36, 14)]:
        crops = film.crops(first, number)
        assert (crops.shape, crops.dtype) == ((2, number, 2, 2), np.uint8)
        assert crops[0, :, 0, 0].tolist() == list(range(first + 1, first + number + 1))
        assert (crops[1] == 200).all()
        assert len(film._held) <= 20


def test_the_last_picture_stands_for_half_a_second(film):
    assert film.crops(45, 17)[0, :, 0, 0].tolist() == [46, 47, 48, 49, *[50] * 13]
    assert (film.crops(52, 10)[0] == 50).all()
    with pytest.raises(DataError, match=r"film\.mp4: the picture lasts 2\.0 s, and the sound goes on"):
        film.crops(45, 18)
