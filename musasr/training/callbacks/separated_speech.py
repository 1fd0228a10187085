"""What a recogniser is given in training besides mixtures: what a finished separator makes of them."""

from collections.abc import Sequence
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from musasr.joint import READ, JointModel
from musasr.layers.adding_back import add_back
from musasr.mixing.draw import generator

EVERY_EPOCH = 0  # validation hears the same in every epoch


class SeparatedSpeech(Callback):
    """Puts a separator's estimates in the place of some of the mixtures, with some of the music left in them.

    The separator stays as it is, and is no part of the model. Which utterances, and how far below the speech
    their music is left, is drawn from (seed, epoch, utterance id) alone, as mixtures are.
    """

    def __init__(self, separator: JointModel, *, fraction: float, add_back_db: Sequence[float], seed: int):
        """Hold what separates.

        Args:
            separator: A trained model that gives speech; whatever else it gives is music.
            fraction: Of the utterances, those that are heard separated.
            add_back_db: Bounds of how far below the speech the music is left, evenly drawn: see
                `musasr.layers.adding_back`.
            seed: Source of the draws.
        """
        self.separator = separator.requires_grad_(False).eval()
        self.fraction = fraction
        self.add_back_db = tuple(add_back_db)
        self.seed = seed

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Change a batch of training."""
        self._replace(batch, epoch=trainer.current_epoch + 1)

    def on_validation_batch_start(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Change a batch of validation."""
        self._replace(batch, epoch=EVERY_EPOCH)

    def _replace(self, batch: tuple[list[str], dict[str, Tensor]], *, epoch: int) -> None:
        ids, tensors = batch
        draws = [generator(self.seed, epoch, one, "separated").random(2) for one in ids]
        rows = [row for row, (chance, _) in enumerate(draws) if chance < self.fraction]
        if rows:
            low, high = self.add_back_db
            levels = tensors["speech"].new_tensor([low + (high - low) * draws[row][1] for row in rows])
            lengths = tensors["speech_lengths"][rows]
            longest = int(lengths.max())  # of these: a separator gives as much as it finds no padding
            tensors["speech"][rows, :longest] = self.hear(tensors["speech"][rows, :longest], lengths, levels)

    @torch.no_grad()
    def hear(self, mixture: Tensor, lengths: Tensor, levels: Tensor) -> Tensor:
        """The speech of mixtures (B, T), with the music (B,) dB below it."""
        self.separator.to(mixture.device)
        estimates = self.separator.separate(mixture, lengths)
        speech = self.separator.pick(estimates, READ)
        all_sources = estimates.sum(dim=1) if estimates.shape[1] > 1 else mixture
        music = all_sources - speech
        return add_back(speech, music, lengths, snr_db=levels)
