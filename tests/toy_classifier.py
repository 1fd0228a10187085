"""A training that knows nothing of sound or of ESPnet: points in a plane, inside a circle or out of it."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader

SIZES = {"train": 192, "valid": 64}


class Classifier(nn.Module):
    """Of ESPnet's contract, which allows a loss of shape (1,) and scores that are None."""

    def __init__(self, dropout: float = 0.1):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(dropout), nn.Linear(32, 2))

    def forward(self, points, labels):
        logits = self.layers(points)
        loss = functional.cross_entropy(logits, labels)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        return loss[None], {"accuracy": accuracy, "perplexity": None}, torch.tensor([float(len(points))])


@dataclass
class Points:
    """A data set by ids: a point, moved a little in each epoch, and whether it lies in the circle."""

    mode: str
    epoch: int

    def __getitem__(self, item_id: str):
        number = int(item_id.split("-")[1]) + (1000 if self.mode == "valid" else 0)
        point = 2 * torch.rand(2, generator=torch.Generator().manual_seed(number)) - 1
        label = int(point.norm() < 0.7)
        if self.mode == "train":
            generator = torch.Generator().manual_seed(10_000 * self.epoch + number)
            point = point + 0.01 * torch.randn(2, generator=generator)
        return item_id, point, label


def collate(items):
    ids, points, labels = zip(*items, strict=True)
    return list(ids), {"points": torch.stack(points), "labels": torch.tensor(labels)}


class PointBatches:
    """Twelve batches an epoch, shuffled anew in each."""

    def __init__(self, num_workers: int = 0):
        self.num_workers = num_workers

    def loader(self, mode: str, epoch: int) -> DataLoader:
        size = SIZES[mode]
        order = torch.arange(size)
        if mode == "train":
            order = torch.randperm(size, generator=torch.Generator().manual_seed(epoch))
        ids = [f"point-{number}" for number in order.tolist()]
        batches = [ids[start : start + 16] for start in range(0, size, 16)]
        return DataLoader(
            Points(mode, epoch), batch_sampler=batches, collate_fn=collate, num_workers=self.num_workers
        )
