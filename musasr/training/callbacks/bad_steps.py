"""Steps whose loss or gradient is no finite number: left out, counted, and too many end a training."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from musasr.atomic import replacing
from musasr.errors import StateError
from musasr.training.distributed import Replica

DUMP = "bad_batch.npz"
MOST_IDS = 8  # that a message shows
MEND = "look at those utterances; lower optim_conf.lr or grad_clip"


class BadSteps(Callback):
    """Leaves out steps that would put NaN or infinity into the weights.

    One bad utterance then costs a step, not the training; an epoch with too many bad steps is a training that
    went wrong, and ends. The last bad batch lies in ``bad_batch.npz``: ids, and tensors by their names.
    """

    def __init__(self, directory: Path, *, name: str, most: int, replica: Replica):
        """Say where to leave a batch, and how many steps an epoch may lose.

        Args:
            directory: The training's folder.
            name: What the lines about it begin with.
            most: Steps; one more ends the training.
            replica: This process's place among those that train together.
        """
        self.path = directory / DUMP
        self.name = name
        self.most = most
        self.replica = replica
        self.count = 0  # of this epoch
        self._batch: tuple[Sequence[str], Mapping[str, Tensor]] = ((), {})
        self._fault: str | None = None

    def state_dict(self) -> dict[str, Any]:
        """How many steps an epoch that was stopped has lost."""
        return {"count": self.count}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on counting, unless it is a new epoch that begins."""
        self.count = int(state_dict["count"])

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Count anew."""
        self.count = 0

    def check_loss(self, loss: Tensor, ids: Sequence[str], tensors: Mapping[str, Tensor], mode: str) -> bool:
        """Whether a batch's loss is finite; one that is not is kept in mind until its step.

        Raises:
            StateError: It is a validation batch's: no step can be left out, and the mean would mean nothing.
        """
        is_finite = bool(torch.isfinite(loss).all())
        if self._fault is None:
            self._batch = (ids, tensors)
        if not is_finite:
            self._fault = f"the {mode} loss is {float(loss):g}"
        if not is_finite and mode != "train":
            what = f"{self._fault} in a batch of {_listed(ids)}"
            raise StateError(what, where=self._write(), mend=MEND)
        return is_finite

    def on_before_optimizer_step(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        """Take all gradients of a bad step away: the optimiser then changes nothing, not even its moments.

        Raises:
            StateError: The epoch has lost too many.
        """
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        if self._fault is None and not _are_finite(optimizer):
            # float16's scaler looks for the largest scale that does not overflow, and steps over what did.
            self._fault = None if scaler is not None else "a gradient is not finite"
        if not self.replica.any(self._fault is not None):
            return
        optimizer.zero_grad(set_to_none=True)
        self.count += 1
        ids, epoch = self._batch[0], trainer.current_epoch + 1
        fault = self._fault or "another process's loss or gradient is not finite"
        place = self._write() if self._fault else self.path
        if self.count > self.most:
            what = f"{self.count} steps of epoch {epoch} are bad; the last: {fault} at {_listed(ids)}"
            raise StateError(what, where=place, mend=MEND)
        line = f"epoch {epoch}: a step is left out ({self.count} of at most {self.most}): {fault}"
        print(f"{self.name}: {line} at {_listed(ids)}; see {place}", file=sys.stderr, flush=True)
        self._fault = None

    def _write(self) -> Path:
        """Leave the batch where it can be looked at."""
        ids, tensors = self._batch
        arrays = {name: value.detach().float().cpu().numpy() for name, value in tensors.items()}
        with replacing(self.path) as temporary:
            np.savez(temporary, ids=np.array([str(one) for one in ids]), **arrays)
        return self.path


def _are_finite(optimizer: torch.optim.Optimizer) -> bool:
    """Whether every gradient is, in one look at the device."""
    gradients = [
        parameter.grad
        for group in optimizer.param_groups
        for parameter in group["params"]
        if parameter.grad is not None
    ]
    if not gradients:
        return True
    # The largest magnitude, not the 2-norm: squares overflow long before the numbers do.
    largest = torch._foreach_norm(gradients, float("inf"))
    return bool(torch.isfinite(torch.stack([one.float() for one in largest])).all())


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(map(str, ids[:MOST_IDS])) + (f" and {len(ids) - MOST_IDS} more" * (len(ids) > MOST_IDS))
