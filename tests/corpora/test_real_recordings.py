"""The layout of recordings to train with: which files become whose pieces, and what is left out."""

import importlib.util
import sys

import numpy as np
import pytest
from music_files import tone

from musasr import audio
from musasr.recipe.config import CONF

TOOLS = CONF.parent / "tools"


@pytest.fixture(scope="module")
def recordings():
    """The module tools/real_recordings.py, which imports its neighbour."""
    sys.path.insert(0, str(TOOLS))
    spec = importlib.util.spec_from_file_location("real_recordings", TOOLS / "real_recordings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(str(TOOLS))
    return module


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
    monkeypatch.setattr(recordings, "VOICES", {"fish-cs": ("fish", "**/cs/*.wav")})
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


def test_no_voice_speaks_a_language_of_the_real_test_half(recordings):
    import real_sound

    languages = {voice.rpartition("-")[2].partition("_")[0] for voice in recordings.VOICES}
    assert not languages & set(real_sound.VOICES["test"])
