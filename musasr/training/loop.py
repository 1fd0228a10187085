"""One training: ESPnet's task builds the model and the iterators, Lightning runs the loop."""

import argparse
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning
import torch
from espnet2.iterators.abs_iter_factory import AbsIterFactory
from espnet2.train.distributed_utils import DistributedOption
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy
from torch.utils.data import DataLoader

from musasr.errors import StateError
from musasr.joint import JointModel
from musasr.tasks.optimizers import optim_classes, scheduler_classes
from musasr.tasks.task import MusicMixedTask
from musasr.training.batch_split import BatchSplit, Means, with_batches
from musasr.training.callbacks.ctc_first import CtcFirst
from musasr.training.callbacks.curves import LossCurves
from musasr.training.callbacks.ema import WeightAverage
from musasr.training.callbacks.preemption import Place, SaveOnSignal
from musasr.training.callbacks.progress import ProgressLines
from musasr.training.distributed import Replica, ReplicaEnvironment

LAST, BEST = "last", "best"
Batch = tuple[list[str], dict[str, torch.Tensor]]
MONITOR = "valid/loss"
RANK_STEP = 1_000_003  # between the seeds of two processes' dropout: more than there are epochs


class TrainingModule(lightning.LightningModule):
    """The model, its optimiser and its loaders, as Lightning wants them."""

    def __init__(self, model: JointModel, args: argparse.Namespace, *, replica: Replica, place: Place):
        """Hold the model and build the iterator factories.

        Args:
            model: What is trained.
            args: ESPnet's options: data, batches, optimiser, scheduler.
            replica: This process's place among those that share out each batch.
            place: Where the training was stopped within an epoch.
        """
        super().__init__()
        self.model = model
        self.args = args
        self.replica = replica
        self.place = place
        self.means = {"train": Means(), "valid": Means()}
        self.splits: dict[str, BatchSplit] = {}
        self.factories = {
            mode: MusicMixedTask.build_iter_factory(args, DistributedOption(), mode)
            for mode in ("train", "valid")
        }

    def on_train_epoch_start(self) -> None:
        """Make dropout a function of (seed, epoch, rank), so that a resumed training is the same one."""
        torch.manual_seed(self.args.seed + self.current_epoch + RANK_STEP * self.replica.rank)
        if self.current_epoch > 0 and self.trainer.fit_loop.is_resuming:
            # Else Lightning makes the loader's iterator after this, which draws one number.
            torch.empty((), dtype=torch.int64).random_()

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, torch.Tensor]:
        """The loss of a batch, as it counts (``loss``) and as a person reads it (``shown``)."""
        loss = self._step(batch, batch_idx, "train")
        if self.replica.world_size == 1:
            return {"loss": loss, "shown": loss.detach()}
        return {"loss": loss * self.splits["train"].weight(batch_idx), "shown": loss.detach()}

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log the loss of a validation batch."""
        self._step(batch, batch_idx, "valid")

    def _step(self, batch: Batch, batch_idx: int, mode: str) -> torch.Tensor:
        utterance_ids, tensors = batch
        loss, stats, _ = self.model(**tensors)
        if not torch.isfinite(loss):
            what = f"the {mode} loss is {float(loss)} at {utterance_ids[0]} in epoch {self.current_epoch + 1}"
            raise StateError(what, mend="lower optim_conf.lr or grad_clip; look at that utterance")
        split, means = self.splits[mode], self.means[mode]
        means.add({f"{mode}/{name}": value for name, value in stats.items()}, split.count(batch_idx))
        if batch_idx + 1 == len(split):
            self.log_dict(means.take(self.replica), on_step=False, on_epoch=True, batch_size=1)
        return loss

    def configure_optimizers(self) -> dict[str, Any]:
        """ESPnet's optimiser and, updated at each step, its scheduler."""
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimizer = optim_classes[self.args.optim](trained, **self.args.optim_conf)
        if self.args.scheduler is None:
            return {"optimizer": optimizer}
        conf = dict(self.args.scheduler_conf)
        if self.args.scheduler == "onecyclelr":
            conf["total_steps"] = int(self.trainer.estimated_stepping_batches)
        scheduler = scheduler_classes[self.args.scheduler](optimizer, **conf)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def train_dataloader(self) -> DataLoader:
        """This epoch's batches: their order and mixtures depend on (seed, epoch) only."""
        return self._loader("train")

    def val_dataloader(self) -> DataLoader:
        """The validation batches, the same in every epoch."""
        return self._loader("valid")

    def _loader(self, mode: str) -> DataLoader:
        factory: AbsIterFactory = self.factories[mode]
        loader = factory.build_iter(self.current_epoch + 1)  # ESPnet counts from 1
        is_interrupted = mode == "train" and self.current_epoch == self.place.epoch
        first = self.place.batch if is_interrupted else 0
        self.splits[mode] = split = BatchSplit(loader.batch_sampler, self.replica, first=first)
        return loader if self.replica.world_size == 1 and not first else with_batches(loader, split)


def run(
    model: JointModel,
    args: argparse.Namespace,
    *,
    section: Mapping[str, Any],
    name: str,
    threads: int,
    replica: Replica,
    precision: str,
) -> None:
    """Train to the end, from where it was stopped.

    Args:
        model: Holds the weights to start from; afterwards those of the last epoch.
        args: ESPnet's options.
        section: The recipe's ``training:`` section (for ``ctc_first_epochs``, ``ema_decay``).
        name: What progress lines begin with.
        threads: CPU threads.
        replica: This process's place among those that train together, which have joined.
        precision: Lightning's.

    Raises:
        StateError: A loss is not a number.
        SystemExit: It was told to stop, and has saved its state.
    """
    _quieten()
    torch.set_num_threads(threads)
    directory = Path(args.output_dir)
    checkpoints = directory / "checkpoints"
    last = checkpoints / f"{LAST}.ckpt"
    place = Place.of(last)
    trainer = lightning.Trainer(
        accelerator="gpu" if args.ngpu else "cpu",
        devices=replica.num_local,
        num_nodes=replica.num_nodes,
        # The decoder rests while CTC learns alone.
        strategy=DDPStrategy(find_unused_parameters=section["ctc_first_epochs"] > 0)
        if replica.world_size > 1
        else "auto",
        plugins=[ReplicaEnvironment(replica)],
        max_epochs=args.max_epoch,
        precision=precision,
        accumulate_grad_batches=args.accum_grad,
        gradient_clip_val=args.grad_clip,
        reload_dataloaders_every_n_epochs=1,
        use_distributed_sampler=False,  # BatchSplit does it
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=TensorBoardLogger(directory, name="tensorboard", version=""),
        callbacks=[
            *_checkpoint_callbacks(checkpoints, args.keep_nbest_models),
            *([CtcFirst(section["ctc_first_epochs"])] if section["ctc_first_epochs"] else []),
            *([WeightAverage(section["ema_decay"])] if section["ema_decay"] else []),
            LossCurves(directory),
            ProgressLines(name),
            SaveOnSignal(last, name=name, replica=replica),
        ],
    )
    module = TrainingModule(model, args, replica=replica, place=place)
    trainer.fit(module, ckpt_path=last if last.is_file() else None, weights_only=False)


def _checkpoint_callbacks(directory: Path, num_best: int) -> list[ModelCheckpoint]:
    """The state after the last epoch, to go on from, and the weights of the best epochs."""
    last = ModelCheckpoint(directory, filename=LAST, save_top_k=1, monitor=None, enable_version_counter=False)
    best = ModelCheckpoint(
        directory,
        filename=BEST + "{epoch:03d}",
        save_top_k=num_best,
        monitor=MONITOR,
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
