"""The training engine: any model of ESPnet's contract on any batches, in Lightning's loop.

It knows no architecture, no task and no recipe: who trains a model hands in what is special about it.
"""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy
from torch import Tensor, nn
from torch.utils.data import DataLoader

from musasr.errors import ConfigError, StateError, suggest
from musasr.training.batch_split import BatchSplit, Means, with_batches
from musasr.training.callbacks.curves import LossCurves
from musasr.training.callbacks.ema import WeightAverage
from musasr.training.callbacks.preemption import Place, SaveOnSignal
from musasr.training.callbacks.progress import ProgressLines
from musasr.training.distributed import ALONE, Replica, ReplicaEnvironment
from musasr.training.settings import TORCH, Optimizers, Settings

LAST, BEST = "last", "best"
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
            A loader whose ``batch_sampler`` is a sequence of batches, each the ids of its items, and which
            yields (ids, tensors): ``tensors`` are the arguments of the model's ``forward`` by name.
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
    ):
        """Hold what is trained, and on what.

        Args:
            model: What is trained.
            batches: Hands out the batches of each epoch.
            settings: How.
            optimizers: Where the settings' names are found.
            replica: This process's place among those that share out each batch.
            place: Where the training was stopped within an epoch.
        """
        super().__init__()
        self.model = model
        self.batches = batches
        self.settings = settings
        self.classes = optimizers
        self.replica = replica
        self.place = place
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
        loss, stats, _ = self.model(**tensors)
        if not torch.isfinite(loss):
            what = f"the {mode} loss is {float(loss)} at {ids[0]} in epoch {self.current_epoch + 1}"
            raise StateError(what, mend="lower optim_conf.lr or grad_clip; look at that utterance")
        split, means = self.splits[mode], self.means[mode]
        stats = {"loss": loss.detach(), **stats}
        scores = {f"{mode}/{name}": value for name, value in stats.items() if value is not None}
        means.add(scores, split.count(batch_idx))
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


def run(
    model: nn.Module,
    batches: Batches,
    settings: Settings,
    *,
    directory: Path,
    name: str,
    optimizers: Optimizers = TORCH,
    callbacks: Sequence[Callback] = (),
    replica: Replica = ALONE,
    threads: int = 1,
) -> None:
    """Train to the end, from where it was stopped.

    Args:
        model: ``forward(**tensors)`` returns (loss, stats, weight): the batch's mean loss; scores by name,
            means too, or None; and what ESPnet's trainer weighs batches by, which is not looked at: here each
            item counts one. It holds the weights to start from; afterwards those of the last epoch, while
            those of the best are in `best_checkpoints`.
        batches: What it is trained on.
        settings: How.
        directory: Its folder: checkpoints, history.jsonl, loss.png, tensorboard.
        name: What progress lines begin with.
        optimizers: Where the names of optimiser and scheduler are found.
        callbacks: What is special about this model's training.
        replica: This process's place among those that train together, which have joined.
        threads: CPU threads.

    Raises:
        StateError: A loss is not a number.
        ConfigError: The settings name what is not there.
        SystemExit: It was told to stop, and has saved its state.
    """
    _quieten()
    torch.set_num_threads(threads)
    last = directory / "checkpoints" / f"{LAST}.ckpt"
    own = [
        *([WeightAverage(settings.ema_decay)] if settings.ema_decay else []),
        LossCurves(directory),
        ProgressLines(name),
        SaveOnSignal(last, name=name, replica=replica),
    ]
    trainer = lightning.Trainer(
        **_hardware(settings, replica),
        max_epochs=settings.max_epoch,
        accumulate_grad_batches=settings.accum_grad,
        gradient_clip_val=settings.grad_clip,
        reload_dataloaders_every_n_epochs=1,
        use_distributed_sampler=False,  # BatchSplit does it
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=TensorBoardLogger(directory, name="tensorboard", version=""),
        callbacks=[*_checkpoint_callbacks(last.parent, settings), *callbacks, *own],
    )
    module = TrainingModule(
        model, batches, settings, optimizers=optimizers, replica=replica, place=Place.of(last)
    )
    trainer.fit(module, ckpt_path=last if last.is_file() else None, weights_only=False)


def _hardware(settings: Settings, replica: Replica) -> dict[str, Any]:
    """Lightning's arguments for what this process computes on, and with whom."""
    strategy: Any = "auto"
    if replica.world_size > 1:
        strategy = DDPStrategy(find_unused_parameters=settings.parameters_may_rest)
    return {
        "accelerator": "gpu" if replica.on_gpu else "cpu",
        "devices": replica.num_local,
        "num_nodes": replica.num_nodes,
        "strategy": strategy,
        "plugins": [ReplicaEnvironment(replica)],
        "precision": settings.precision,
    }


def _checkpoint_callbacks(directory: Path, settings: Settings) -> list[ModelCheckpoint]:
    """The state after the last epoch, to go on from, and the weights of the best epochs."""
    last = ModelCheckpoint(directory, filename=LAST, save_top_k=1, monitor=None, enable_version_counter=False)
    best = ModelCheckpoint(
        directory,
        filename=BEST + "{epoch:03d}",
        save_top_k=settings.keep_nbest_models,
        monitor=settings.monitor,
        mode="max" if settings.higher_is_better else "min",
        save_weights_only=True,
        auto_insert_metric_name=False,
        enable_version_counter=False,
    )
    return [best, last]


def _quieten() -> None:
    """Keep libraries' advice out of the progress lines; errors still show."""
    warnings.filterwarnings("ignore")
    for name in ("lightning", "lightning.pytorch", "root"):
        logging.getLogger(name).setLevel(logging.ERROR)


def best_checkpoints(directory: Path) -> list[Path]:
    """The checkpoints of the best epochs that a training kept, in the order of their epochs."""
    return sorted((directory / "checkpoints").glob(f"{BEST}*.ckpt"))
