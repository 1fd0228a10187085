"""The user's own music: formats, genres, held-out titles and the errors of a wrong folder."""

import numpy as np
import pytest

from musasr import audio, kaldi
from musasr.corpora import folder
from musasr.errors import DataError

RATE = 8000


def _tone(path, pitch, *, rate=RATE, seconds=0.5, gain=0.3):
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(seconds * rate)) / rate
    audio.write(path, (gain * np.sin(2 * np.pi * pitch * time)).astype(np.float32), rate)


@pytest.fixture
def music(tmp_path):
    """A collection: twelve training titles, one test title without a genre, two with."""
    for i in range(12):
        _tone(tmp_path / "train" / f"album {i % 2}" / f"曲 {i}.wav", 200 + 20 * i, rate=(8000, 11025)[i % 2])
    _tone(tmp_path / "test" / "opening.wav", 700)
    _tone(tmp_path / "test" / "Classical" / "suite" / "one.wav", 720)
    _tone(tmp_path / "test" / "J Pop" / "two.wav", 740)
    return tmp_path


def _prepare(root, *, output="out", num_jobs=1, dev=None):
    return folder.prepare(
        root / output,
        sampling_rate=RATE,
        seed=1,
        num_jobs=num_jobs,
        train=str(root / "train"),
        dev=dev,
        test=str(root / "test"),
    )


def test_sets_genres_and_rates(music):
    assert _prepare(music) == []
    pieces = {name: kaldi.read_music_dir(music / "out" / name) for name in ("train", "dev", "test")}
    assert {name: len(held) for name, held in pieces.items()} == {"train": 11, "dev": 1, "test": 3}
    assert sorted(piece.genre for piece in pieces["test"]) == ["anime", "classical", "j-pop"]
    for piece in pieces["train"]:
        assert audio.info(piece.path).sampling_rate == RATE
        assert piece.duration == pytest.approx(0.5, abs=1e-3)
        assert " " not in piece.recording_id


def test_held_out_titles_follow_the_content_not_the_name(music):
    _prepare(music)
    (before,) = kaldi.read_music_dir(music / "out" / "dev")
    for path in sorted((music / "train").rglob("*.wav")):
        path.rename(path.with_name(f"renamed {path.name}"))
    _prepare(music, output="again", num_jobs=2)
    (after,) = kaldi.read_music_dir(music / "again" / "dev")
    assert before.path.read_bytes() == after.path.read_bytes()


def test_what_cannot_be_used_is_listed(music):
    (music / "train" / "cover.jpg").write_bytes(b"picture")
    (music / "train" / "broken.mp3").write_bytes(b"no music at all")
    _tone(music / "train" / "silence.wav", 300, gain=0.0)
    first = sorted((music / "train").rglob("*.wav"))[0]
    (music / "train" / "zz copy.wav").write_bytes(first.read_bytes())
    skipped = {item.name.rsplit("/", 1)[1]: item.reason for item in _prepare(music)}
    assert set(skipped) == {"broken.mp3", "silence.wav", "zz copy.wav"}
    assert skipped["silence.wav"] == "silent throughout"
    assert str(first) in skipped["zz copy.wav"]


def test_a_dev_folder_is_used_as_it_is(music):
    _tone(music / "dev" / "a.wav", 900)
    _prepare(music, dev=str(music / "dev"))
    assert len(kaldi.read_music_dir(music / "out" / "dev")) == 1
    assert len(kaldi.read_music_dir(music / "out" / "train")) == 12


@pytest.mark.parametrize("side", ["test", "dev"])
def test_the_same_content_on_two_sides_is_refused(music, side):
    _tone(music / "dev" / "a.wav", 900)
    first = sorted((music / "train").rglob("*.wav"))[0]
    copy = music / side / "another name.wav"
    copy.write_bytes(first.read_bytes())
    with pytest.raises(DataError) as caught:
        _prepare(music, dev=str(music / "dev"))
    assert str(first) in str(caught.value)
    assert str(copy) in str(caught.value)


def test_missing_and_empty_folders_are_named(music):
    with pytest.raises(DataError, match=r"nowhere: no such folder; set music.dev"):
        _prepare(music, dev=str(music / "nowhere"))
    (music / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: the folder holds no music"):
        _prepare(music, dev=str(music / "empty"))


def test_a_folder_without_usable_music_says_why(music):
    (music / "dev").mkdir()
    (music / "dev" / "a.mp3").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"no usable music; 1 files could not be used"):
        _prepare(music, dev=str(music / "dev"))


def test_one_title_cannot_be_both_train_and_dev(music):
    for path in sorted((music / "train").rglob("*.wav"))[1:]:
        path.unlink()
    with pytest.raises(DataError, match="one title cannot serve train and dev"):
        _prepare(music)
