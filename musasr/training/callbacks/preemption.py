"""Saves within an epoch, every so often and when told to end, from where the training later goes on."""

import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from musasr.parallel import SIGNALS, STOPPED
from musasr.training.checkpoint_files import read
from musasr.training.distributed import Replica


@dataclass(frozen=True)
class Place:
    """Where in an epoch a training was stopped: ``batch`` batches of ``epoch`` (from 0) are done."""

    epoch: int = 0
    batch: int = 0

    @classmethod
    def of(cls, checkpoint: Path) -> "Place":
        """Where a checkpoint was saved; the start of an epoch where there is none, or a whole epoch's."""
        if not checkpoint.is_file():
            return cls()
        # Lightning asks for the loader before it restores the epoch. mmap: the weights are not read here.
        state = read(checkpoint, mmap=True).get("callbacks", {}).get(SaveOnSignal.__qualname__)
        return cls(state["epoch"], state["batch"]) if state else cls()


class SaveOnSignal(Callback):
    """On SIGTERM or SIGUSR1 saves all state after the next optimiser step, and leaves with ``STOPPED``.

    What is killed without a word loses what it did since its state was saved: ``seconds`` at most, and a
    step.

    The end of an epoch is saved anyway: a signal that comes in its last step or in validation is heard
    once the epoch is finished. With several processes one signal to one of them stops all at the same step.
    """

    def __init__(self, checkpoint: Path, *, name: str, replica: Replica, seconds: float | None = None):
        """Say where to save.

        Args:
            checkpoint: The file that the training goes on from.
            name: What the line that tells of it begins with.
            replica: This process's.
            seconds: How long to go on without saving; None saves when told alone.
        """
        self.checkpoint = checkpoint
        self.seconds = seconds
        self._saved = time.monotonic()
        self.name = name
        self.replica = replica
        self._is_told = False
        self._state: dict[str, Any] = {}

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Listen; Lightning, which puts the handlers back after the training, would only end at an epoch."""
        self._saved = time.monotonic()
        for number in SIGNALS:
            signal.signal(number, self._hear)

    def _hear(self, signum: int, frame: object) -> None:
        self._is_told = True

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Stop between two epochs, if told: the last one is saved."""
        self._saved = time.monotonic()
        if self.replica.any(self._is_told):
            self._leave(f"stopped after epoch {trainer.current_epoch}")

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """In the first step after a stop within an epoch, go on with its means and random numbers."""
        if not self._state:
            return
        pl_module.means["train"].load_state(self._state["means"], self.replica)
        if self.replica.rank < len(self._state["random"]):
            _set_random_state(self._state["random"][self.replica.rank])
        self._state = {}

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save, if it is time, and leave, if told, where no gradient is half gathered."""
        is_step = (batch_idx + 1) % trainer.accumulate_grad_batches == 0
        if trainer.is_last_batch or not is_step:
            return
        is_told = self.replica.any(self._is_told)
        if not is_told and not self.replica.any(self._is_time()):
            return
        self._state = {
            "epoch": trainer.current_epoch,
            "batch": batch_idx + 1,
            "means": pl_module.means["train"].state(self.replica),
            "random": self.replica.gather(_random_state()),
        }
        trainer.save_checkpoint(self.checkpoint)
        self._state = {}  # the end of the epoch is saved without it
        self._saved = time.monotonic()
        if is_told:
            self._leave(
                f"stopped in epoch {trainer.current_epoch + 1} after batch {batch_idx + 1}, state saved"
            )

    def _is_time(self) -> bool:
        return self.seconds is not None and time.monotonic() - self._saved >= self.seconds

    def _leave(self, message: str) -> None:
        if self.replica.is_first:
            print(f"{self.name}: {message}", file=sys.stderr, flush=True)
        sys.exit(STOPPED)

    @property
    def state_key(self) -> str:
        """What the state is found by in a checkpoint."""
        return SaveOnSignal.__qualname__

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint within an epoch needs beside Lightning's own state; none of a whole epoch."""
        return self._state

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Keep it until the first step."""
        self._state = dict(state_dict)


def _random_state() -> dict[str, torch.Tensor]:
    """Where this process's random numbers are: dropout's."""
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_initialized():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def _set_random_state(state: Mapping[str, torch.Tensor]) -> None:
    torch.set_rng_state(state["cpu"].cpu())
    if "cuda" in state and torch.cuda.is_initialized():
        torch.cuda.set_rng_state(state["cuda"].cpu())
