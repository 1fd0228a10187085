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
from espnet2.tasks.abs_task import optim_classes, scheduler_classes
from espnet2.train.distributed_utils import DistributedOption
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from musasr.errors import StateError
from musasr.joint import JointModel
from musasr.tasks.curriculum import CtcFirst
from musasr.tasks.curves import LossCurves
from musasr.tasks.progress import ProgressLines
from musasr.tasks.task import MusicMixedTask

LAST, BEST = "last", "best"
MONITOR = "valid/loss"


class TrainingModule(lightning.LightningModule):
    """The model, its optimiser and its loaders, as Lightning wants them."""

    def __init__(self, model: JointModel, args: argparse.Namespace):
        """Hold the model and build the iterator factories.

        Args:
            model: What is trained.
            args: ESPnet's options: data, batches, optimiser, scheduler.
        """
        super().__init__()
        self.model = model
        self.args = args
        self.factories = {
            mode: MusicMixedTask.build_iter_factory(args, DistributedOption(), mode)
            for mode in ("train", "valid")
        }

    def on_train_epoch_start(self) -> None:
        """Make dropout a function of (seed, epoch), so that a resumed training is the same one."""
        torch.manual_seed(self.args.seed + self.current_epoch)

    def training_step(self, batch: tuple[list[str], dict[str, torch.Tensor]], _: int) -> torch.Tensor:
        """The loss of a batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: tuple[list[str], dict[str, torch.Tensor]], _: int) -> None:
        """Log the loss of a validation batch."""
        self._step(batch, "valid")

    def _step(self, batch: tuple[list[str], dict[str, torch.Tensor]], mode: str) -> torch.Tensor:
        utterance_ids, tensors = batch
        loss, stats, weight = self.model(**tensors)
        if not torch.isfinite(loss):
            what = f"the {mode} loss is {float(loss)} at {utterance_ids[0]} in epoch {self.current_epoch + 1}"
            raise StateError(what, mend="lower optim_conf.lr or grad_clip; look at that utterance")
        scores = {f"{mode}/{name}": value for name, value in stats.items()}
        self.log_dict(scores, on_step=False, on_epoch=True, batch_size=int(weight))
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
        epoch = self.current_epoch + 1  # ESPnet counts from 1; 0 is the validation set's
        factory.dataset.preprocess.epoch = epoch
        return factory.build_iter(epoch)


def run(
    model: JointModel, args: argparse.Namespace, *, section: Mapping[str, Any], name: str, threads: int
) -> None:
    """Train to the end, from the last finished epoch where there is one.

    Args:
        model: Holds the weights to start from; afterwards those of the last epoch.
        args: ESPnet's options.
        section: The recipe's ``training:`` section (for ``precision``, ``ctc_first_epochs``).
        name: What progress lines begin with.
        threads: CPU threads.

    Raises:
        StateError: A loss is not a number.
    """
    _quieten()
    torch.set_num_threads(threads)
    directory = Path(args.output_dir)
    checkpoints = directory / "checkpoints"
    last = checkpoints / f"{LAST}.ckpt"
    trainer = lightning.Trainer(
        accelerator="gpu" if args.ngpu else "cpu",
        devices=args.ngpu or 1,
        max_epochs=args.max_epoch,
        precision=section["precision"],
        accumulate_grad_batches=args.accum_grad,
        gradient_clip_val=args.grad_clip,
        reload_dataloaders_every_n_epochs=1,
        use_distributed_sampler=False,  # ESPnet's iterators share out the batches themselves
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=TensorBoardLogger(directory, name="tensorboard", version=""),
        callbacks=[
            *_checkpoint_callbacks(checkpoints, args.keep_nbest_models),
            *([CtcFirst(section["ctc_first_epochs"])] if section["ctc_first_epochs"] else []),
            LossCurves(directory),
            ProgressLines(name),
        ],
    )
    trainer.fit(TrainingModule(model, args), ckpt_path=last if last.is_file() else None, weights_only=False)


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
