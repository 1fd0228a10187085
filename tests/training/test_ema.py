"""The moving average of the weights: its values, what is validated and kept, and going on after a stop."""

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader

from musasr.training.callbacks.ema import WeightAverage

DECAY = 0.5


class Line(lightning.LightningModule):
    """A slope to learn, one that is frozen, and a note of what was trained and validated."""

    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor([0.0]))
        self.frozen = torch.nn.Parameter(torch.tensor([3.0]), requires_grad=False)
        self.trained, self.validated = [], []

    def training_step(self, batch, index):
        self.trained.append(float(self.slope))
        return (self.slope - 1 - self.current_epoch).square().sum()

    def validation_step(self, batch, index):
        self.validated.append(float(self.slope))
        self.log("valid/loss", (self.slope - 2).square().sum())

    def configure_optimizers(self):
        return torch.optim.Adam([self.slope], lr=0.1)


def fit(folder, *, epochs, resume=None, accumulate=1, decay=DECAY):
    model, average = Line(), WeightAverage(decay)
    options = {"enable_version_counter": False, "auto_insert_metric_name": False}
    best = ModelCheckpoint(
        folder, "best{epoch}", monitor="valid/loss", save_top_k=-1, save_weights_only=True, **options
    )
    last = ModelCheckpoint(folder, "last", **options)
    trainer = lightning.Trainer(
        accelerator="cpu", max_epochs=epochs, logger=False, enable_progress_bar=False,
        enable_model_summary=False, num_sanity_val_steps=0, accumulate_grad_batches=accumulate,
        callbacks=[best, last, average],
    )  # fmt: skip
    loader = DataLoader(torch.zeros(4, 1))
    trainer.fit(model, loader, loader, ckpt_path=resume, weights_only=False)
    return model, average


def averages(weights, decay=DECAY):
    """The average after each step, from the weights before the first step and after each."""
    average, found = weights[0], []
    for n, weight in enumerate(weights[1:]):
        d = min(decay, (1 + n) / (10 + n))
        average = d * average + (1 - d) * weight
        found.append(average)
    return found


@pytest.mark.filterwarnings("ignore")
def test_the_average_is_validated_and_kept_and_the_weights_are_trained(tmp_path):
    model, _ = fit(tmp_path, epochs=3)
    plain = Line()
    optimizer = plain.configure_optimizers()
    expected = [0.0]
    for step in range(12):  # the same training by hand
        optimizer.zero_grad()
        (plain.slope - 1 - step // 4).square().sum().backward()
        optimizer.step()
        expected.append(float(plain.slope))
    assert model.trained == pytest.approx(expected[:-1])
    at_ends = averages(expected)[3::4]
    assert model.validated[::4] == pytest.approx(at_ends)
    for epoch, value in enumerate(at_ends):
        kept = torch.load(tmp_path / f"best{epoch}.ckpt", weights_only=True)["state_dict"]
        assert float(kept["slope"]) == pytest.approx(value)
        assert float(kept["frozen"]) == 3.0


@pytest.mark.filterwarnings("ignore")
def test_a_training_that_goes_on_is_the_one_that_was_never_stopped(tmp_path):
    whole, _ = fit(tmp_path / "whole", epochs=3)
    fit(tmp_path / "parts", epochs=1)
    resumed, average = fit(tmp_path / "parts", epochs=3, resume=tmp_path / "parts" / "last.ckpt")
    assert resumed.trained == whole.trained[4:]
    assert resumed.validated == whole.validated[4:]
    assert average.num_updates == 12


@pytest.mark.filterwarnings("ignore")
def test_a_batch_that_only_gathers_its_gradient_is_no_step(tmp_path):
    _, average = fit(tmp_path, epochs=1, accumulate=2)
    assert average.num_updates == 2


@pytest.mark.filterwarnings("ignore")
def test_an_average_that_forgets_at_once_is_the_weights(tmp_path):
    model, _ = fit(tmp_path, epochs=2, decay=0.0)
    assert model.validated[0] == model.trained[4]
