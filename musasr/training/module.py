"""What Lightning's loop asks for: the loss of a batch, the optimiser, the batches of an epoch."""

from collections.abc import Mapping
from typing import Any, Protocol

import lightning
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from musasr.errors import ConfigError, suggest
from musasr.training.batch_split import BatchSplit, Means, with_batches
from musasr.training.callbacks.bad_steps import BadSteps
from musasr.training.callbacks.preemption import Place
from musasr.training.distributed import Replica
from musasr.training.settings import Optimizers, Settings

Batch = tuple[list[str], dict[str, Tensor]]
RANK_STEP = 1_000_003  # between the seeds of two processes' dropout: more than there are epochs


class Batches(Protocol):
    """What a model is trained on: the batches of an epoch as a function of (mode, epoch) and nothing else."""

    def loader(self, mode: str, epoch: int) -> DataLoader:
        """The batches of an epoch.

        Args:
            mode: "train" or "valid".
            epoch: From 1.

        Returns:
            A loader without a random generator of its own, whose ``batch_sampler`` is a sequence of batches,
            each the ids of its items. It yields (ids, tensors): ``tensors`` are the arguments of the model's
            ``forward`` by name.
        """


class TrainingModule(lightning.LightningModule):
    """The model, its optimiser and its loaders, as Lightning wants them."""

    def __init__(
        self,
        model: nn.Module,
        batches: Batches,
        settings: Settings,
        *,
        optimizers: Optimizers,
        replica: Replica,
        place: Place,
        bad_steps: BadSteps,
    ):
        """Hold what is trained, and on what.

        Args:
            model: What is trained.
            batches: Hands out the batches of each epoch.
            settings: How.
            optimizers: Where the settings' names are found.
            replica: This process's place among those that share out each batch.
            place: Where the training was stopped within an epoch.
            bad_steps: Looks at each loss, and at each step's gradients.
        """
        super().__init__()
        self.model = model
        self.batches = batches
        self.settings = settings
        self.classes = optimizers
        self.replica = replica
        self.place = place
        self.bad_steps = bad_steps
        self.at = "the first batch"  # what was computed last, for who has to say that memory did not suffice
        self.means = {"train": Means(), "valid": Means()}
        self.splits: dict[str, BatchSplit] = {}

    def on_train_epoch_start(self) -> None:
        """Make dropout a function of (seed, epoch, rank), so that a resumed training is the same one."""
        torch.manual_seed(self.settings.seed + self.current_epoch + RANK_STEP * self.replica.rank)
        if self.current_epoch > 0 and self.trainer.fit_loop.is_resuming:
            # Else Lightning makes the loader's iterator after this, which draws one number.
            torch.empty((), dtype=torch.int64).random_()

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        """The loss of a batch, as it counts (``loss``) and as a person reads it (``shown``)."""
        loss = self._step(batch, batch_idx, "train")
        if self.replica.world_size == 1:
            return {"loss": loss, "shown": loss.detach()}
        return {"loss": loss * self.splits["train"].weight(batch_idx), "shown": loss.detach()}

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the loss of a validation batch."""
        self._step(batch, batch_idx, "valid")

    def _step(self, batch: Batch, batch_idx: int, mode: str) -> Tensor:
        ids, tensors = batch
        self.at = f"{len(ids)} utterances of {_shapes(tensors)}"
        loss, stats, _ = self.model(**tensors)
        split, means = self.splits[mode], self.means[mode]
        if self.bad_steps.check_loss(loss, ids, tensors, mode):
            stats = {"loss": loss.detach(), **stats}
            scores = {f"{mode}/{name}": value for name, value in stats.items() if value is not None}
            means.add(scores, split.count(batch_idx))
        else:  # so do all gradients of the step show it, in every process
            loss = loss * float("nan")
        if batch_idx + 1 == len(split):
            self._log(means.take(self.replica), mode)
        return loss

    def _log(self, scores: dict[str, float], mode: str) -> None:
        """Hand an epoch's scores to those who show and compare them."""
        monitor = self.settings.monitor
        if mode == "valid" and monitor not in scores:
            what = f"the model gives no {monitor!r}"
            raise ConfigError(what, where="monitor", mend=suggest(monitor, scores))
        self.log_dict(scores, on_step=False, on_epoch=True, batch_size=1)

    def configure_optimizers(self) -> dict[str, Any]:
        """The optimiser and, updated at each step, its scheduler."""
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimizer = self.classes.optimizer(self.settings, trained)
        if self.settings.scheduler is None:
            return {"optimizer": optimizer}
        scheduler = self.classes.scheduler(
            self.settings, optimizer, num_steps=lambda: self.trainer.estimated_stepping_batches
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def train_dataloader(self) -> DataLoader:
        """This epoch's batches, or those that are left of it."""
        return self._loader("train")

    def val_dataloader(self) -> DataLoader:
        """The validation batches."""
        return self._loader("valid")

    def _loader(self, mode: str) -> DataLoader:
        loader = self.batches.loader(mode, self.current_epoch + 1)
        is_interrupted = mode == "train" and self.current_epoch == self.place.epoch
        first = self.place.batch if is_interrupted else 0
        self.splits[mode] = split = BatchSplit(loader.batch_sampler, self.replica, first=first)
        return loader if self.replica.world_size == 1 and not first else with_batches(loader, split)


def _shapes(tensors: Mapping[str, Tensor]) -> str:
    """The sizes of a batch's tensors, by name."""
    return ", ".join(f"{name} {'x'.join(map(str, value.shape))}" for name, value in tensors.items())
