"""A moving average of the weights: what is validated, kept as the best, and recognises in the end."""

from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor


class WeightAverage(Callback):
    """Puts a moving average of the trained weights in their place while they are judged and saved.

    After each optimiser step, the n-th from 0, average = d average + (1 - d) weights with
    d = min(decay, (1 + n) / (10 + n)): the first steps count for little in the end. From validation to the
    start of the next epoch the model holds the average, so that the checkpoints of the best epochs do
    (Lightning's own callback leaves the weights themselves in checkpoints without an optimiser's state).
    The last checkpoint holds both: a training that goes on is the one that was never stopped.
    """

    def __init__(self, decay: float):
        """Say how much of the average each step keeps.

        Args:
            decay: d, between 0 and 1: about 1 / (1 - d) steps count.
        """
        self.decay = decay
        self.num_updates = 0
        self._is_swapped = False
        self._last_step = 0
        self._others: dict[str, Tensor] = {}  # the average; while the model holds it, the weights themselves

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Begin with the weights that the training begins with, unless it goes on."""
        trained = _trained(pl_module)
        if not self._others:
            self._others = {name: parameter.detach().clone() for name, parameter in trained.items()}
            self._last_step = trainer.global_step
        # A checkpoint is read into main memory, whatever the training computes on.
        self._others = {name: value.to(trained[name].device) for name, value in self._others.items()}

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Train the weights themselves."""
        self._hold_average(pl_module, False)

    @torch.no_grad()
    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Take a step's weights into the average; a batch whose gradient is only gathered is no step."""
        if trainer.global_step == self._last_step:
            return
        self._last_step = trainer.global_step
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        for name, parameter in _trained(pl_module).items():
            self._others[name].lerp_(parameter, 1 - decay)
        self.num_updates += 1

    def on_validation_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Validate the average, and leave it there for the checkpoints."""
        if not trainer.sanity_checking:
            self._hold_average(pl_module, True)

    @torch.no_grad()
    def _hold_average(self, pl_module: lightning.LightningModule, is_wanted: bool) -> None:
        if self._is_swapped == is_wanted:
            return
        for name, parameter in _trained(pl_module).items():
            held = parameter.detach().clone()
            parameter.copy_(self._others[name])
            self._others[name] = held
        self._is_swapped = is_wanted

    def state_dict(self) -> dict[str, Any]:
        """What a training that goes on needs beside the model's weights."""
        return {
            "others": self._others,
            "is_swapped": self._is_swapped,
            "num_updates": self.num_updates,
            "last_step": self._last_step,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._others = dict(state_dict["others"])
        self._is_swapped = state_dict["is_swapped"]
        self.num_updates = state_dict["num_updates"]
        self._last_step = state_dict["last_step"]


def _trained(pl_module: lightning.LightningModule) -> dict[str, torch.nn.Parameter]:
    return {name: parameter for name, parameter in pl_module.named_parameters() if parameter.requires_grad}
