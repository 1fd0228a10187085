"""MUSDB18 in both forms: which stems make a piece, which artists stand where."""

import numpy as np
import parts
import pytest
from music_files import RATE, encode, sine, tone

from musasr import audio, kaldi
from musasr.corpora import musdb18
from musasr.errors import DataError

PITCHES = {"mixture": 200, "drums": 400, "bass": 600, "other": 800, "vocals": 1000}
ARTISTS = ("A", "B", "C", "A")


def _stems(offset):
    return [sine(pitch + offset, rate=44100, gain=0.1) for pitch in PITCHES.values()]


@pytest.fixture
def stems(tmp_path):
    """Four tracks of three artists to train with and one to test with, as mp4."""
    for number, artist in enumerate(ARTISTS):
        encode(tmp_path / "db" / "train" / f"{artist} - {number}.stem.mp4", _stems(10 * number), codec="aac")
    encode(tmp_path / "db" / "test" / "A - last.stem.mp4", _stems(50), codec="aac")
    return tmp_path


@pytest.fixture
def folders(tmp_path):
    """The same as folders of wavs."""
    for side, names in (("train", [f"{one} - {i}" for i, one in enumerate(ARTISTS)]), ("test", ["A - last"])):
        for number, name in enumerate(names):
            for stem, pitch in PITCHES.items():
                offset = 10 * number if side == "train" else 50
                tone(tmp_path / "db" / side / name / f"{stem}.wav", pitch + offset, rate=44100, gain=0.1)
    return tmp_path


def _prepare(root, /, **changes):
    settings = {"sampling_rate": RATE, "seed": 1, "num_jobs": 1, "root": str(root / "db"), "vocals": False}
    return musdb18.prepare(root / "out", **(settings | changes))


def _pitches(path):
    """The tones of a file, in Hz."""
    samples, rate = audio.read(path)
    spectrum = np.abs(np.fft.rfft(samples[: rate // 2], rate))  # bins of 1 Hz
    peaks = [k for k in range(2, len(spectrum) - 2) if spectrum[k] == spectrum[k - 2 : k + 3].max()]
    return sorted(k for k in peaks if spectrum[k] > 0.4 * spectrum.max())


@pytest.mark.parametrize("form", ["stems", "folders"])
def test_accompaniments_are_sums_and_songs_are_mixtures(form, request):
    root = request.getfixturevalue(form)
    assert _prepare(root) == []
    test = {piece.genre: piece for piece in kaldi.read_music_dir(root / "out" / "test")}
    assert _pitches(test["anime"].path) == pytest.approx([450, 650, 850], abs=2)
    assert _pitches(test["popular"].path) == pytest.approx([250], abs=2)
    train = kaldi.read_music_dir(root / "out" / "train")
    assert all(len(_pitches(piece.path)) == 3 for piece in train)


def test_parts_change_no_byte(folders):
    def prepare(output, part):
        return _prepare(folders, part=part)

    assert parts.are_of_no_consequence(prepare, folders / "out")


@pytest.mark.parametrize("form", ["stems", "folders"])
def test_artists_are_held_out_whole(form, request):
    root = request.getfixturevalue(form)
    _prepare(root)
    artists = {}
    for name in ("train", "dev"):
        ids = [piece.recording_id for piece in kaldi.read_music_dir(root / "out" / name)]
        artists[name] = {one.removeprefix("anime_")[0] for one in ids}
    assert artists["train"] | artists["dev"] == {"A", "B", "C"}
    assert not artists["train"] & artists["dev"]


def test_training_music_may_have_its_vocals(folders):
    _prepare(folders, vocals=True)
    assert all(len(_pitches(piece.path)) == 1 for piece in kaldi.read_music_dir(folders / "out" / "train"))


def test_a_track_without_a_stem_is_named(folders):
    (folders / "db" / "train" / "B - 1" / "bass.wav").unlink()
    with pytest.raises(DataError, match=r"B - 1: the track has no bass\.wav; unpack it again"):
        _prepare(folders)


def test_an_mp4_with_too_few_streams_is_left_out(stems):
    encode(stems / "db" / "train" / "D - 4.stem.mp4", _stems(90)[:2], codec="aac")
    (skipped,) = _prepare(stems)
    assert skipped.reason.endswith(
        "D - 4.stem.mp4: no audio stream 2; the file has: 0 (aac, 1 channel), 1 (aac, 1 channel)"
    )


def test_a_folder_that_is_not_musdb18_says_so(tmp_path):
    with pytest.raises(
        DataError, match=r"train: holds no track of MUSDB18; set music\.root to the folder of train"
    ):
        _prepare(tmp_path)
