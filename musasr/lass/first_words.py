"""What the network of a text or of an example learns before it separates: a tag model's vectors for it.

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
from musasr.lass.cues import CueOf, Query, TagCue, trimmed
from musasr.lass.stages import FIRST_WORDS

BATCH = 16


class Learner(nn.Module):
    """A query's network, and the one whose vectors it is to give, which stays as it is."""

    def __init__(self, query: nn.Module, teacher: nn.Module):
        """Join both."""
        super().__init__()
        self.query, self.teacher = query, teacher.requires_grad_(False)

    def forward(self, cue: Tensor, weights: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The mean squared difference for cues (B, ...) and weights (B, K): (loss, scores, weight).

        It is taken before the ReLU: a value that is 0 for every query would otherwise learn nothing.
        """
        loss = functional.mse_loss(self.query.signed(cue), self.teacher.signed(weights))
        return loss, {}, torch.tensor(len(cue))


class Sentences:
    """Clips in both languages: their captions (or themselves) and the weights of their tags."""

    def __init__(
        self,
        sets: Mapping[str, Sequence[Clip]],
        cue_of: CueOf,
        tags: TagCue,
        *,
        general_fraction: float,
    ):
        """Hold the clips of "train" and "valid", and how often a group's caption is drawn."""
        self.clips = {name: {clip.clip_id: clip for clip in clips} for name, clips in sets.items()}
        self.cue_of, self.tags, self.general_fraction = cue_of, tags, general_fraction

    def ids(self, mode: str) -> Sequence[str]:
        """Clips."""
        return list(self.clips[mode])

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> dict[str, np.ndarray]:
        """cue (...), weights (K,)."""
        clip = self.clips[mode][item_id]
        general = general_captions(clip.tags[0], beside=())
        caption, tags = clip.captions[int(generator.integers(len(clip.captions)))], clip.tags
        if general and generator.random() < self.general_fraction:
            caption, tags = general[int(generator.integers(len(general)))]
        query = Query(caption, tags, clip.path)
        return {"cue": self.cue_of(query), "weights": self.tags(query)}

    def finish(
        self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """The batch without the padding that all have."""
        return batch | {"cue": trimmed(batch["cue"])}


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
    """Train a query's network to give another one's vectors; what is done stays.

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
