"""How much of an epoch passes until its batches come."""

import time
from types import SimpleNamespace

import pytest
from torch.utils.data import DataLoader
from toy_classifier import Classifier, PointBatches, Points, collate

from musasr.training import loop
from musasr.training.callbacks import waiting
from musasr.training.callbacks.progress import ProgressLines
from musasr.training.callbacks.waiting import Waiting
from musasr.training.settings import Settings


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=10.0)
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now.seconds)
    return now


def test_time_before_a_step_is_waited_and_time_in_it_is_not(clock):
    callback = Waiting()
    assert callback.fraction is None
    callback.on_train_epoch_start(None, None)
    for waited, worked in ((4.0, 1.0), (0.0, 3.0)):
        clock.seconds += waited
        callback.on_train_batch_start(None, None, None, 0)
        clock.seconds += worked
        callback.on_train_batch_end(None, None, None, None, 0)
    assert callback.fraction == pytest.approx(4.0 / 8.0)
    clock.seconds += 100.0  # validation is no waiting for a batch, and an epoch begins anew
    callback.on_train_epoch_start(None, None)
    assert callback.fraction is None


def test_an_epochs_line_says_how_long_was_waited(clock, capsys):
    callback = Waiting()
    clock.seconds += 3.0
    callback.on_train_batch_start(None, None, None, 0)
    clock.seconds += 1.0
    callback.on_train_batch_end(None, None, None, None, 0)
    lines = ProgressLines("time", waiting=callback)
    trainer = SimpleNamespace(current_epoch=0, max_epochs=2, num_training_batches=1, callback_metrics={})
    lines.on_train_epoch_end(trainer, None)
    assert " | waiting for data 75 % | elapsed " in capsys.readouterr().err


class SlowPoints(Points):
    """Each takes a while to come."""

    def __getitem__(self, item_id):
        time.sleep(0.01)
        return super().__getitem__(item_id)


class SlowBatches(PointBatches):
    """Of points that take a while."""

    def loader(self, mode, epoch):
        loader = super().loader(mode, epoch)
        return DataLoader(SlowPoints(mode, epoch), batch_sampler=loader.batch_sampler, collate_fn=collate)


def test_a_training_on_slow_data_says_that_it_waits(tmp_path, capsys):
    settings = Settings(max_epoch=1, optim="sgd", optim_conf={"lr": 0.01}, seed=3)
    loop.run(Classifier(), SlowBatches(), settings, directory=tmp_path, name="toy")
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "epoch 1/1 done" in line]
    percent = int(line.partition("waiting for data ")[2].split()[0])
    assert percent > 50
    assert (
        "waiting" not in (tmp_path / "history.jsonl").read_text()
    )  # what is the same in every run of a seed
