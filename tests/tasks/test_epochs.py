import argparse

import pytest

from musasr.errors import ConfigError
from musasr.tasks.epochs import count_steps


class Batches:
    """An iterator factory of so many batches an epoch; None: it cannot tell."""

    def __init__(self, number):
        self.number = number

    def build_iter(self, epoch):
        return iter(()) if self.number is None else range(self.number)


@pytest.mark.parametrize(
    ("num_batches", "accum_grad", "steps"), [(7, 1, 21), (7, 2, 9), (7, 7, 3), (7, 8, 1), (1, 1, 3)]
)
def test_steps_are_those_of_espnets_trainer(num_batches, accum_grad, steps):
    args = argparse.Namespace(max_epoch=3, accum_grad=accum_grad)
    assert count_steps(args, Batches(num_batches)) == steps


def test_batches_that_cannot_be_counted_want_the_number():
    with pytest.raises(
        ConfigError, match=r"scheduler onecyclelr: unknown number of steps; set scheduler_conf\."
    ):
        count_steps(argparse.Namespace(max_epoch=3, accum_grad=1), Batches(None))
