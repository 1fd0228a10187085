"""What loader and schedule need to know of a training: which epoch it is, how many steps there will be."""

import argparse
from typing import Any

from espnet2.iterators.abs_iter_factory import AbsIterFactory
from torch.utils.data import DataLoader

from musasr.errors import ConfigError
from musasr.tasks.preprocessor import MixingPreprocessor


class MixingIterFactory(AbsIterFactory):
    """ESPnet's iterator factory, which also tells the loader's mixer the epoch: mixtures change with it."""

    def __init__(self, factory: AbsIterFactory, preprocessor: MixingPreprocessor):
        """Hold the factory, and the preprocessor that its data set calls."""
        self.factory = factory
        self.preprocessor = preprocessor

    @property
    def dataset(self) -> Any:
        """The factory's data set."""
        return self.factory.dataset

    def build_iter(self, epoch: int, shuffle: bool | None = None) -> DataLoader:
        """The batches of an epoch, counted from 1."""
        self.preprocessor.epoch = epoch
        return self.factory.build_iter(epoch, shuffle)


def count_steps(args: argparse.Namespace, factory: AbsIterFactory) -> int:
    """How often ESPnet's trainer will update the weights: batches that are left over do not add up to a step.

    Raises:
        ConfigError: The batches cannot be counted beforehand.
    """
    try:
        num_batches = len(factory.build_iter(1))
    except TypeError as error:
        mend = "set scheduler_conf.total_steps, or take --iterator_type sequence"
        raise ConfigError("unknown number of steps", where="scheduler onecyclelr", mend=mend) from error
    return max(1, args.max_epoch * (num_batches // args.accum_grad))
