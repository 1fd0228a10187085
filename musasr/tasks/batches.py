"""ESPnet's iterators as the training engine takes batches: one loader a mode and epoch."""

import argparse

from espnet2.train.distributed_utils import DistributedOption
from torch.utils.data import DataLoader

from musasr.tasks.task import MusicMixedTask


class TaskBatches:
    """The batches that ESPnet's options describe, their mixtures drawn in the loader."""

    def __init__(self, args: argparse.Namespace):
        """Build the iterator factories of the options' data, batches and preprocessor."""
        self._factories = {
            mode: MusicMixedTask.build_iter_factory(args, DistributedOption(), mode)
            for mode in ("train", "valid")
        }

    def loader(self, mode: str, epoch: int) -> DataLoader:
        """The batches of an epoch (from 1): their order and mixtures depend on (seed, epoch) only.

        Validation's are the same in every epoch: see `musasr.tasks.preprocessor`.
        """
        return self._factories[mode].build_iter(epoch)
