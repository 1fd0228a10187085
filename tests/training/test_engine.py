"""The training engine on a model that is none of ours: it learns, is stopped, goes on, says what is wrong."""

import json
import os
import signal
from dataclasses import replace

import pytest
import torch
from lightning.pytorch.callbacks import Callback
from toy_classifier import Classifier, PointBatches

from musasr.errors import ConfigError, StateError
from musasr.jobs.processes import run_together
from musasr.parallel import STOPPED
from musasr.training import loop
from musasr.training.distributed import replicas_here
from musasr.training.settings import Settings

SETTINGS = Settings(
    max_epoch=4,
    optim="adamw",
    optim_conf={"lr": 0.02},
    scheduler="steplr",
    scheduler_conf={"step_size": 5, "gamma": 0.9},
    accum_grad=2,
    grad_clip=5.0,
    ema_decay=0.9,
    seed=3,
)


@pytest.fixture(autouse=True)
def _signals_as_they_were():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def train(directory, settings=SETTINGS, *, batches=None, kind=Classifier, dropout=0.1, **others):
    """A classifier's weights after a training, and its history without the seconds."""
    torch.manual_seed(0)
    model = kind(dropout)
    loop.run(model, batches or PointBatches(), settings, directory=directory, name="toy", **others)
    return model.state_dict(), read(directory)


def read(directory):
    rows = [json.loads(line) for line in (directory / "history.jsonl").open()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


def test_the_loop_knows_neither_espnets_tasks_nor_our_models(run_python):
    known = "[name for name in sys.modules if name.startswith(('espnet', 'musasr.joint', 'musasr.tasks'))]"
    assert run_python(f"import sys, musasr.training.loop; print({known})") == "[]"


class HalfFrozen(Classifier):
    """Its last part stays out of training, and whatever came before left it in another mode."""

    def __init__(self, dropout):
        super().__init__(dropout)
        self.kept, self.modes = torch.nn.Dropout(0.5), []
        self.eval()
        self.kept.train()

    def train(self, mode=True):
        super().train(mode)
        self.kept.eval()
        return self

    def forward(self, *args, **kwargs):
        self.modes.append((self.training, self.kept.training))
        return super().forward(*args, **kwargs)


def test_a_training_begins_and_goes_on_in_the_mode_that_the_model_says(tmp_path):
    model, batches = HalfFrozen(0.1), PointBatches()
    loop.run(model, batches, replace(SETTINGS, max_epoch=2), directory=tmp_path, name="toy")
    epoch = model.modes[: len(model.modes) // 2]
    assert epoch[0] == (True, False)
    assert set(model.modes) == {(True, False), (False, False)}
    assert model.modes == epoch * 2


def test_a_classifier_learns_and_its_best_epochs_are_kept(tmp_path):
    settings = replace(
        SETTINGS,
        max_epoch=8,
        accum_grad=1,
        keep_nbest_models=2,
        monitor="valid/accuracy",
        higher_is_better=True,
    )
    _, rows = train(tmp_path, settings)
    accuracies = [row["valid/accuracy"] for row in rows]
    assert accuracies[0] < 0.85
    assert max(accuracies) > 0.95
    assert rows[0].keys() == {"epoch", "lr"} | {
        f"{m}/{s}" for m in ("train", "valid") for s in ("loss", "accuracy")
    }
    kept = loop.best_checkpoints(tmp_path)
    assert len(kept) == 2
    for path in kept:
        epoch = int(path.stem.removeprefix("best"))
        assert accuracies[epoch] >= sorted(accuracies)[-2]
        assert accuracies[epoch] == pytest.approx(_accuracy_of(path))


def _accuracy_of(path):
    """The accuracy of a checkpoint's weights on the validation set, without the engine."""
    state = torch.load(path, weights_only=True)["state_dict"]
    model = Classifier().eval()
    model.load_state_dict({name.removeprefix("model."): value for name, value in state.items()})
    scores = [model(**tensors)[1]["accuracy"] for _, tensors in PointBatches().loader("valid", 1)]
    return float(torch.stack(scores).mean())


def test_a_training_that_goes_on_is_the_one_that_was_never_stopped(tmp_path):
    weights, whole = train(tmp_path / "whole")
    train(tmp_path / "parts", replace(SETTINGS, max_epoch=2))
    weights_again, again = train(tmp_path / "parts")
    assert same(weights_again, weights)
    assert len(again) == 4
    for row, other in zip(whole, again, strict=True):
        assert other == pytest.approx(row, abs=1e-6)


class Scheduler(Callback):
    """Sends a signal at a batch of an epoch, as a cluster's scheduler would at any time."""

    def __init__(self, number, epoch, batch):
        self.number, self.at = number, (epoch, batch)

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if (trainer.current_epoch, batch_idx) == self.at:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize(("number", "num_workers"), [(signal.SIGTERM, 1), (signal.SIGUSR1, 0)])
def test_a_training_that_is_preempted_goes_on_within_the_epoch(tmp_path, capfd, number, num_workers):
    batches = PointBatches(num_workers)
    weights, whole = train(tmp_path / "whole", batches=batches)
    with pytest.raises(SystemExit) as stopped:
        # Batch 3 is the first of two whose gradient is gathered: the step is taken at batch 4.
        train(tmp_path / "parts", batches=batches, callbacks=[Scheduler(number, 1, 2)])
    assert stopped.value.code == STOPPED
    assert "toy: stopped in epoch 2 after batch 4, state saved" in capfd.readouterr().err
    assert len(read(tmp_path / "parts")) == 1
    weights_again, again = train(tmp_path / "parts", batches=batches)
    assert "toy: goes on in epoch 2 of 4 after batch 4" in capfd.readouterr().err
    assert same(weights_again, weights)
    for row, other in zip(whole, again, strict=True):
        assert other == pytest.approx(row, abs=1e-6)


def _train_as(directory, replica):
    with replica.joined():
        train(directory, replace(SETTINGS, max_epoch=2), dropout=0.0, replica=replica)


def test_two_processes_train_what_one_does(tmp_path):
    _, alone = train(tmp_path / "one", replace(SETTINGS, max_epoch=2), dropout=0.0)
    several = [(tmp_path / "two", replica) for replica in replicas_here(2, on_gpu=False)]
    assert run_together(_train_as, several, name="toy", on_gpu=False) == 0
    for row, other in zip(alone, read(tmp_path / "two"), strict=True):
        assert other == pytest.approx(row, rel=1e-4)


def test_a_onecycle_schedule_is_told_how_many_steps_there_are(tmp_path):
    schedule = {"scheduler": "onecyclelr", "scheduler_conf": {"max_lr": 0.02}}
    _, rows = train(tmp_path, replace(SETTINGS, max_epoch=2, **schedule))
    by_hand = torch.optim.lr_scheduler.OneCycleLR(torch.optim.AdamW(Classifier().parameters()), 0.02, 12)
    rates = []
    for _ in range(12):  # two epochs of twelve batches, two batches a step
        by_hand.step()
        rates += by_hand.get_last_lr()
    assert [row["lr"] for row in rows] == pytest.approx([rates[5], rates[11]])


def test_a_section_gives_the_engine_its_own_keys_and_no_others():
    section = {
        "max_epoch": 7,
        "optim": "sgd",
        "optim_conf": {"lr": 1.0},
        "precision": "auto",
        "batch_bins": 5,
    }
    settings = Settings.of(section, seed=9, precision="32-true")
    expected = Settings(max_epoch=7, optim="sgd", optim_conf={"lr": 1.0}, seed=9, precision="32-true")
    assert settings == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optim": "adamm"}, r"optim: unknown optim 'adamm'; did you mean 'adam'\?"),
        ({"optim_conf": {"rate": 1}}, r"optim_conf: .*'rate'; give the arguments of adamw"),
        ({"optim_conf": {"lr": -1.0}}, r"optim_conf: Invalid learning rate: -1.0; give"),
        ({"scheduler": "stepplr"}, r"scheduler: unknown scheduler 'stepplr'; did you mean 'steplr'\?"),
        ({"scheduler_conf": {"step": 1}}, r"scheduler_conf: .*'step'; give the arguments of steplr"),
        (
            {"monitor": "valid/acuracy"},
            r"the model gives no 'valid/acuracy'; did you mean 'valid/accuracy'\?",
        ),
    ],
)
def test_settings_that_name_what_is_not_there_are_one_line(tmp_path, change, message):
    with pytest.raises(ConfigError, match=message):
        train(tmp_path, replace(SETTINGS, max_epoch=1, **change))


def test_a_loss_that_is_not_a_number_names_where_and_what_to_do(tmp_path):
    class Broken(Classifier):
        def forward(self, points, labels):
            loss, stats, weight = super().forward(points, labels)
            return loss * float("nan"), stats, weight

    message = (
        r"bad_batch.npz: 4 steps of epoch 1 are bad; the last: the train loss is nan at point-\d+.*; look"
    )
    with pytest.raises(StateError, match=message):
        train(tmp_path, replace(SETTINGS, max_bad_steps=3), kind=Broken)
