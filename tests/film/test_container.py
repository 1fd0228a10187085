"""The file, read back by PyAV: lengths, pictures, and sound where it was."""

import hashlib

import av
import numpy as np
import pytest
from file_limits import file_limit

from musasr import errors
from musasr.atomic import replacing
from musasr.film.container import FilmWriter
from musasr.film.pictures import DOTS, draw_scene

SIZE = (160, 120)


def noise(num_samples: int) -> np.ndarray:
    random = np.random.default_rng(1)
    smooth = np.convolve(random.standard_normal(num_samples), np.hanning(9), mode="same")
    return (4000 * smooth).clip(-32768, 32767).astype(np.int16)


def write_film(path, samples, *, rate: int = 16000, pictures_per_second: int = 5):
    """Two scenes of 2 s and 3.2 s."""
    options = {"size": SIZE, "pictures_per_second": pictures_per_second}
    with FilmWriter(path, sampling_rate=rate, **options) as writer:
        for number, first, count in ((7, 0, 10), (38, 10, 16)):
            part = samples[
                round(first * rate / pictures_per_second) : round(
                    (first + count) * rate / pictures_per_second
                )
            ]
            writer.add(part, draw_scene(number, "music", size=SIZE, first=first, num_pictures=count))


@pytest.mark.parametrize("rate", [16000, 22050])
def test_the_file_has_the_sound_and_the_pictures_and_the_length(tmp_path, rate):
    samples = noise(round(5.2 * rate))
    write_film(tmp_path / "film.mp4", samples, rate=rate)
    with av.open(tmp_path / "film.mp4") as film:
        video, sound = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, sound.rate, sound.channels) == (*SIZE, rate, 1)
        assert film.duration / 1e6 == pytest.approx(5.2, abs=0.01)
        pictures = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    with av.open(tmp_path / "film.mp4") as film:
        decoded = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
    assert len(pictures) == 26
    assert len(decoded) == pytest.approx(len(samples), abs=1)
    inner = slice(4000, 60000)
    lags = [
        np.corrcoef(decoded[inner], np.roll(samples, lag)[: len(decoded)][inner])[0, 1] for lag in (-1, 0, 1)
    ]
    assert lags[1] > 0.99
    assert lags[1] == max(lags)
    assert any(not np.array_equal(one, pictures[0]) for one in pictures[1:10])  # it moves


def test_the_number_can_be_read(tmp_path):
    """The dots of 3 and 8, found in the picture by their brightness."""
    (picture,) = draw_scene(38, "speech", size=SIZE, first=0, num_pictures=1)
    light = picture[: SIZE[1]]
    rows, columns = np.nonzero(light == light.max())
    box = light[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] == light.max()
    scale = box.shape[0] // 5
    assert box.shape == (5 * scale, 7 * scale)
    dots = box[::scale, ::scale].astype(int).astype(str)
    assert ("".join(dots[:, :3].ravel()), "".join(dots[:, 4:].ravel())) == (DOTS[3], DOTS[8])


def test_the_same_scenes_give_the_same_bytes(tmp_path):
    samples = noise(round(5.2 * 16000))
    for name in ("one.mp4", "two.mp4"):
        write_film(tmp_path / name, samples)
    one, two = (hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("one.mp4", "two.mp4"))
    assert one == two


@pytest.mark.parametrize("num_bytes", [20, 20_000, 46_000])
def test_a_film_without_room_names_its_file_and_is_no_file(tmp_path, num_bytes):
    """Once a traceback: of PyAV's errors the file's name cannot be changed."""
    path, samples = tmp_path / "film.mp4", noise(round(5.2 * 16000))
    with pytest.raises(OSError, match="too large") as caught, file_limit(num_bytes), replacing(path) as draft:
        write_film(draft, samples)
    assert str(errors.of_system(caught.value)).startswith(f"{path}: file too large; raise the limit")
    assert list(tmp_path.iterdir()) == []
    with replacing(path) as draft:
        write_film(draft, samples)
    assert path.stat().st_size > 46_000
