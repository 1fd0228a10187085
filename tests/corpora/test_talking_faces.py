"""Talking heads: what a mouth does, who has which face, and films, the same from any number of processes."""

import dataclasses

import numpy as np
import pytest

from musasr import audio
from musasr.audio.pictures import stream_pictures
from musasr.corpora.embedded.faces.drawing import draw_head
from musasr.corpora.embedded.faces.films import Task, make_clip, make_film
from musasr.corpora.embedded.faces.identities import make_identity
from musasr.corpora.embedded.faces.motion import Pose, move
from musasr.corpora.embedded.faces.prepare import prepare
from musasr.corpora.embedded.faces.visemes import CLOSED, VOWELS, mouth_curve, target
from musasr.corpora.embedded.speech.synthesis import Line
from musasr.corpora.embedded.speech.timing import synthesise_phonemes
from musasr.corpora.embedded.speech.voices import make_voice
from musasr.corpora.talking.clips import read_clips

STILL = Pose(0.0, 0.0, 0.0, 1.0, 1.0)
LINE = Line("jt_000000", "アンパンマン", make_voice(0), 0.0, 1.0, -26.0, 0.2, 0.2, -70.0, 16000, "1")


def test_lips_close_for_m_b_p_and_open_most_for_a():
    assert target("m") == target("by") == CLOSED
    assert target("a").opening == max(mouth.opening for mouth in VOWELS.values()) == 1.0
    assert target("i").width > target("a").width > target("u").width
    assert target("U").opening == target("u").opening / 2


def test_the_mouth_is_where_its_phoneme_is():
    phonemes = [("sil", 0.0, 0.4), ("a", 0.4, 0.8), ("m", 0.8, 1.2), ("i", 1.2, 1.6)]
    curve = mouth_curve(phonemes, num_pictures=50, pictures_per_second=25)
    # The middles of the four stretches, and what is shown behind the last.
    assert curve[[5, 15, 25, 35, 49], 0] == pytest.approx([0.04, 1.0, 0.0, 0.35, 0.04])
    assert (np.diff(curve[7:13, 0]) >= 0).all()  # it opens on the way, and not at once
    assert 0.1 < curve[10, 0] < 1.0


def test_a_face_is_a_function_of_the_speaker_alone():
    assert make_identity(1, "jtm01") == make_identity(1, "jtm01") != make_identity(1, "jtm02")
    assert make_identity(2, "jtm01") != make_identity(1, "jtm01")


def test_heads_sway_a_little_and_blink():
    poses = move("1 jtm01_000001", num_pictures=250, pictures_per_second=25)
    assert poses == move("1 jtm01_000001", num_pictures=250, pictures_per_second=25)
    assert max(abs(pose.x) for pose in poses) <= 0.02
    assert min(pose.eyes for pose in poses) < 0.5 < np.mean([pose.eyes for pose in poses])


def test_an_open_mouth_is_dark_where_a_closed_one_is_not():
    identity = dataclasses.replace(make_identity(1, "jtm01"), has_beard=False)
    closed, opened = (draw_head(identity, STILL, mouth, size=96) for mouth in (CLOSED, VOWELS["a"]))
    assert closed.shape == (144, 96)
    assert closed.dtype == np.uint8
    inside = np.s_[:96, 28:68]  # the jaw moves the face's rim too
    rows, columns = np.nonzero(closed[inside].astype(int) - opened[inside] > 40)
    assert rows.min() > 60  # nothing above the nose
    assert 20 - columns.min() == pytest.approx(columns.max() - 19, abs=1)


def test_a_film_has_the_clips_sound_and_pictures_at_the_same_time(tmp_path):
    task = Task(LINE, 48, 25, 1)
    samples, pictures = make_clip(task)
    make_film(task, tmp_path / "film.mp4")
    heard, _ = audio.read(tmp_path / "film.mp4", sampling_rate=16000)
    assert np.corrcoef(heard[: len(samples)], samples)[0, 1] > 0.98  # not a millisecond late
    shown = list(stream_pictures(tmp_path / "film.mp4", pictures_per_second=25))
    assert len(shown) == len(pictures) == len(samples) // 640
    # The mouth's darkest place, drawn and read back: it opens in the same pictures.
    drawn, read = (
        np.array([one[30:44, 18:30].astype(float).mean() for one in many])
        for many in ([picture[:48] for picture in pictures], shown)
    )
    assert np.corrcoef(drawn, read)[0, 1] > 0.95


def test_phonemes_are_spoken_where_they_say():
    samples, phonemes = synthesise_phonemes(LINE)
    voiced = [(start, end) for name, start, end in phonemes if name == "a"]
    loud = np.mean([np.abs(samples[round(a * 16000) : round(b * 16000)]).mean() for a, b in voiced])
    assert loud > 3 * np.abs(samples[: round(0.15 * 16000)]).mean()
    assert phonemes[1][1] == pytest.approx(LINE.lead, abs=0.12)


@pytest.mark.slow
def test_films_are_the_same_from_one_process_and_from_two(tmp_path):
    options = {
        "hours": {"test": 0.0015, "train": 0.0005},
        "speakers": {"train": 2, "test": 2},
        "size": 32,
        "sampling_rate": 16000,
        "pictures_per_second": 25,
        "seed": 3,
    }
    found = []
    for num_jobs in (1, 2):
        folder = tmp_path / str(num_jobs)
        sets = prepare(folder, num_jobs=num_jobs, **options)
        assert {name: read_clips(folder / name) for name in sets} == sets
        assert not {clip.speaker_id for clip in sets["train"]} & {clip.speaker_id for clip in sets["test"]}
        found.append({path.name: path.read_bytes() for path in folder.rglob("*.mp4")})
    assert found[0] == found[1]
    assert len(found[0]) >= 3
