"""Losses and gradients that are no finite numbers cost a step each; too many end the training."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from test_engine import SETTINGS, read, same, train
from toy_classifier import Classifier, PointBatches

from musasr import tensors
from musasr.errors import StateError
from musasr.training import loop

PLAIN = replace(SETTINGS, accum_grad=1, max_epoch=2)


class Spoilt(Classifier):
    """Its loss, or only its gradient, is no number at some batches of the training (counted from 1)."""

    where = "loss"
    batches = frozenset({3, 14})

    def __init__(self, dropout):
        super().__init__(dropout)
        self.count = 0

    def forward(self, points, labels):
        loss, stats, weight = super().forward(points, labels)
        if self.training:
            self.count += 1
        if self.training and self.count in self.batches:
            bad = float("inf") if self.where == "loss" else float("nan")
            loss = loss * bad if self.where == "loss" else loss + 0.0 * _Nan.apply(self.layers[0].weight)
        return loss, stats, weight


class _Nan(torch.autograd.Function):
    """A sum, whose gradient is NaN."""

    @staticmethod
    def forward(ctx, weights):
        ctx.save_for_backward(weights)
        return weights.sum()

    @staticmethod
    def backward(ctx, gradient):
        return torch.full_like(ctx.saved_tensors[0], float("nan"))


class SpoiltGradient(Spoilt):
    where = "gradient"


@pytest.mark.parametrize(
    ("kind", "fault"), [(Spoilt, "the train loss is inf"), (SpoiltGradient, "a gradient is not finite")]
)
def test_a_bad_step_is_left_out_counted_and_said(tmp_path, capfd, kind, fault):
    weights, rows = train(tmp_path, PLAIN, kind=kind)
    said = capfd.readouterr().err
    assert said.count("a step is left out (1 of at most 10)") == 2
    assert fault in said
    assert [row["bad_steps"] for row in rows] == [1, 1]
    assert tensors.all_finite(weights.values())
    assert all(np.isfinite(value) for row in rows for value in row.values())
    dump = np.load(tmp_path / "bad_batch.npz")
    assert dump["points"].shape == (16, 2)
    assert dump["ids"][0].startswith("point-")
    assert f"at {dump['ids'][0]}, {dump['ids'][1]}" in said


def test_the_weights_are_those_of_the_steps_that_were_good(tmp_path):
    """By hand: the same batches, plain SGD, no step at the third."""
    settings = replace(
        PLAIN,
        max_epoch=1,
        optim="sgd",
        optim_conf={"lr": 0.1},
        scheduler=None,
        ema_decay=None,
        grad_clip=None,
    )
    weights, _ = train(tmp_path, settings, kind=Spoilt, dropout=0.0)
    torch.manual_seed(0)
    model = Classifier(0.0)
    for number, (_, batch) in enumerate(PointBatches().loader("train", 1), 1):
        model.zero_grad()
        model(**batch)[0].backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad * (number != 3)
    for name, value in model.state_dict().items():
        assert torch.allclose(weights[name], value, atol=1e-6)


def test_a_gathered_gradient_is_left_out_as_a_whole(tmp_path, capfd):
    _, rows = train(tmp_path, replace(PLAIN, accum_grad=2), kind=Spoilt)
    assert [row["bad_steps"] for row in rows] == [1, 1]
    assert "a step is left out" in capfd.readouterr().err


def test_too_many_end_the_training_with_the_utterances_and_the_state_before_is_sound(tmp_path):
    class Worse(Spoilt):
        batches = frozenset({15, 16, 18})

    message = (
        r"bad_batch.npz: 3 steps of epoch 2 are bad; the last: the train loss is inf at point-.*; look at"
    )
    with pytest.raises(StateError, match=message):
        train(tmp_path, replace(PLAIN, max_bad_steps=2), kind=Worse)
    assert len(read(tmp_path)) == 1
    weights, _ = train(tmp_path, PLAIN)
    sound, _ = train(tmp_path / "sound", PLAIN)
    assert same(weights, sound)


def test_a_bad_validation_loss_is_no_mean(tmp_path):
    class Unsure(Classifier):
        def forward(self, points, labels):
            loss, stats, weight = super().forward(points, labels)
            return loss if self.training else loss * float("nan"), stats, weight

    with pytest.raises(StateError, match=r"the valid loss is nan in a batch of point-0, .*; look at those"):
        train(tmp_path, PLAIN, kind=Unsure)
    assert loop.best_checkpoints(tmp_path) == []


def test_weights_that_became_infinite_are_not_saved(tmp_path):
    settings = replace(PLAIN, optim="sgd", optim_conf={"lr": 1e38}, grad_clip=None, ema_decay=None)
    with pytest.raises(StateError, match=r"NaN or infinite|bad; the last|the valid loss is"):
        train(tmp_path, settings)
    for path in (tmp_path / "checkpoints").glob("*.ckpt"):
        assert not tensors.not_finite(tensors.load(path, mend="")["state_dict"])


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError()])
def test_memory_that_does_not_suffice_names_the_sizes_and_what_to_lower(tmp_path, error):
    class Large(Classifier):
        def forward(self, points, labels):
            raise error

    message = (
        r"^toy: out of memory in epoch 1 at 16 utterances of points 16x2, labels 16; lower batch_size, ba"
    )
    with pytest.raises(StateError, match=message):
        train(tmp_path, PLAIN, kind=Large)
