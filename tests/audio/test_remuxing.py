"""A film with another sound, in blocks: the picture as it was, the sound where it belongs."""

import av
import numpy as np
import pytest
from talking_films import RATE, write_film

from musasr import audio
from musasr.audio.remuxing import with_sound
from musasr.errors import DataError


def packets(path):
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.dts is not None]


@pytest.mark.parametrize("num_samples", [20 * RATE, 5 * RATE])
def test_picture_and_sound_go_on_side_by_side(tmp_path, num_samples):
    film = write_film(tmp_path / "film.mp4", seconds=20.0)
    times = np.arange(num_samples) / RATE
    # A tone that swells: where a sample lies can be heard.
    sound = (0.5 * times / 20 * np.sin(2 * np.pi * 300 * times)).astype(np.float32)
    given = []

    def blocks():
        for first in range(0, num_samples, 30_001):
            given.append(first)
            yield sound[first : first + 30_001]

    with_sound(film, blocks(), RATE, tmp_path / "voice.mp4")
    assert packets(tmp_path / "voice.mp4") == packets(film)
    found, _ = audio.read(tmp_path / "voice.mp4", sampling_rate=RATE)
    assert len(given) == -(-num_samples // 30_001)
    assert len(found) == pytest.approx(num_samples, abs=2048)
    size = min(len(found), num_samples)
    assert np.abs(found[:size] - sound[:size]).max() < 0.05


def test_a_film_that_an_mp4_does_not_hold_is_named(tmp_path):
    audio.write(tmp_path / "sound.wav", np.zeros(RATE, np.float32), RATE)
    with pytest.raises(DataError, match=r"sound\.wav: shows no moving picture"):
        with_sound(tmp_path / "sound.wav", iter([]), RATE, tmp_path / "voice.mp4")
    assert not (tmp_path / "voice.mp4").exists()
