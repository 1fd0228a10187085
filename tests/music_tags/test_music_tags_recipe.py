"""The music tagger from spectrograms to `musasr tag`, on noise whose bands are its labels."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_tagger import tiny_run, write_rush
from trained_folders import untrained_workdir

from musasr import audio
from musasr.classifiers.conv_stack import ConvStack
from musasr.cli.main import main
from musasr.errors import ConfigError, StateError
from musasr.music_tags import networks, settings, stages
from musasr.music_tags.keys import KEYS
from musasr.music_tags.labels import Labels
from musasr.music_tags.tagger import Tagger
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked
from musasr.recipe.system_run import SystemRun, load_system
from musasr.recipe.workdir import Workdir

STATIONS = ("focus", "lonely", "party", "rest")
MOODS = tuple(f"mood{i}" for i in range(100))


def size_of(module) -> int:
    return sum(one.numel() for one in module.parameters())


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A recipe that is done."""
    folder = tmp_path_factory.mktemp("tags")
    write_rush(folder)
    run = tiny_run(folder)
    stages.prepare(run)
    stages.train(run)
    stages.evaluate(run)
    stages.report(run)
    return folder


@pytest.mark.slow
def test_a_recipe_learns_what_can_be_heard_and_says_so_in_its_table(workdir):
    found = json.loads((workdir / "work" / "results" / "results.json").read_text())
    assert set(found["systems"]) == {"crnn", "cnn", "attention", "ensemble", "majority"}
    assert found["systems"]["cnn"]["station"]["accuracy"]["value"] > 80
    assert found["systems"]["majority"]["tags"]["roc_auc"]["value"] == 50
    areas = found["systems"]["cnn"]["tags"]["roc_auc_of"]
    assert (areas["dark"], areas["noisy"]) == (100.0, None)
    assert sum(found["ensemble_weights"]["tags"].values()) == pytest.approx(1, abs=1e-3)
    assert {one["variant"] for one in found["claims"]} == {"attention", "ensemble", "crnn"}
    table = (workdir / "work" / "results" / "table.md").read_text()
    assert "6 test tracks; percent" in table
    assert "| attention | " in table


@pytest.mark.slow
def test_what_is_done_is_not_done_again_and_other_settings_are_refused(workdir, capsys):
    weights = workdir / "work" / "exp" / "crnn" / "weights.pt"
    before = weights.stat().st_mtime_ns
    run = tiny_run(workdir)
    stages.prepare(run)
    stages.train(run)
    stages.evaluate(run)
    said = capsys.readouterr().out
    assert "the corpus is prepared already" in said
    assert "attention: is trained already" in said
    assert "cnn: is scored already" in said
    assert weights.stat().st_mtime_ns == before
    with pytest.raises(StateError, match=r"was made with items.num_frames = 32, .* says 16"):
        stages.train(tiny_run(workdir, "items.num_frames=16"))
    with pytest.raises(StateError, match="was made with seed = 1"):
        stages.prepare(tiny_run(workdir, "seed=2"))


@pytest.mark.slow
def test_features_of_another_corpus_are_not_taken_for_this_ones(workdir, tmp_path):
    shutil.copytree(workdir / "work" / "data", tmp_path / "data")
    (tmp_path / "data" / "music" / "done.json").unlink()  # as if it had been killed
    run = replace(tiny_run(workdir, "seed=2"), workdir=Workdir(tmp_path))
    with pytest.raises(StateError, match="was made with seed = 1"):
        stages.prepare(run)


@pytest.mark.slow
def test_a_guide_is_frozen_inside_the_tagger_that_it_guides(workdir):
    crnn, _ = networks.load(workdir / "work" / "exp" / "crnn")
    guided, _ = networks.load(workdir / "work" / "exp" / "attention")
    for one, other in zip(crnn.parameters(), guided.attention.tagger.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.slow
def test_files_are_tagged_by_the_command(workdir, tmp_path, capsys):
    samples = (0.1 * np.random.default_rng(0).standard_normal(70_000)).astype(np.float32)
    audio.write(tmp_path / "noise.wav", samples, 16000)
    model = ["--model", str(workdir / "work" / "exp" / "attention")]
    assert main(["tag", str(tmp_path / "noise.wav"), *model, "--json"]) == 0
    (tagged,) = json.loads(capsys.readouterr().out)
    assert tagged["duration"] == 4.375
    assert [one["start"] for one in tagged["windows"]] == [0, 1.024, 2.048, 3.072]
    assert sum(tagged["station"].values()) == pytest.approx(1, abs=1e-3)
    assert set(tagged["tags"]) == {"dark", "noisy", "t0", "t2"}
    assert main(["tag", str(tmp_path / "noise.wav"), *model, "--windows", "--top", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith(f"{tmp_path / 'noise.wav'}: ")
    words = Tagger(workdir / "work" / "exp" / "attention").words  # what a subtitle says
    assert words(np.zeros(70_000, np.float32)) is None
    assert set(words(samples).split(", ")) <= set(tagged["tags"])
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    assert main(["tag", str(tmp_path), *model]) == 1
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert said.err.splitlines()[-1].endswith("1 of 2 files could not be tagged; see above")


@pytest.mark.slow
def test_bands_are_shown_with_their_times(workdir, tmp_path, capsys):
    noise = (0.1 * np.random.default_rng(0).standard_normal(160_000)).astype(np.float32)
    audio.write(tmp_path / "noise.wav", noise, 16000)
    given = ["tag", str(tmp_path / "noise.wav"), "--model", str(workdir / "work" / "exp" / "cnn"), "--bands"]
    assert main([*given, "--json"]) == 0
    (tagged,) = json.loads(capsys.readouterr().out)
    assert tagged["bands"] == {"speech": [], "music": [[0.0, 10.0]], "singing": None}
    assert main(given) == 0
    wanted = [
        "       0.0     10.0  music",
        "  singing is not told apart: the tagger has no such tag",
    ]
    assert capsys.readouterr().out.splitlines()[1:] == wanted
    untrained = untrained_workdir(tmp_path / "mini", "time", "none+clean")
    assert main([*given, "--json", "--separator", str(untrained.training("time"))]) == 0
    assert set(json.loads(capsys.readouterr().out)[0]["bands"]) == {"speech", "music", "singing"}
    assert main([*given, "--separator", str(untrained.training("none+clean"))]) == 1
    assert "exp/none+clean: has no separator; name exp/time" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--top", "0"], "--top: no tag would be shown; give 1 or more"),
        (["--least", "2"], "--least: 2 is no probability; give 0 to 1"),
        (["--separator", "x"], "--separator: nothing is to be separated; add --bands"),
        (["--stream", "-1"], "--stream: streams are numbered from 0; give 0 or more"),
        ([], "holds no trained network; train it first"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path, capsys, options, message):
    audio.write(tmp_path / "a.wav", np.zeros(100, np.float32), 16000)
    assert main(["tag", str(tmp_path / "a.wav"), "--model", str(tmp_path), *options]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_stages_out_of_order_are_said(tmp_path):
    asked = Asked(config=CONF / "music_tags_smoke.yaml", workdir=tmp_path)
    run = SystemRun.of(asked, "music_tags", KEYS)
    with pytest.raises(StateError, match="the corpus is not prepared; prepare it first"):
        stages.train(run)


def test_what_a_network_does_not_take_is_said_before_anything_is_prepared(tmp_path):
    change = "network={pooling: sap, pooling_conf: {hidden_size: 3}}"
    asked = Asked(config=CONF / "music_tags_smoke.yaml", workdir=tmp_path, set=(change,))
    message = r"variants: crnn: network\.pooling_conf: unknown key 'hidden_size'; AttentivePooling takes no"
    with pytest.raises(ConfigError, match=message):
        stages.prepare(SystemRun.of(asked, "music_tags", KEYS))
    assert not list(tmp_path.iterdir())


def test_a_gpu_that_is_not_there_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    asked = Asked(config=CONF / "music_tags_smoke.yaml", workdir=tmp_path, ngpu=1)
    with pytest.raises(ConfigError, match="--ngpu: there is no GPU here; leave it out"):
        stages.train(SystemRun.of(asked, "music_tags", KEYS))


def test_help_needs_no_torch():
    code = "import sys; from musasr.cli.main import main\ntry: main(['tag', '-h'])\nexcept SystemExit: pass\n"
    done = subprocess.run(
        [sys.executable, "-c", code + "print('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.slow
def test_the_full_size_networks_are_as_large_as_the_rush_teams_and_take_a_step():
    config = load_system(CONF / "music_tags_full.yaml", "music_tags", KEYS)
    variants = settings.variants_of(config)
    labels = Labels(STATIONS, MOODS)
    millions = {}
    frames_of_a_step = {"one_axis": 7000, "resnext": 128, "rexnet": 128}
    for name in ("crnn", "one_axis", "cnn", "baseline", "resnext", "rexnet"):
        network = networks.build(variants[name]["network"], labels)
        millions[name] = round(size_of(network) / 1e6, 3)
        if name in frames_of_a_step:
            frames = torch.rand(2, 128, frames_of_a_step[name])
            targets = {"station": torch.eye(4)[:2], "tags": torch.ones(2, 100)}
            loss, _, _ = network(frames, **targets)
            loss.backward()
            assert all(one.grad is not None and one.grad.isfinite().all() for one in network.parameters())
    assert millions["crnn"] == 1.549
    assert millions["one_axis"] == 0.684
    assert millions["resnext"] == round(23.236420 + (2048 * 256 + 256 + 256 * 100 + 100) / 1e6, 3)  # and tags
    assert millions["rexnet"] == 6.497
    narrow = ConvStack(num_bands=128, channels=(1,) * 5)
    assert narrow(torch.zeros(1, 128, 1000)).shape == (1, 1, 1)


def test_lists_of_layers_that_differ_in_length_are_said():
    with pytest.raises(ConfigError, match="channels and pools differ in length; give each one value a layer"):
        ConvStack(num_bands=128, channels=(4, 4), pools=(2,))


def test_an_argument_that_a_trunk_does_not_take_is_said():
    config = load_system(CONF / "music_tags.yaml", "music_tags", KEYS)
    network = {**config["network"], "trunk_conf": {"chanels": [1]}}
    with pytest.raises(
        ConfigError, match=r"network.trunk_conf: unknown key 'chanels'; did you mean 'channels'"
    ):
        networks.build(network, Labels(STATIONS, MOODS))
    with pytest.raises(ConfigError, match=r"no head has labels; ask for \['tags'\]"):
        networks.build({**config["network"], "heads": {}}, Labels((), MOODS))
