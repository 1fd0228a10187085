"""A separator as recognition sees it: sources by name, a batch in parts, a cue handed on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

SPEECH, MUSIC = "speech", "music"  # the sources that recognition asks for; a separator may have others
# What a separator is given besides the mixtures: a row for each (B, ...), or several such by name.
Cue = Tensor | Mapping[str, Tensor]


class Separator(Protocol):
    """What recognition needs of a model that separates, such as `musasr.joint.JointModel`."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of what it gives, in order."""
        ...

    def separate(self, mixture: Tensor, lengths: Tensor, cue: Cue | None = None) -> Tensor:
        """The sources (B, S, T) of mixtures (B, T), at the level that they have in the mixture."""
        ...


class InBfloat16(nn.Module):
    """A separator whose products are of bfloat16: half of the time, for thousandths of a dB (BENCH.md)."""

    def __init__(self, separator: Separator):
        """Hold it."""
        super().__init__()
        self.separator = separator

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of what it gives, in order."""
        return self.separator.sources

    def separate(self, mixture: Tensor, lengths: Tensor, cue: Cue | None = None) -> Tensor:
        """The sources (B, S, T) of mixtures (B, T), in float32."""
        with torch.autocast(mixture.device.type, dtype=torch.bfloat16):
            return self.separator.separate(mixture, lengths, cue=cue).float()


def separate_in_parts(
    separator: Separator, batch: Tensor, lengths: Tensor, *, cue: Cue | None = None, num_samples: float
) -> Tensor:
    """Estimates (B, S, T) of mixtures (B, T), a few at a time: large batches are slower to separate.

    Args:
        separator: What separates them.
        batch: Mixtures (B, T).
        lengths: Samples of each (B,).
        cue: What the separator is given besides: each part of the batch gets its rows.
        num_samples: How many samples of padded audio are separated at once; at least one utterance is.
    """
    estimates = batch.new_zeros(len(batch), len(separator.sources), batch.shape[1])
    for part in _parts(len(batch), size=max(1, int(min(num_samples, batch.numel()) // batch.shape[1]))):
        longest = int(lengths[part].max())
        estimates[part, :, :longest] = separator.separate(
            batch[part, :longest], lengths[part], cue=rows_of(cue, part)
        )
    return estimates


def rows_of(cue: Cue | None, part: slice) -> Cue | None:
    """A cue's rows for a part of a batch."""
    if cue is None:
        return None
    if isinstance(cue, Mapping):
        return {name: value[part] for name, value in cue.items()}
    return cue[part]


def speech_of(estimates: Tensor, sources: Sequence[str]) -> Tensor:
    """The estimate of the speech (B, T), of (B, S, T)."""
    return estimates[:, sources.index(SPEECH)]


def music_of(estimates: Tensor, sources: Sequence[str]) -> Tensor | None:
    """All that is not speech (B, T), of (B, S, T); None where the separator has no source ``music``."""
    if MUSIC not in sources:
        return None
    return estimates[:, [index for index, name in enumerate(sources) if name != SPEECH]].sum(dim=1)


def _parts(num_items: int, *, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, num_items, size))
