"""What a text's network learns before it separates: the vectors that a model which is told tags has for them.

A BERT knows what words have to do with each other; a network that begins from nothing learns it from a
separator's loss slowly, and from vectors that a U-Net already understands in a minute.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr.classification.engine import train_network
from musasr.corpora.clips import Clip
from musasr.corpora.embedded.sounds.catalogue import general_captions
from musasr.lass.items import PAD, TagCue, TextCue
from musasr.lass.stages import FIRST_WORDS

BATCH = 16


class Learner(nn.Module):
    """A text's network, and the one whose vectors it is to give, which stays as it is."""

    def __init__(self, query: nn.Module, teacher: nn.Module):
        """Join both."""
        super().__init__()
        self.query, self.teacher = query, teacher.requires_grad_(False)

    def forward(self, pieces: Tensor, weights: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The mean squared difference for pieces (B, U) and weights (B, K): (loss, scores, weight).

        It is taken before the ReLU: a value that is 0 for every text would otherwise learn nothing.
        """
        loss = functional.mse_loss(self.query.signed(pieces), self.teacher.signed(weights))
        return loss, {}, torch.tensor(len(pieces))


class Sentences:
    """Captions of clips, in both languages: the pieces of their words and the weights of their tags."""

    def __init__(
        self,
        sets: Mapping[str, Sequence[Clip]],
        text: TextCue,
        tags: TagCue,
        *,
        general_fraction: float,
    ):
        """Hold the clips of "train" and "valid", and how often a group's caption is drawn."""
        self.clips = {name: {clip.clip_id: clip for clip in clips} for name, clips in sets.items()}
        self.text, self.tags, self.general_fraction = text, tags, general_fraction

    def ids(self, mode: str) -> Sequence[str]:
        """Clips."""
        return list(self.clips[mode])

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> dict[str, np.ndarray]:
        """pieces (U,), weights (K,)."""
        clip = self.clips[mode][item_id]
        general = general_captions(clip.tags[0], beside=())
        caption, tags = clip.captions[int(generator.integers(len(clip.captions)))], clip.tags
        if general and generator.random() < self.general_fraction:
            caption, tags = general[int(generator.integers(len(general)))]
        return {"pieces": self.text(caption, tags), "weights": self.tags(caption, tags)}

    def finish(
        self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """The batch without the padding that all have."""
        longest = int((batch["pieces"] != PAD).sum(axis=1).max())
        return batch | {"pieces": batch["pieces"][:, :longest]}


def learn_first_words(
    query: nn.Module,
    teacher: nn.Module,
    sentences: Sentences,
    *,
    training: Mapping[str, Any],
    epochs: int,
    directory: Path,
    seed: int,
    threads: int = 1,
    on_gpu: bool = False,
) -> None:
    """Train a text's network to give another one's vectors; what is done stays.

    Args:
        query: Is changed.
        teacher: Is told tags.
        sentences: What it learns from.
        training: The settings of the model's training; batches and epochs are this one's own.
        epochs: How often each clip's captions are drawn from.
        directory: The model's folder.
        seed: Of every draw.
        threads: CPU threads.
        on_gpu: Whether it computes on a GPU.
    """
    settings = {**training, "batch_size": BATCH, "max_epoch": epochs}
    train_network(
        Learner(query, teacher),
        sentences,
        training=settings,
        config={"training": settings, "seed": seed},
        directory=directory / FIRST_WORDS,
        name=f"{directory.name}: first words",
        seed=seed,
        threads=threads,
        on_gpu=on_gpu,
    )
