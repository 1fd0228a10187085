"""UIS-RNN's training: from the training conversations' windows to its folder."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from musasr.diarization.hearing import Heard
from musasr.diarizers.clustering import normalised
from musasr.kaldi.rttm import Span, Turn


class SpeakerSequences:
    """Items of a training: what one speaker says in one conversation, as vectors in time."""

    def __init__(self, train: Sequence[Heard], valid: Sequence[Heard], *, longest: int):
        """Hold the vectors.

        Args:
            train: Conversations to learn from.
            valid: Conversations whose loss says which epoch is the best.
            longest: Windows of a sequence: longer ones are cut at a drawn place.
        """
        self.longest = longest
        self.sets = {"train": _sequences(train), "valid": _sequences(valid)}

    def ids(self, mode: str) -> Sequence[str]:
        """Names of sequences."""
        return list(self.sets[mode])

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> dict[str, np.ndarray]:
        """A sequence (L, E) of vectors of length sqrt(E), zeros after its end, and how long it is."""
        sequence = self.sets[mode][item_id]
        first = int(generator.integers(max(1, len(sequence) - self.longest + 1)))
        kept = sequence[first : first + self.longest]
        padded = np.zeros((self.longest, sequence.shape[1]), np.float32)
        padded[: len(kept)] = kept
        return {"vectors": padded, "lengths": np.array(len(kept))}

    def finish(
        self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """The batch as it is."""
        return batch


def train_uis_rnn(
    train: Sequence[Heard],
    valid: Sequence[Heard],
    directory: Path,
    *,
    network: Mapping[str, Any],
    longest: int,
    training: Mapping[str, Any],
    seed: int,
    threads: int,
) -> None:
    """Train one, or go on with it; a folder that has weights is done.

    Args:
        train, valid: Conversations whose vectors are known, and who speaks in them.
        directory: Gets it.
        network: Arguments of `UisRnn` but the two that the conversations decide.
        longest: See `SpeakerSequences`.
        training: ``batch_size``, and the engine's settings.
        seed: Of weights and order.
        threads: CPU threads.
    """
    import torch

    from musasr.classification.engine import train_network
    from musasr.diarizers.uis_rnn import UisRnn

    conf = {
        **network,
        "embedding_size": train[0].vectors.shape[1],
        "change_probability": round(change_probability(train), 6),
    }
    torch.manual_seed(seed)
    train_network(
        UisRnn(**conf),
        SpeakerSequences(train, valid, longest=longest),
        training=training,
        config={"network": conf, "training": dict(training), "seed": seed},
        directory=directory,
        name="uis_rnn",
        seed=seed,
        threads=threads,
    )


def change_probability(heard: Sequence[Heard]) -> float:
    """How often two neighbouring windows are of different speakers; never none nor all."""
    changes, pairs = 1, 2
    for one in heard:
        labels = speakers_of(one.windows, one.conversation.turns)
        changes += sum(a != b for a, b in pairwise(labels))
        pairs += max(0, len(labels) - 1)
    return changes / pairs


def speakers_of(windows: Sequence[Span], turns: Sequence[Turn]) -> list[str | None]:
    """Who speaks most of each window; None where nobody does."""
    labels: list[str | None] = []
    for start, end in windows:
        shared: dict[str, float] = {}
        for turn in turns:
            overlap = min(end, turn.end) - max(start, turn.start)
            if overlap > 0:
                shared[turn.speaker] = shared.get(turn.speaker, 0.0) + overlap
        labels.append(max(shared, key=lambda name: shared[name]) if shared else None)
    return labels


def _sequences(heard: Sequence[Heard]) -> dict[str, np.ndarray]:
    """Name -> the vectors (L, E) of one speaker in one conversation, as UIS-RNN scales them."""
    found = {}
    for one in heard:
        labels = speakers_of(one.windows, one.conversation.turns)
        vectors = normalised(one.vectors) * one.vectors.shape[1] ** 0.5
        for speaker in sorted({label for label in labels if label is not None}):
            rows = [row for row, label in enumerate(labels) if label == speaker]
            found[f"{one.conversation.recording_id}/{speaker}"] = vectors[rows].astype(np.float32)
    return found
