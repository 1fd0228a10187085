"""The layout of recordings to train with and to measure by: which files become what, what is left out."""

import importlib
import sys

import numpy as np
import pytest
from music_files import sine, tone

from musasr import audio
from musasr.errors import DataError
from musasr.recipe.config import CONF

TOOLS = CONF.parent / "tools"


@pytest.fixture(scope="module")
def recordings():
    """The module tools/real_recordings.py, which imports its neighbour."""
    sys.path.insert(0, str(TOOLS))
    yield importlib.import_module("real_recordings")
    sys.path.remove(str(TOOLS))


@pytest.fixture(scope="module")
def real_sound(recordings):
    """The neighbour."""
    return importlib.import_module("real_sound")


def test_clips_are_joined_to_pieces_of_half_a_minute_with_pauses(recordings):
    clips = [np.full(10 * recordings.RATE, number + 1, np.float32) for number in range(7)]
    pieces = list(recordings.joined(clips))
    assert [len(piece) / recordings.RATE for piece in pieces] == pytest.approx([30.6, 30.6, 10.2])
    assert pieces[1][0] == 4
    assert not pieces[0][10 * recordings.RATE : round(10.2 * recordings.RATE)].any()


def test_each_voice_gets_its_own_files_and_no_cries(recordings, tmp_path, monkeypatch):
    unpacked, output = tmp_path / "unpacked", tmp_path / "voices"
    tone(unpacked / "fish" / "level" / "cs" / "hello.wav", 200, rate=22050, seconds=1.0)
    tone(unpacked / "fish" / "level" / "cs" / "oh.wav", 200, rate=22050, seconds=0.2)
    tone(unpacked / "fish" / "level" / "nl" / "hallo.wav", 200, rate=22050, seconds=2.0)
    monkeypatch.setattr(recordings, "VOICES", {"fish-cs": ("cs", "fish", "**/cs/*.wav")})
    recordings.write_voices(unpacked, output)
    (piece,) = output.rglob("*.wav")
    assert piece.relative_to(output).as_posix() == "fish-cs/fish-cs-000.wav"
    assert audio.info(piece).sampling_rate == recordings.RATE
    assert audio.info(piece).num_samples / recordings.RATE == pytest.approx(1.2, abs=0.01)


def test_titles_are_moved_below_their_packages_name_whatever_its_version(recordings, tmp_path, monkeypatch):
    unpacked, output = tmp_path / "unpacked", tmp_path / "music"
    tone(unpacked / "wesnoth-1.18-music" / "core" / "music" / "battle.wav", 200)
    monkeypatch.setattr(recordings, "MUSIC", {"wesnoth-music": "**/core/music/*.wav"})
    recordings.move_music(unpacked, output)
    assert [one.relative_to(output).as_posix() for one in output.rglob("*.wav")] == [
        "wesnoth-music/core/music/battle.wav"
    ]


def test_a_measured_mixture_is_the_sum_of_its_parts_at_the_snr(real_sound, tmp_path):
    library = real_sound.write_music(tmp_path, {"title": tone(tmp_path / "title.wav", 300, seconds=3.0)})
    speech = {"fr-wide-hello": sine(200, rate=real_sound.RATE, seconds=1.0)}
    for snr_db in real_sound.SNRS_DB:
        parts = real_sound.mixtures_at(snr_db, speech, library, "test")["fr-wide-hello"]
        assert set(parts) == {"mixture", "speech", "music"}
        assert np.allclose(parts["mixture"], parts["speech"] + parts["music"], atol=1e-6)
        energies = [float(np.sum(parts[part] ** 2)) for part in ("speech", "music")]
        assert 10 * np.log10(energies[0] / energies[1]) == pytest.approx(snr_db, abs=1e-3)
    real_sound.write_dir(tmp_path / "5dB", {"fr-wide-hello": parts}, {})
    names = {path.name for path in (tmp_path / "5dB").iterdir()}
    assert {"wav.scp", "speech.scp", "music.scp", "utt2spk"} <= names


def test_a_package_laid_out_in_another_way_is_told(recordings, tmp_path, monkeypatch):
    tone(tmp_path / "unpacked" / "fish" / "elsewhere" / "hello.wav", 200)
    monkeypatch.setattr(recordings, "VOICES", {"fish-cs": ("cs", "fish", "**/cs/*.wav")})
    with pytest.raises(DataError, match=r"fish: holds no \*\*/cs/\*.wav; this release"):
        recordings.write_voices(tmp_path / "unpacked", tmp_path / "voices")


def test_no_voice_speaks_a_language_of_the_real_test_half(recordings, real_sound):
    languages = {language for language, _, _ in recordings.VOICES.values()}
    assert len(languages) == 13
    assert not languages & set(real_sound.VOICES["test"])
