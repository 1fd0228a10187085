"""How much of an epoch passes until its batches come: what faster disks or more workers could save."""

import time
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback


class Waiting(Callback):
    """Tells the time between two steps from that of the steps.

    On a GPU a step ends for us before it has been computed: what is waited then is more than what the GPU
    waits. It comes last of all callbacks, so that what others do after a step counts as the step's.
    """

    def __init__(self):
        """Begin with nothing."""
        self._waited = self._worked = 0.0
        self._since = time.monotonic()

    @property
    def fraction(self) -> float | None:
        """Of the epoch so far; None before its first step has ended."""
        return self._waited / (self._waited + self._worked) if self._worked else None

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Begin an epoch: its first batch is waited for."""
        self._waited = self._worked = 0.0
        self._since = time.monotonic()

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """A batch is there."""
        self._waited += self._passed()

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """A step is done, and the next batch is waited for."""
        self._worked += self._passed()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Tell the logger; history.jsonl holds what is the same in every run of a seed."""
        if self.fraction is not None and trainer.logger is not None:
            trainer.logger.log_metrics({"waiting": self.fraction}, step=trainer.global_step)

    def _passed(self) -> float:
        now = time.monotonic()
        passed, self._since = now - self._since, now
        return passed
