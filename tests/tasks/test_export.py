"""What `musasr export` writes, in ESPnet's own inference classes: the estimates and hypotheses are ours."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

import musasr.tasks.registry  # noqa: F401  isort: skip  (first: ESPnet then knows our classes)
from espnet2.bin.asr_inference import Speech2Text
from espnet2.bin.enh_inference import SeparateSpeech
from espnet2.bin.pack import main as pack
from espnet2.main_funcs.pack_funcs import unpack
from small_models import batch, options
from trained_folders import recognizer_of

from musasr.cli.export import usage
from musasr.errors import ConfigError
from musasr.joint import JointModel
from musasr.recipe import config as configuration
from musasr.recognition.recognizer import Recognition
from musasr.tasks import checkpoints
from musasr.tasks.export import export
from musasr.text import Units, train_units
from musasr.training.train import build

RATE = 16000
WORDS = ["音 楽 の 中 で", "声 を 聞 く", "音 声 を 認 識 す る", "a voice under music"]


@pytest.fixture
def units(tmp_path) -> Units:
    return train_units(WORDS, tmp_path / "units", unit_type="char", num_units=None)


@pytest.fixture
def train(tmp_path, units):
    """A function that writes a finished training's folder: random weights, which prefer something."""

    # ESPnet lets CTC score 1.5 times as many units as the beam is wide: 25 are all.
    def write(
        *parts: str, ctc_weight: float = 0.5, normalize: str | None = None, beam_size: int = 25
    ) -> Path:
        directory = tmp_path / "exp" / "+".join(parts)
        torch.manual_seed(1)
        args = options("smoke", *parts)
        args.token_list = list(units.tokens)
        if "recognizer" in parts:
            args.normalize = normalize
            args.asr_model_conf = args.asr_model_conf | {"ctc_weight": ctc_weight}
        args.preprocessor_conf = {"units_dir": str(tmp_path / "units"), "mixing": None}
        model = build(args, where="test")
        prefer(model)
        configuration.save(vars(args), directory / "config.yaml")
        search = {"beam_size": beam_size, "ctc_weight": ctc_weight, "maxlenratio": 0.4, "length_bonus": 0.3}
        settings = [f"decode.{key}={value}" for key, value in search.items()]
        recipe = configuration.load(configuration.CONF / "smoke.yaml", settings=settings)
        configuration.save(recipe, directory / "recipe.yaml")
        checkpoints.save(model.state_dict(), directory)
        return directory

    return write


@torch.no_grad()
def prefer(model: JointModel) -> None:
    """Make the estimates of a random model loud or faint, and its recogniser sure of what it hears."""
    if model.enh_model is not None:
        for name, parameter in model.enh_model.separator.named_parameters():
            parameter.sub_(2) if name == "linear.bias" else parameter.mul_(1.3)
    if model.s2t_model is not None:
        for name, parameter in model.s2t_model.named_parameters():
            if name.startswith(("decoder.", "ctc.")):
                parameter.mul_(4)
        model.s2t_model.decoder.output.bias[-1] -= 5  # to go on rather than to end


def files(directory: Path) -> tuple[Path, Path]:
    return directory / "config.yaml", directory / "model.pth"


def search(directory: Path) -> dict:
    return yaml.safe_load((directory / "decode.yaml").read_text())


def ours(directory: Path, units: Units, mixture: np.ndarray) -> Recognition:
    recipe = configuration.load_resolved(directory / "recipe.yaml")
    (result,) = recognizer_of(directory, units, recipe["decode"], sampling_rate=RATE)([mixture])
    return result


@pytest.mark.parametrize("front_end", ["time", "frequency"])
def test_separate_speech_gives_our_estimates_at_our_level(train, tmp_path, front_end):
    directory = train(front_end)
    export(directory, "separator", tmp_path / "out")
    mixture, lengths = batch((16000, 16000))["speech"], torch.tensor([16000, 16000])
    theirs = SeparateSpeech(*files(tmp_path / "out"))(mixture, fs=RATE)
    model = checkpoints.load_model(directory)
    with torch.inference_mode():
        expected = model.separate(mixture, lengths)
        free, *_ = model.enh_model.forward_enhance(mixture, lengths)
    np.testing.assert_allclose(np.stack(theirs, axis=1), expected, atol=1e-5)
    # What ESPnet's class would give without it: as loud as it happens to be.
    ratio = torch.stack(free, dim=1).square().sum(-1) / expected.square().sum(-1)
    assert ((ratio < 0.5) | (ratio > 2)).any()


def test_long_audio_in_segments_has_the_level_too(train, tmp_path):
    directory = train("time")
    export(directory, "separator", tmp_path / "out")
    mixture = batch((16000, 16000))["speech"]
    separate = SeparateSpeech(*files(tmp_path / "out"), segment_size=0.5, hop_size=0.4)
    speech, music = separate(mixture, fs=RATE)
    model = checkpoints.load_model(directory)
    with torch.inference_mode():
        first = model.separate(mixture[:, :8000], torch.tensor([8000, 8000]))
    assert speech.shape == music.shape == (2, 16000)
    np.testing.assert_allclose(speech[:, :6400], first[:, 0, :6400], atol=1e-5)


def test_espnets_own_classes_give_the_estimates_at_a_free_level(train, tmp_path):
    directory = train("time")
    export(directory, "separator", tmp_path / "out", espnet_only=True)
    assert "musasr.tasks" not in (tmp_path / "out" / "config.yaml").read_text()
    mixture = batch()["speech"][:1]
    separate = SeparateSpeech(*files(tmp_path / "out"))
    assert {type(part).__module__.split(".")[0] for part in separate.enh_model.modules()} <= {
        "espnet2",
        "torch",
    }
    with torch.inference_mode():
        expected, *_ = checkpoints.load_model(directory).enh_model.forward_enhance(
            mixture, torch.tensor([16000])
        )
    np.testing.assert_allclose(separate(mixture, fs=RATE), torch.stack(expected), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(
    "settings", [{}, {"ctc_weight": 0.0}, {"normalize": "utterance_mvn"}], ids=["ctc", "attention", "mvn"]
)
def test_speech2text_reads_what_our_recogniser_reads(train, units, tmp_path, settings):
    directory = train("recognizer", **settings)
    export(directory, "recognizer", tmp_path / "out")
    recognize = Speech2Text(*files(tmp_path / "out"), **search(tmp_path / "out"))
    for waveform in batch((16000, 16000))["speech"].numpy():
        text, _, _, hypothesis = recognize(waveform)[0]
        expected = ours(directory, units, waveform)
        assert text == expected.hypothesis != ""
        assert float(hypothesis.score) == pytest.approx(expected.score, abs=1e-3)


def test_a_narrow_beam_finds_the_same_once_ctc_may_score_every_unit(train, units, tmp_path):
    directory = train("recognizer", beam_size=3)
    export(directory, "recognizer", tmp_path / "out")
    recognize = Speech2Text(*files(tmp_path / "out"), **search(tmp_path / "out"))
    assert recognize.beam_search.do_pre_beam
    recognize.beam_search.do_pre_beam = False
    for waveform in batch((16000, 16000))["speech"].numpy():
        assert recognize(waveform)[0][0] == ours(directory, units, waveform).hypothesis != ""


@pytest.mark.parametrize("front_end", ["time", "frequency"])
def test_speech2text_reads_what_our_joint_system_reads_and_nothing_in_the_music(
    train, units, tmp_path, front_end
):
    directory = train(front_end, "recognizer")
    export(directory, "joint", tmp_path / "out")
    recognize = Speech2Text(*files(tmp_path / "out"), **search(tmp_path / "out"), enh_s2t_task=True)
    for mixture in batch((16000, 16000))["speech"].numpy():
        (nbest,) = recognize(mixture)  # one source: the speech
        text, _, _, hypothesis = nbest[0]
        expected = ours(directory, units, mixture)
        assert text == expected.hypothesis != ""
        assert float(hypothesis.score) == pytest.approx(expected.score, abs=1e-3)


@pytest.mark.parametrize("part", ["recognizer", "joint"])
def test_a_pack_is_whole_and_loads_elsewhere(train, tmp_path, monkeypatch, part):
    directory = train("time", "recognizer")
    monkeypatch.chdir(tmp_path)
    export(directory, part, Path("out"))
    mixture = batch()["speech"][0].numpy()
    options = search(Path("out")) | {"enh_s2t_task": part == "joint"}
    before = Speech2Text(*files(Path("out")), **options)(mixture)
    pack(pack_words(usage(part, Path("out"), sampling_rate=RATE)))
    elsewhere = tmp_path / "another machine"
    elsewhere.mkdir()
    (tmp_path / "out.zip").rename(elsewhere / "out.zip")
    (tmp_path / "out").rename(tmp_path / "gone")
    (tmp_path / "units").rename(tmp_path / "gone too")
    monkeypatch.chdir(elsewhere)
    found = unpack("out.zip", "unpacked")
    assert set(found) == {"asr_train_config", "asr_model_file"}
    again = Speech2Text(**found, **options)(mixture)
    assert spoken(again) == spoken(before)


def test_a_separators_pack_loads_elsewhere(train, tmp_path, monkeypatch):
    directory = train("time")
    monkeypatch.chdir(tmp_path)
    export(directory, "separator", Path("out"))
    mixture = batch()["speech"][:1]
    before = SeparateSpeech(*files(Path("out")))(mixture, fs=RATE)
    pack(pack_words(usage("separator", Path("out"), sampling_rate=RATE)))
    (tmp_path / "out").rename(tmp_path / "gone")
    after = SeparateSpeech(**unpack("out.zip", "unpacked"))(mixture, fs=RATE)
    np.testing.assert_array_equal(before, after)


def test_a_folder_that_espnet_cannot_pack_whole_is_said_to_be_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "espnet2.bin.pack" in usage("joint", tmp_path / "out", sampling_rate=RATE)
    assert "espnet2.bin.pack" not in usage("joint", tmp_path.parent / "out", sampling_rate=RATE)


def pack_words(said: str) -> list[str]:
    """The arguments of the pack command that the export advises."""
    (line,) = (line for line in said.splitlines() if "espnet2.bin.pack" in line)
    return line.split()[3:]


def spoken(results: list) -> list[str]:
    return [entry[0][0] if isinstance(entry, list) else entry[0] for entry in results]


@pytest.mark.parametrize(
    ("parts", "part", "espnet_only", "message"),
    [
        (("recognizer",), "separator", False, "has no separator; name a training that has one"),
        (("time",), "recognizer", False, "has no recognizer; name a training that has one"),
        (("time",), "joint", False, "has no recognizer"),
        (("recognizer",), "joint", False, "has no separator"),
        (("frequency",), "separator", True, "--espnet_only: padded_stft is not ESPnet's; leave it out"),
        (
            ("recognizer",),
            "recognizer",
            True,
            "--espnet_only: a recognizer is not of ESPnet's classes; leave it",
        ),
    ],
)
def test_what_cannot_be_exported_says_why_and_leaves_nothing(
    train, tmp_path, parts, part, espnet_only, message
):
    directory = train(*parts)
    with pytest.raises(ConfigError, match=message):
        export(directory, part, tmp_path / "out", espnet_only=espnet_only)
    assert not (tmp_path / "out").exists()
