"""Voices of a network that speaks: its folder is checked first, no voice is in two sets."""

import json

import numpy as np
import pytest

from musasr.corpora.embedded.voices import kokoro_prepare
from musasr.corpora.embedded.voices.espeak import sounds_of
from musasr.corpora.embedded.voices.kokoro import MOST_SOUNDS, RATE, STYLE, Kokoro, Speaker
from musasr.corpora.embedded.voices.kokoro_prepare import LANGUAGES, prepare, voices_of
from musasr.errors import ConfigError, DataError, StateError
from musasr.kaldi import read_music_dir


class Tone:
    """In the place of the network: a tone, as high as the voice says."""

    def __init__(self, kokoro, styles, *, seed):
        self.kokoro, self.hertz = kokoro, 100 + styles.mean()

    def say(self, sounds, *, speed):
        assert self.kokoro.numbers(sounds)
        return 0.1 * np.sin(2 * np.pi * self.hertz * np.arange(5 * RATE) / RATE).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """That of a network with 20 voices, each of its own height."""
    where = tmp_path / "kokoro"
    (where / "voices").mkdir(parents=True)
    (where / "model.onnx").write_bytes(b"network")
    numbers = {sound: number for number, sound in enumerate("abdefiklmnoprstuvzɹAIOʧʤˈ ,.?!", 1)}
    (where / "vocab.json").write_text(json.dumps({"vocab": numbers}))
    for index in range(20):
        np.full((MOST_SOUNDS, STYLE), 10.0 * index, np.float32).tofile(
            where / "voices" / f"af_{index:02}.bin"
        )
    return where


def make(output, folder, **changes):
    given = {"sampling_rate": 8000, "seed": 1, "num_jobs": 1, "train_hours": 0.03, "dev_hours": 0.01}
    return prepare(output, folder=str(folder), **given | changes)


def test_pieces_are_of_voices_of_their_set_and_a_rerun_makes_none(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(kokoro_prepare, "Speaker", Tone)
    assert make(tmp_path / "out", folder) == []
    train, dev = (read_music_dir(tmp_path / "out" / name) for name in ("train", "dev"))
    assert [piece.duration for piece in [*train, *dev]] == [30.0] * (4 + 2)
    assert [piece.genre for piece in train] == list(LANGUAGES[:4])
    monkeypatch.setattr(kokoro_prepare, "Speaker", None)
    assert make(tmp_path / "out", folder) == []
    (folder / "voices" / "af_00.bin").write_bytes((folder / "voices" / "af_01.bin").read_bytes())
    with pytest.raises(TypeError):  # another voice is another corpus: it would have to speak
        make(tmp_path / "out", folder)


def test_no_voice_is_in_two_sets(folder):
    kokoro = Kokoro(folder)
    train, dev = (voices_of(kokoro, name) for name in ("train", "dev"))
    assert sorted(train + dev) == kokoro.names
    assert dev == ["af_08", "af_17"]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("model.onnx", "has no model.onnx; make the folder by tools/kokoro_voices.sh"),
        ("vocab.json", "has no vocab.json"),
        ("voices", r"has no voices/\*.bin"),
    ],
)
def test_a_folder_that_is_none_is_one_line_before_anything_is_made(tmp_path, folder, missing, message):
    (folder / missing).rename(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match=message):
        make(tmp_path / "out", folder)
    assert not (tmp_path / "out").exists()


def test_a_broken_voice_is_one_line(folder):
    (folder / "voices" / "af_00.bin").write_bytes(b"cut")
    with pytest.raises(DataError, match=r"af_00.bin: is no voice of Kokoro"):
        Kokoro(folder).styles("af_00")


def test_broken_files_of_the_network_are_one_line(folder):
    kokoro = Kokoro(folder)
    with pytest.raises(StateError, match=r"model.onnx: is no network that ONNX can run; make the folder"):
        Speaker(kokoro, kokoro.styles("af_00"), seed=1)
    (folder / "vocab.json").write_text("{")
    with pytest.raises(StateError, match=r"vocab.json: is broken: it holds no whole JSON; make the folder"):
        kokoro.numbers("a")


def test_sounds_are_ipa_and_two_letters_of_one_sound_become_one(folder):
    sounds = sounds_of("take my chair, please!", "en-us")
    assert sounds == "tˈeɪk maɪ tʃˈɛɹ, plˈiːz!"
    long = sounds_of("the museum opens at nine in the morning, and tickets cost twelve dollars.", "en-us")
    assert long == "ðə mjuːzˈiəm ˈoʊpənz æt nˈaɪn ɪnðə mˈɔːɹnɪŋ, ænd tˈɪkɪts kˈɔst twˈɛlv dˈɑːlɚz."
    kokoro = Kokoro(folder)
    letters = {number: sound for sound, number in kokoro.vocabulary.items()}
    assert "".join(letters[number] for number in kokoro.numbers(sounds)) == "tˈAk mI ʧˈɹ, plˈiz!"
    assert "(" not in sounds_of("wet setciel dra", "fr-be")  # a word that it takes for English
    with pytest.raises(DataError, match="eSpeak NG has no language xx"):
        sounds_of("hello", "xx")
