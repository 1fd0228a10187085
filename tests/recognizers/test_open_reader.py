"""One door to all recognisers: what a path is, and what is wrong with it, in one line."""

import json

import pytest
import torch
from crossing_reader import CrossingReader
from espnet_models import save, settings_of

from musasr.errors import ConfigError, MusasrError
from musasr.recognizers.open_reader import open_reader
from musasr.recognizers.resampling import Resampled, resample

RATE = 16000


@pytest.fixture(scope="module")
def espnet(tmp_path_factory):
    return save(tmp_path_factory.mktemp("recipe") / "exp" / "asr", settings_of())


def test_an_espnet_folder_is_opened_with_the_settings_that_it_knows(espnet):
    settings = {"beam_size": 2, "compute_type": "int8", "ctc_weight": 0.3, "maxlenratio": 0.3}
    reader = open_reader(espnet, sampling_rate=RATE, settings=settings)
    assert reader.sampling_rate == RATE
    assert reader.search.search.beam_size == 2
    assert reader.search.search.weights["ctc"] == 0.3
    assert reader.aligner is not None
    plain = open_reader(espnet, sampling_rate=RATE, settings={"word_times": False})
    assert plain.aligner is None


def test_an_espnet_model_of_another_rate_hears_resampled_waveforms(espnet):
    settings = {"beam_size": 2, "maxlenratio": 0.3}
    own = open_reader(espnet, sampling_rate=RATE, settings=settings)
    other = open_reader(espnet, sampling_rate=8000, settings=settings)
    assert isinstance(other, Resampled)
    assert other.sampling_rate == 8000
    waveform = 0.1 * torch.randn(12000, generator=torch.Generator().manual_seed(1))
    (reading,) = other(waveform[None], torch.tensor([12000]))
    (expected,) = own(resample(waveform, 8000, RATE)[None], torch.tensor([24000]))
    assert reading == expected
    assert reading.words[-1].end <= 1.5


def test_times_are_seconds_at_any_rate():
    """A second of a 1 kHz tone behind one of silence, for a reader at twice the rate."""
    time = torch.arange(8000) / 8000
    waveform = torch.cat([torch.zeros(8000), torch.sin(2 * torch.pi * 1000 * time + 0.3)])
    reader = Resampled(CrossingReader(0.5, sampling_rate=RATE), sampling_rate=8000)
    (reading,) = reader(waveform[None], torch.tensor([16000]))
    assert int(reading.words[-1].text[1:]) == pytest.approx(1000, abs=3)
    assert (reading.words[-1].start, reading.words[-1].end) == (1.5, 2.0)


def test_a_training_of_ours_goes_to_who_can_open_it(tmp_path):
    for name in ("recipe.yaml", "config.yaml"):
        (tmp_path / name).write_text("x: 1")
    ours = CrossingReader(0.5, sampling_rate=RATE)
    assert open_reader(tmp_path, sampling_rate=RATE, open_system=lambda path: ours) is ours
    with pytest.raises(MusasrError, match="is a training of musasr; name it where a whole system"):
        open_reader(tmp_path, sampling_rate=RATE)


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({}, "gone", "gone: there is no such recogniser; name a folder or zip of ESPnet"),
        ({}, "", "is no recogniser's folder; name a folder"),
        ({"notes.txt": "x"}, "notes.txt", "notes.txt: is a file, and no recogniser; name a folder"),
        (
            {"model.pth": "x", "config.yaml": "x: 1"},
            "model.pth",
            "is a file, and no recogniser; name its folder",
        ),
        ({"model.zip": "x"}, "model.zip", "model.zip: is no readable zip"),
        ({"config.json": '{"model_type": "wav2vec2"}'}, "", "is a model of type 'wav2vec2'"),
        ({"config.json": "{"}, "", "config.json: is no JSON of settings"),
        ({"config.json": "[]"}, "", "config.json: is no JSON of settings"),
        ({"config.json": "{}", "vocabulary.txt": "x"}, "", "has no model.bin"),
        ({"model.bin": "x"}, "", "has no config.json"),
        ({"config.json": '{"model_type": "whisper"}'}, "", "has no model.safetensors"),
        ({"config.yaml": "encoder: rnn"}, "", "has no weights"),
        ({"meta.yaml": "x: 1"}, "", "names no asr_train_config"),
    ],
)
def test_what_is_no_recogniser_is_one_line(tmp_path, files, name, message):
    for file, content in files.items():
        (tmp_path / file).write_text(content)
    with pytest.raises(MusasrError, match=message) as raised:
        open_reader(tmp_path / name, sampling_rate=RATE)
    assert "\n" not in str(raised.value)


def test_a_setting_that_no_reader_has_is_named(espnet):
    with pytest.raises(ConfigError, match="unknown key 'beam_sice'; did you mean 'beam_size'"):
        open_reader(espnet, sampling_rate=RATE, settings={"beam_sice": 2})
    with pytest.raises(ConfigError, match="a value is of the wrong kind"):
        open_reader(espnet, sampling_rate=RATE, settings={"beam_size": "two"})
    with pytest.raises(ConfigError, match="use beam_size >= 1"):
        open_reader(espnet, sampling_rate=RATE, settings={"beam_size": 0})


def test_without_the_extra_a_whisper_says_how_to_get_it(tmp_path, monkeypatch):
    for name in ("model.bin", "tokenizer.json"):
        (tmp_path / name).write_text("x")
    (tmp_path / "config.json").write_text(json.dumps({}))
    monkeypatch.setitem(__import__("sys").modules, "faster_whisper", None)
    with pytest.raises(
        ConfigError, match=r"Whisper needs the package faster_whisper; run pip install .\[whisper\]"
    ):
        open_reader(tmp_path, sampling_rate=RATE)


@pytest.mark.slow
def test_a_name_of_the_hub_is_fetched_or_says_what_to_do():
    pytest.importorskip("faster_whisper", reason="the extra whisper is not installed")
    with pytest.raises(
        MusasrError, match=r"whisper:large-v1: is not here, and cannot be fetched .*go online once"
    ):
        open_reader("whisper:large-v1", sampling_rate=RATE)
    with pytest.raises(ConfigError, match="there is no Whisper 'bases'; did you mean 'base'"):
        open_reader("whisper:bases", sampling_rate=RATE)
