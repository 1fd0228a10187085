"""ESPnet's own trainer, from the config.yaml that a training of ours has."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from runs import make_run

from musasr import audio, kaldi
from musasr.bin.enh_s2t_train import main
from musasr.kaldi import Piece, Utterance
from musasr.mixing.dynamic import DynamicMixer
from musasr.recipe import config as configuration
from musasr.recipe import done_marks
from musasr.recipe.workdir import Workdir
from musasr.tasks import checkpoints, folder, options
from musasr.tasks.registry import EnhS2TTask
from musasr.text import train_units
from musasr.training.train import build

RATE = 16000
TEXT = ["音 楽 の 中", "声 を 聞 く", "音 声 認 識", "中 の 声"]


def noise(path: Path, seed: int, seconds: float) -> Path:
    samples = 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    audio.write(path, samples.astype(np.float32), RATE)
    return path.absolute()


@pytest.fixture
def workdir(tmp_path) -> Workdir:
    """Five utterances to train with and two to validate, a title of music each, units."""
    workdir = Workdir(tmp_path / "work")
    for name, count in (("train", 5), ("dev", 2)):
        speech_dir = workdir.speech(name)
        utterances = [
            Utterance(f"s-{i}", "s", TEXT[i % 4], noise(speech_dir / "wav" / f"{i}.wav", i, 1.0), RATE)
            for i in range(count)
        ]
        kaldi.write_speech_dir(speech_dir, utterances)
        piece = Piece("m", noise(workdir.music(name) / "m.wav", 9, 4.0), 4.0, "anime")
        kaldi.write_music_dir(workdir.music(name), [piece])
    train_units(TEXT, workdir.units, unit_type="char", num_units=None)
    return workdir


def prepare(workdir: Workdir, name: str, *settings: str) -> Path:
    """The config.yaml and recipe.yaml of a training of the smoke recipe, of two short epochs."""
    both = [f"training.{part}.{key}" for part in ("time", "joint") for key in ("max_epoch=2", "batch_size=2")]
    both += ["training.joint.batch_type=unsorted", "training.time.crop_seconds=0.6", *settings]
    run = make_run(workdir.root, "smoke", *both, systems="time+mixture:both")
    options.write_options(run, name)
    configuration.save(run.config, workdir.training(name) / folder.RECIPE_FILE)
    for parent in run.trainings[name].parents:
        torch.manual_seed(len(parent))
        model = build(options.write_options(run, parent), where=parent)
        checkpoints.save(model.state_dict(), workdir.training(parent))
    return workdir.training(name) / folder.CONFIG_FILE


@pytest.fixture
def heard(monkeypatch) -> list[tuple[int, bytes]]:
    """The epoch and the mixture of each call of the mixer for the first utterance."""
    calls, mix = [], DynamicMixer.__call__

    def listen(self, utterance_id, speech, *, epoch):
        mixture = mix(self, utterance_id, speech, epoch=epoch)
        if utterance_id == "s-0":
            calls.append((epoch, mixture.mixture.tobytes()))
        return mixture

    monkeypatch.setattr(DynamicMixer, "__call__", listen)
    return calls


def test_a_separator_trains_with_mixtures_that_change_with_the_epoch(workdir, tmp_path, heard):
    config = prepare(workdir, "time")
    main(["--config", str(config), "--output_dir", str(tmp_path / "out")])
    assert [epoch for epoch, _ in heard] == [1, 0, 2, 0]  # trained, validated, trained, validated
    first, valid, second, again = (mixture for _, mixture in heard)
    assert first != second
    assert valid == again
    written = yaml.safe_load((tmp_path / "out" / "config.yaml").read_text())
    assert written["scheduler_conf"]["total_steps"] == 4  # two epochs, of 3 and 2 utterances
    state = torch.load(tmp_path / "out" / "checkpoint.pth")
    assert state["schedulers"][0]["last_epoch"] == 4
    # What ESPnet leaves, our own commands take.
    assert checkpoints.load_model(tmp_path / "out").enh_model is not None
    assert configuration.load_resolved(tmp_path / "out" / "recipe.yaml")["decode"]["beam_size"] == 2


def test_a_joint_training_starts_from_its_parents(workdir, tmp_path):
    config = prepare(workdir, "time+mixture:both", "training.joint.scheduler_conf.max_lr=1.0e-12")
    main(["--config", str(config), "--output_dir", str(tmp_path / "out")])
    trained = checkpoints.load(tmp_path / "out")
    parents = checkpoints.load(workdir.training("time")) | checkpoints.load(workdir.training("none+mixture"))
    assert trained.keys() == parents.keys()
    for name, value in parents.items():
        torch.testing.assert_close(trained[name], value, atol=1e-6, rtol=1e-5, msg=name)


def test_a_training_of_ours_is_not_written_over(workdir):
    config = prepare(workdir, "time")
    done_marks.begin(config.parent, {}, has_state=False)
    before = config.read_bytes()
    with pytest.raises(
        SystemExit, match=r"enh_s2t_train: error: .*time: is a training of musasr; give --out"
    ):
        main(["--config", str(config)])
    assert config.read_bytes() == before


def test_espnets_own_command_points_at_a_file_that_names_what_works(workdir, capsys):
    config = prepare(workdir, "time")
    with pytest.raises(SystemExit):
        EnhS2TTask.get_parser().parse_args(["--config", str(config)])
    assert f"unrecognized arguments: preprocessor_conf (from {config})" in capsys.readouterr().err
    comment = [line for line in config.read_text().splitlines() if line.startswith("#")]
    assert config.read_text().startswith(comment[0])
    for name in ("python -m musasr.bin.enh_s2t_train --config", "musasr export", "egs/ESPNET.md"):
        assert any(name in line for line in comment)
