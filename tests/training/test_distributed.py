"""Trainings by several processes, trainings that are told to stop, trainings that are jobs of their own."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from runs import make_run

from musasr.cli.main import main
from musasr.errors import ConfigError, StateError
from musasr.jobs import processes
from musasr.jobs.launcher import Launcher
from musasr.jobs.schedule import Schedule
from musasr.recipe.config import CONF
from musasr.recipe.training_graph import GROUPS

pytestmark = pytest.mark.slow

RUN_PL = Path(__file__).parents[2] / "utils" / "run.pl"
SETTINGS = [
    "training.clean.max_epoch=2",
    "training.clean.ctc_first_epochs=1",  # in the first epoch the decoder has no gradient
    "training.clean.batch_bins=120000",  # batches of several sizes, of one utterance too
]
NO_DROPOUT = [
    "models.recognizer.asr_encoder_conf.dropout=0.0",
    "models.recognizer.asr_decoder_conf.dropout=0.0",
]


def train(data: Path, workdir: Path, *settings: str, num_processes: int = 1) -> list[dict[str, float]]:
    """The losses of the smoke recipe's recogniser of clean speech, an epoch a row."""
    if not (workdir / "data").exists():
        workdir.mkdir()
        (workdir / "data").symlink_to(data)
    run = make_run(workdir, "smoke", *SETTINGS, *settings, systems="none+clean")
    Schedule(run, num_processes).train(GROUPS)
    rows = [json.loads(line) for line in (workdir / "exp/none+clean/history.jsonl").open()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@pytest.fixture
def data(smoke_workdir):
    return smoke_workdir / "data"


def test_two_processes_have_the_losses_of_one(data, tmp_path):
    one = train(data, tmp_path / "one", *NO_DROPOUT)
    two = train(data, tmp_path / "two", *NO_DROPOUT, num_processes=2)
    assert len(one) == len(two) == 2
    for row, other in zip(one, two, strict=True):
        # Accuracy is a mean over units, which shares weigh by their utterances.
        losses = {name: value for name, value in row.items() if "loss" in name or name == "lr"}
        assert {name: other[name] for name in losses} == pytest.approx(losses, rel=1e-4)
        assert row.keys() == other.keys()


@pytest.mark.parametrize("num_processes", [1, 2])
def test_a_training_that_is_told_to_stop_goes_on_in_the_same_epoch(
    data, tmp_path, monkeypatch, capfd, num_processes
):
    from musasr.training import loop

    class Told(loop.SaveOnSignal):
        """Of several processes only the last hears of it."""

        def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
            if (trainer.current_epoch, batch_idx) == (1, 1) and self.replica.rank == num_processes - 1:
                os.kill(os.getpid(), signal.SIGUSR1)
            super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)

    whole = train(data, tmp_path / "whole", num_processes=num_processes)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "SaveOnSignal", Told)
        with pytest.raises(StateError, match=r"training none\+clean failed \(exit status 143\)"):
            train(data, tmp_path / "stopped", num_processes=num_processes)
    assert "none+clean: stopped in epoch 2 after batch 2, state saved" in capfd.readouterr().err
    again = train(data, tmp_path / "stopped", num_processes=num_processes)
    assert "none+clean: goes on in epoch 2 of 2 after batch 2" in capfd.readouterr().err
    assert [row["epoch"] for row in again] == [1, 2]
    for row, other in zip(whole, again, strict=True):
        assert other == pytest.approx(row, rel=1e-5)


def test_where_one_process_fails_the_others_do_not_wait_for_it(monkeypatch):
    def work(number):
        if number == 1:
            sys.exit(5)
        time.sleep(60)

    monkeypatch.setattr(processes, "LEFT_SECONDS", 0.2)
    handlers = {number: signal.getsignal(number) for number in processes.SIGNALS}
    started = time.monotonic()
    try:
        assert processes.run_together(work, [(0,), (1,)], name="x", on_gpu=False) == 5
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert time.monotonic() - started < 20


class Jobs:
    """A run whose trainings are jobs that only write down their names; those of ``failing`` fail."""

    def __init__(self, folder: Path, failing: str = "none"):
        script = folder / "a job"
        script.write_text(f'#!/bin/sh\necho "$@" >>"{folder}/calls"\ntest "$3" != "{failing}"\n')
        script.chmod(0o755)
        self.folder = folder
        self.run = make_run(folder, "smoke", nj=3, ngpu=1)
        launcher = Launcher((str(RUN_PL), "--mem", "4G"), (str(script), "train"), self.run.workdir)
        self.schedule = Schedule(self.run, launcher=launcher)

    def names(self) -> list[str]:
        calls = (self.folder / "calls").read_text().splitlines()
        assert all(call.startswith("train --only ") for call in calls)
        return [call.split()[-1] for call in calls]


def test_each_training_is_a_job_that_follows_its_parents(tmp_path, capfd):
    jobs = Jobs(tmp_path)
    jobs.schedule.train(GROUPS)
    names = jobs.names()
    assert sorted(names) == sorted(jobs.run.trainings)
    for name in names:
        assert all(names.index(parent) < names.index(name) for parent in jobs.run.trainings[name].parents)
        assert "threads=3" in (tmp_path / f"log/train.{name}.log").read_text()
    assert capfd.readouterr().err.count(": done\n") == len(names)


def test_where_a_job_fails_its_children_do_not_start_and_others_go_on(tmp_path):
    jobs = Jobs(tmp_path, failing="time")
    with pytest.raises(StateError, match=r"training time failed \(exit status 1\); see .*train\.time\.log"):
        jobs.schedule.train(GROUPS)
    left_out = {name for name, one in jobs.run.trainings.items() if "time" in one.parents}
    assert left_out
    assert set(jobs.names()) == set(jobs.run.trainings) - left_out


def test_one_training_alone(tmp_path):
    jobs = Jobs(tmp_path)
    jobs.schedule.train(GROUPS, only="frequency")
    assert jobs.names() == ["frequency"]
    with pytest.raises(ConfigError, match="--only: 'frequensy' is no training of these groups and systems"):
        jobs.schedule.train(GROUPS, only="frequensy")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--num_processes", "-1"], "--num_processes: wants 1 or more, got -1"),
        (["--ngpu", "2", "--num_processes", "3"], "--num_processes: wants 2, one a GPU, got 3"),
        (["--num_nodes", "2"], "--num_nodes: several machines need a launcher; add --launcher"),
    ],
)
def test_how_many_processes_and_machines(options, message, capsys):
    run = ["train", "joint", "--config", str(CONF / "smoke.yaml"), "--workdir", "w", *options]
    assert main(run) == 1
    assert message in capsys.readouterr().err
