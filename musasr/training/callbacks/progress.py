"""Training progress as lines: where it is, how the losses go, and when it will be done."""

import sys
import time
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities import rank_zero_only

from musasr.training.callbacks.waiting import Waiting


class ProgressLines(Callback):
    """Prints a line every few seconds and one with the losses after each epoch.

    Lines, not a bar: trainings run side by side and into log files.
    """

    def __init__(self, name: str, *, interval: float = 20.0, waiting: Waiting | None = None):
        """Say who speaks and how often.

        Args:
            name: What each line begins with.
            interval: Seconds between two lines within an epoch.
            waiting: Who knows how long batches are waited for; None: nobody.
        """
        self.name = name
        self.interval = interval
        self.waiting = waiting
        self._started = self._said = 0.0
        self._epochs_before = 0.0

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Note where this run begins."""
        self._started = self._said = time.monotonic()
        self._epochs_before = trainer.current_epoch
        place = pl_module.place
        if place.batch:
            self._epochs_before += place.batch / trainer.num_training_batches
            self._say(f"goes on in epoch {place.epoch + 1} of {trainer.max_epochs} after batch {place.batch}")
        elif trainer.current_epoch:
            self._say(f"goes on after epoch {trainer.current_epoch} of {trainer.max_epochs}")

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Say how far the epoch is, at most once per interval."""
        if time.monotonic() - self._said < self.interval:
            return
        total = trainer.num_training_batches
        loss = float(outputs["shown"])
        done = trainer.current_epoch + (batch_idx + 1) / total
        place = f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs} batch {batch_idx + 1}/{total}"
        self._say(f"{place} loss {loss:.3f} {self._eta(trainer, done)}")

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Say the epoch's losses."""
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        parts = [
            f"{mode} "
            + " ".join(
                f"{name.split('/')[1]} {value:.3f}"
                for name, value in sorted(metrics.items())
                if name.startswith(f"{mode}/")
            )
            for mode in ("train", "valid")
        ]
        if self.waiting is not None and self.waiting.fraction is not None:
            parts.append(f"waiting for data {100 * self.waiting.fraction:.0f} %")
        place = f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}"
        self._say(f"{place} done | {' | '.join(parts)} | {self._eta(trainer, trainer.current_epoch + 1)}")

    def _eta(self, trainer: lightning.Trainer, epochs_done: float) -> str:
        elapsed = time.monotonic() - self._started
        share = (epochs_done - self._epochs_before) / max(1e-9, trainer.max_epochs - self._epochs_before)
        left = elapsed * (1 / max(share, 1e-9) - 1)
        return f"elapsed {_clock(elapsed)} ETA {_clock(left)}"

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        if rank_zero_only.rank == 0:  # of several processes the first speaks
            print(f"{self.name}: {text}", file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
