"""The picture of a recording: pitch and time where they belong, whole after any stop, small however long."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from musasr.transcribe.activity import SECONDS
from musasr.transcribe.picture import (
    MOST_COLUMNS,
    NUM_ROWS,
    STEP_DB,
    TILE_COLUMNS,
    mel_levels,
    pack,
    picture_of,
    unpack,
)
from musasr.transcribe.progress_file import ChunkRecord

RATE = 16000


def tone(hertz, seconds, rate=RATE, amplitude=0.5):
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def record(levels, *, speech=(), is_last=False):
    return ChunkRecord((), (), (), (), tuple(speech), pack(levels), levels.shape[1] * SECONDS, is_last)


def opacities(picture):
    images = [Image.open(io.BytesIO(b64decode(tile.partition(",")[2]))) for tile in picture.tiles()]
    return images, np.concatenate([np.asarray(image.convert("RGBA"))[..., 3] for image in images], axis=1)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
@pytest.mark.parametrize("hertz", [500, 1000, 2000])
def test_a_tone_stands_beside_its_label(rate, hertz):
    levels = mel_levels(tone(hertz, 2.0, rate), rate)
    assert levels.shape == (NUM_ROWS, round(2.0 / SECONDS))
    (place,) = [one for label, one in _pitches(rate) if label == f"{hertz / 1000:g} kHz"]
    assert np.abs(levels[:, 5:-5].argmax(axis=0) + 0.5 - place * NUM_ROWS).max() <= 1


def _pitches(rate):
    return picture_of([], sampling_rate=rate).pitches()


def test_levels_follow_those_of_the_sound():
    loud, soft = (mel_levels(tone(1000, 1.0, amplitude=one), RATE).max(axis=0)[5:-5] for one in (0.5, 0.05))
    np.testing.assert_array_equal(loud - soft, 20 / STEP_DB)
    assert mel_levels(np.zeros(RATE, np.float32), RATE).max() == 0


@pytest.mark.parametrize("place", [0, 1, 17, 30])
def test_a_click_stands_at_its_time(place):
    samples = np.zeros(RATE, np.float32)
    samples[round((place + 0.5) * SECONDS * RATE)] = 1.0
    assert mel_levels(samples, RATE).max(axis=0).argmax() == place


@pytest.mark.parametrize("num_samples", [1, 100, 511, 513, 1300])
def test_the_shortest_chunk_has_a_column(num_samples):
    assert mel_levels(np.ones(num_samples, np.float32), RATE).shape[1] == max(1, round(num_samples / 512))


def test_chunks_columns_are_those_of_the_whole_but_for_the_edges():
    samples = np.random.default_rng(0).normal(0, 0.1, 512 * 60).astype(np.float32)
    whole = mel_levels(samples, RATE)
    halves = np.concatenate([mel_levels(half, RATE) for half in np.split(samples, 2)], axis=1)
    inside = [column for column in range(60) if column not in (29, 30)]
    np.testing.assert_array_equal(halves[:, inside], whole[:, inside])
    assert np.abs(halves.astype(int) - whole).max() * STEP_DB < 25  # noise there is noise here


def test_levels_are_kept_as_text():
    levels = np.random.default_rng(0).integers(0, 61, (NUM_ROWS, 300)).astype(np.uint8)
    np.testing.assert_array_equal(unpack(pack(levels)), levels)
    for broken in ("", "####", "AAAA", pack(levels)[:40]):
        with pytest.raises(ValueError):  # noqa: PT011 (base64's own, numpy's or ours: all count as a cut line)
            unpack(broken)


def test_ink_is_where_it_is_loud():
    levels = np.zeros((NUM_ROWS, TILE_COLUMNS + 50), np.uint8)
    levels[10, 20] = levels[30, TILE_COLUMNS + 5] = levels[:4] = 40
    images, ink = opacities(picture_of([record(levels)], sampling_rate=RATE))
    assert [image.size for image in images] == [(TILE_COLUMNS, NUM_ROWS), (50, NUM_ROWS)]
    np.testing.assert_array_equal(ink, np.where(levels == 40, 255, 0))


def test_four_hours_stay_a_few_megabytes_and_lose_no_short_sound():
    generator = np.random.default_rng(0)
    chunk = generator.integers(20, 60, (NUM_ROWS, 875)).astype(np.uint8)  # noise is the worst to compress
    records = [record(chunk, speech=[(28.0 * n, 28.0 * n + 1)]) for n in range(4 * 3600 // 28)]
    click = chunk.copy()
    click[5, 100] = 120
    records[200] = record(click)
    picture = picture_of(records, sampling_rate=RATE)
    num_columns = picture.levels.shape[1]
    assert num_columns <= MOST_COLUMNS
    assert num_columns * picture.seconds == pytest.approx(len(records) * 28.0, abs=picture.seconds)
    assert np.argwhere(picture.levels == 120).tolist() == [
        [5, int((200 * 875 + 100) * SECONDS / picture.seconds)]
    ]
    assert len(picture.speech) == len(records) - 1
    assert sum(map(len, picture.tiles())) < 2_500_000


def test_silence_is_paper():
    _, ink = opacities(picture_of([record(np.full((NUM_ROWS, 10), 0, np.uint8))], sampling_rate=RATE))
    assert ink.max() == 0
