"""Batches of items drawn as a function of (seed, epoch, id): never of workers, order or resume point."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from zlib import crc32

import numpy as np
import torch
from torch.utils.data import DataLoader

type Arrays = Mapping[str, np.ndarray]


class Items(Protocol):
    """What a network is trained on."""

    def ids(self, mode: str) -> Sequence[str]:
        """The items' names; mode is "train" or "valid"."""

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> Arrays:
        """One item as arguments of the network's ``forward``.

        Of arrays that are longer in one item than in another the shorter are padded with zeros: their
        lengths are for the items to give. Validation's generator is the same in every epoch.
        """

    def finish(self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator) -> Arrays:
        """The stacked items of a batch, mixed with each other or as they are."""


class DrawnBatches:
    """Batches of about equal size; training's order changes with the epoch, validation's never."""

    def __init__(self, items: Items, *, batch_size: int, seed: int, num_workers: int = 0):
        """Hold what is drawn from.

        Args:
            items: The items.
            batch_size: The most that a batch holds; none holds one item where two batches could share.
            seed: Of every draw.
            num_workers: Loader processes; they change nothing but the time.
        """
        self.items, self.batch_size, self.seed, self.num_workers = items, batch_size, seed, num_workers

    def num_batches(self) -> int:
        """Training batches of an epoch."""
        return -(-len(self.items.ids("train")) // self.batch_size)

    def loader(self, mode: str, epoch: int) -> DataLoader:
        """The batches of an epoch (from 1), as the engine takes them."""
        drawn = _Drawn(self.items, mode, self.seed, epoch if mode == "train" else 0)
        return DataLoader(
            drawn,
            batch_sampler=self._batches(mode, epoch),
            num_workers=self.num_workers,
            collate_fn=drawn.stack,
        )

    def _batches(self, mode: str, epoch: int) -> list[list[str]]:
        ids = list(self.items.ids(mode))
        if mode == "train":
            ids = [ids[i] for i in np.random.default_rng([self.seed, epoch]).permutation(len(ids))]
        number = max(1, -(-len(ids) // self.batch_size))
        return [ids[i * len(ids) // number : (i + 1) * len(ids) // number] for i in range(number)]


class _Drawn:
    """The items of an epoch, and how a batch is put together; sent to loader processes."""

    def __init__(self, items: Items, mode: str, seed: int, epoch: int):
        self.items, self.mode, self.seed, self.epoch = items, mode, seed, epoch

    def __getitem__(self, item_id: str) -> tuple[str, Arrays]:
        return item_id, self.items.draw(self.mode, item_id, self._generator(item_id))

    def stack(self, drawn: Sequence[tuple[str, Arrays]]) -> tuple[list[str], dict[str, torch.Tensor]]:
        """(ids, tensors) of drawn items."""
        ids = [item_id for item_id, _ in drawn]
        batch = {name: stacked([arrays[name] for _, arrays in drawn]) for name in drawn[0][1]}
        finished = self.items.finish(self.mode, batch, self._generator("\n".join(ids)))
        return ids, {name: torch.from_numpy(np.ascontiguousarray(one)) for name, one in finished.items()}

    def _generator(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.epoch, crc32(name.encode())])


def stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays side by side, (B, ...), zeros behind those that are shorter along an axis."""
    shape = np.max([array.shape for array in arrays], axis=0)
    if all(array.shape == tuple(shape) for array in arrays):
        return np.stack(arrays)
    padded = np.zeros((len(arrays), *shape), arrays[0].dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[tuple(map(slice, array.shape))] = array
    return padded


def cut(samples: np.ndarray, size: int, generator: np.random.Generator | None) -> np.ndarray:
    """So much of the last axis, from a drawn place on (without a generator its middle); short ones tiled."""
    length = samples.shape[-1]
    if length < size:
        times = (1,) * (samples.ndim - 1) + (-(-size // length),)
        return np.tile(samples, times)[..., :size]
    last = length - size
    start = last // 2 if generator is None else int(generator.integers(last + 1))
    return samples[..., start : start + size]
