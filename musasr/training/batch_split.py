"""Each process's part of a batch, and means over the utterances of all parts."""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from musasr.training.distributed import Replica


class BatchSplit:
    """The part of each batch that one process computes.

    As ESPnet splits batches (every N-th utterance of a batch, from this process's rank on, so that the parts
    are about as long as each other), but from the batches of one process: ESPnet would make other ones where
    a batch has fewer utterances than there are processes. Here a process whose part is empty computes one
    utterance that counts nothing.
    """

    def __init__(self, batches: Sequence[Sequence[str]], replica: Replica, *, first: int = 0):
        """Hold the batches of an epoch.

        Args:
            batches: Each the ids of its utterances; the same in all processes.
            replica: Whose part.
            first: The first batch to hand out; an interrupted epoch has seen those before it.
        """
        self.batches = batches
        self.replica = replica
        self.first = first

    def __len__(self) -> int:
        """All batches of the epoch, those not handed out included."""
        return len(self.batches)

    def __iter__(self) -> Iterator[Sequence[str]]:
        """The parts, from the first batch to hand out on."""
        for index in range(self.first, len(self.batches)):
            yield self._part(index) or self.batches[index][:1]

    def _part(self, index: int) -> Sequence[str]:
        return self.batches[index][self.replica.rank :: self.replica.world_size]

    def count(self, index: int) -> int:
        """The utterances of this process's part of a batch."""
        return len(self._part(index))

    def weight(self, index: int) -> float:
        """What a part's mean loss counts, so that the mean over processes is the batch's mean."""
        return self.replica.world_size * self.count(index) / len(self.batches[index])


def with_batches(loader: DataLoader, split: BatchSplit) -> DataLoader:
    """A loader of these parts, otherwise as it was."""
    return DataLoader(
        loader.dataset,
        batch_sampler=split,
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        pin_memory=loader.pin_memory,
        timeout=loader.timeout,
        worker_init_fn=loader.worker_init_fn,
        multiprocessing_context=loader.multiprocessing_context,
        generator=loader.generator,
        prefetch_factor=loader.prefetch_factor,
    )


class Means:
    """Means over an epoch's utterances of scores that come as means over batches."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sums: dict[str, tuple[Tensor | float, int]] = {}

    def add(self, scores: Mapping[str, Tensor], count: int) -> None:
        """Add a batch's scores, means over so many utterances."""
        for name, value in scores.items():
            total, before = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + torch.as_tensor(value).detach() * count, before + count)

    def state(self, replica: Replica) -> dict[str, tuple[float, int]]:
        """Sums and counts over all processes, as plain numbers."""
        merged: dict[str, tuple[float, int]] = {}
        for sums in replica.gather(
            {name: (float(total), count) for name, (total, count) in self._sums.items()}
        ):
            for name, (total, count) in sums.items():
                before = merged.get(name, (0.0, 0))
                merged[name] = (before[0] + total, before[1] + count)
        return merged

    def load_state(self, state: Mapping[str, tuple[float, int]], replica: Replica) -> None:
        """Go on from ``state``; it is kept by the first process, for all."""
        self._sums = dict(state) if replica.is_first else {}

    def take(self, replica: Replica) -> dict[str, float]:
        """The means over all processes' utterances; then begin anew."""
        means = {name: total / count for name, (total, count) in self.state(replica).items() if count}
        self._sums = {}
        return means
