"""The training engine: any model of ESPnet's contract on any batches, in Lightning's loop.

It knows no architecture, no task and no recipe: who trains a model hands in what is special about it.
"""

import logging
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy
from torch import nn

from musasr.atomic import sweep
from musasr.errors import StateError, check_room, is_out_of_memory
from musasr.training.callbacks.bad_steps import BadSteps
from musasr.training.callbacks.curves import LossCurves
from musasr.training.callbacks.ema import WeightAverage
from musasr.training.callbacks.preemption import Place, SaveOnSignal
from musasr.training.callbacks.progress import ProgressLines
from musasr.training.callbacks.waiting import Waiting
from musasr.training.checkpoint_files import CheckpointFiles
from musasr.training.distributed import ALONE, Replica, ReplicaEnvironment
from musasr.training.module import Batches, TrainingModule
from musasr.training.settings import TORCH, Optimizers, Settings

LAST, BEST = "last", "best"
MORE_ROOM = "lower batch_size, batch_bins or crop_seconds of its section, and raise accum_grad by as much"


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
        StateError: There is no room for its checkpoints, its state cannot be read, too many losses or
            gradients are no finite numbers, or memory does not suffice.
        ConfigError: The settings name what is not there.
        OSError: The disk is full, or its folder cannot be written: the state before stays.
        SystemExit: It was told to stop, and has saved its state.
    """
    _quieten()
    torch.set_num_threads(threads)
    last = last_checkpoint(directory)
    if replica.is_first:
        for folder in (directory, last.parent):
            sweep(folder)
        check_room(directory, _bytes_written(model, settings), f"{name}: its checkpoints")
    bad_steps = BadSteps(directory, name=name, most=settings.max_bad_steps, replica=replica)
    waiting = Waiting()
    own = [
        *([WeightAverage(settings.ema_decay)] if settings.ema_decay else []),
        bad_steps,
        LossCurves(directory),
        ProgressLines(name, waiting=waiting),
        SaveOnSignal(last, name=name, replica=replica, seconds=settings.save_seconds),
        waiting,
    ]
    trainer = lightning.Trainer(
        **_hardware(settings, replica, CheckpointFiles(last.parent)),
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
        model.train(),  # Lightning keeps the modes that it finds: what a model freezes, its own train() knows
        batches,
        settings,
        optimizers=optimizers,
        replica=replica,
        place=Place.of(last),
        bad_steps=bad_steps,
    )
    try:
        with _refusals_in(directory):
            trainer.fit(module, ckpt_path=last if last.is_file() else None, weights_only=True)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        what = f"out of memory in epoch {trainer.current_epoch + 1} at {module.at}"
        raise StateError(what, where=name, mend=MORE_ROOM) from error


def _hardware(settings: Settings, replica: Replica, files: CheckpointFiles) -> dict[str, Any]:
    """Lightning's arguments for what this process computes on, and with whom."""
    strategy: Any = "auto"
    if replica.world_size > 1:
        strategy = DDPStrategy(find_unused_parameters=settings.parameters_may_rest)
    return {
        "accelerator": "gpu" if replica.on_gpu else "cpu",
        "devices": replica.num_local,
        "num_nodes": replica.num_nodes,
        "strategy": strategy,
        "plugins": [ReplicaEnvironment(replica), files],
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


def _bytes_written(model: nn.Module, settings: Settings) -> int:
    """About how large a training's checkpoints are together, those that are being replaced included."""
    size = sum(one.numel() * one.element_size() for one in model.parameters())
    state = 4 if settings.ema_decay else 3  # an optimiser holds two numbers a weight, an average one
    return size * (2 * state + settings.keep_nbest_models + 1)


@contextmanager
def _refusals_in(directory: Path) -> Iterator[None]:
    """Have what the system refuses name a place, and be said once.

    TensorBoard writes in a thread: what fails there is raised again here, without the file's name.
    """
    before = threading.excepthook

    def hook(failure: threading.ExceptHookArgs) -> None:
        if not issubclass(failure.exc_type, OSError):
            before(failure)

    threading.excepthook = hook
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(directory)
        raise
    finally:
        threading.excepthook = before


def _quieten() -> None:
    """Keep libraries' advice out of the progress lines; errors still show."""
    warnings.filterwarnings("ignore")
    for name in ("lightning", "lightning.pytorch", "root"):
        logging.getLogger(name).setLevel(logging.ERROR)


def last_checkpoint(directory: Path) -> Path:
    """The state that a training goes on from, if there is one."""
    return directory / "checkpoints" / f"{LAST}.ckpt"


def best_checkpoints(directory: Path) -> list[Path]:
    """The checkpoints of the best epochs that a training kept, in the order of their epochs."""
    return sorted((directory / "checkpoints").glob(f"{BEST}*.ckpt"))
