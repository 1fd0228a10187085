"""What more data and longer utterances take: the figures are of the work that was asked for."""

import sys

import numpy as np
import pytest

from musasr import audio
from musasr.bench import lengths, scaling
from musasr.bench.lengths import peak_of_reading
from musasr.bench.memory import gigabytes
from musasr.errors import ConfigError, StateError, told_in_one_line
from musasr.kaldi import Utterance, read_utterances, write_speech_dir
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked, Run
from musasr.recipe.workdir import Workdir


@pytest.fixture
def run(tmp_path):
    return Run.of(Asked(config=CONF / "smoke.yaml", workdir=tmp_path / "work"))


def test_a_peak_is_in_kilobytes_or_on_a_mac_in_bytes(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert gigabytes(1_000_000) == pytest.approx(1.024)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert gigabytes(1_024_000_000) == pytest.approx(1.024)


def test_a_training_that_starts_from_another_is_refused_and_others_are_named(run, tmp_path):
    with pytest.raises(ConfigError) as error:
        scaling.measure_epoch(run, "none+mixture", times=2, folder=tmp_path)
    assert "'none+mixture'" in str(error.value)
    assert all(name in error.value.mend for name in ("time", "frequency", "none+clean"))


def test_more_data_is_the_same_sound_under_other_names(run, tmp_path, monkeypatch):
    wav = tmp_path / "one.wav"
    audio.write(wav, np.full(16_000, 0.1), 16_000)
    write_speech_dir(run.workdir.speech("train"), [Utterance("b", "someone", "a word", wav, 16_000)])
    seen = {}

    def train(run, training, target, **how):
        seen["utterances"], seen["training"] = read_utterances(target.speech("train")), training.name
        raise StateError("enough")

    monkeypatch.setattr(scaling, "_train", train)
    with pytest.raises(StateError):
        scaling.measure_epoch(run, "time", times=3, folder=tmp_path / "copy")
    assert seen["training"] == "time"
    assert [one.utterance_id for one in seen["utterances"]] == ["b-000", "b-001", "b-002"]
    assert {(one.path, one.speaker_id) for one in seen["utterances"]} == {(wav, "someone")}


def test_an_epoch_on_twice_the_data_hears_twice_as_much(smoke_workdir, tmp_path):
    run = Run.of(Asked(config=CONF / "smoke.yaml", workdir=smoke_workdir))
    once = sum(one.num_samples for one in read_utterances(run.workdir.speech("train")))
    found = scaling.measure_epoch(run, "time", times=2, folder=tmp_path)
    assert found["hours"] == pytest.approx(2 * once / 16_000 / 3600, abs=1e-3)
    assert found["utterances"] == 2 * len(read_utterances(run.workdir.speech("train")))
    assert 0 < found["epoch_seconds"] < 600
    assert found["cpu_seconds"] > 1
    assert found["peak_gb"] > 0.1
    assert len(read_utterances(Workdir(tmp_path).speech("train"))) == found["utterances"]


def test_reading_takes_a_processor_for_a_while_and_says_so():
    found = peak_of_reading(seconds=1.0, recipe="smoke", beam_size=2)
    assert found["seconds"] == 1.0
    assert found["cpu_seconds_a_second"] == pytest.approx(found["cpu_seconds"], abs=0.01)
    assert found["peak_gb"] >= found["peak_gb_before"] > 0.05


@pytest.mark.parametrize(
    ("program", "words", "message"),
    [
        (scaling, ["work", "--config", "nowhere.yaml"], "no such configuration file"),
        (scaling, ["work", "--config", str(CONF / "smoke.yaml"), "--training", "tiem"], "'tiem'; take "),
        (scaling, ["work", "--config", str(CONF / "smoke.yaml"), "--times", "0"], "give 1 or more"),
        (scaling, ["work", "--config", str(CONF / "smoke.yaml")], "work"),  # in which nothing is made yet
        (lengths, ["--recipe", "nowhere"], "no such configuration file"),
        (lengths, ["--seconds", "0"], "give such as 20"),
        (lengths, ["--seconds", "inf"], "give such as 20"),
    ],
)
def test_a_mistake_is_one_line(program, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["program", *words])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert message in ended.value.code
    assert ended.value.code.count("\n") == 0


def test_ctrl_c_is_a_line_and_takes_the_training_along(run, monkeypatch, capsys):
    killed = []

    class Process:
        pid = 0

        def __init__(self, *args, **kwargs): ...

        def terminate(self):
            killed.append(True)

        def wait(self): ...

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(scaling.subprocess, "Popen", Process)
    monkeypatch.setattr(scaling.os, "wait4", interrupted)
    with pytest.raises(SystemExit) as ended, told_in_one_line("scaling"):
        scaling._train(run, run.trainings["time"], run.workdir, num_processes=1)
    assert (ended.value.code, killed) == (130, [True])
    assert capsys.readouterr().err == "scaling: interrupted\n"
