"""Times of several ways to do one work: interleaved, so that what slows a machine slows all of them."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from tqdm import tqdm

OURS = "musasr"


@dataclass(frozen=True)
class Work:
    """One work, done by us and by others.

    Attributes:
        title: What is done, with its sizes.
        ways: Name -> a call that does it once; `OURS` is one of them, the others are peers.
        difference: The largest difference between our result and a peer's, in ``unit``.
        unit: Of the difference: what it is a difference of.
        audio_seconds: Of the audio that one call goes through.
        floating_operations: Of the matrix products alone, for a floor; None where nobody counted.
    """

    title: str
    ways: Mapping[str, Callable[[], object]]
    difference: float
    unit: str
    audio_seconds: float
    floating_operations: float | None = None


@dataclass(frozen=True)
class Measurement:
    """What `measure` found.

    Attributes:
        title: Of the work.
        seconds: Name of a way -> the median over repetitions, s.
        repetitions: How many.
        difference: See `Work`.
        unit: Likewise.
        real_time_factor: Our seconds for a second of audio.
        gflops: Floating-point operations of the products per second of ours, 1e9; None if not counted.
        kinds: Fractions of our time by kind of operation; None if nobody looked.
    """

    title: str
    seconds: dict[str, float]
    repetitions: int
    difference: float
    unit: str
    real_time_factor: float
    gflops: float | None
    kinds: dict[str, float] | None = None

    @property
    def ratios(self) -> dict[str, float]:
        """Peer -> its seconds over ours: above 1 where we are faster."""
        return {name: value / self.seconds[OURS] for name, value in self.seconds.items() if name != OURS}


def measure(work: Work, *, repetitions: int, device: str = "cpu") -> Measurement:
    """Time every way of a work, one after the other, again and again; the first round warms up.

    Args:
        work: What is done.
        repetitions: Timed rounds, at least one.
        device: Whose queue is to be empty before a clock is read.
    """
    found: dict[str, list[float]] = {name: [] for name in work.ways}
    with tqdm(total=(repetitions + 1) * len(work.ways), desc=work.title, unit="call", disable=None) as bar:
        for round_number in range(repetitions + 1):
            for name, do in work.ways.items():
                seconds = _time(do, device)
                if round_number > 0:
                    found[name].append(seconds)
                bar.update()
    medians = {name: statistics.median(values) for name, values in found.items()}
    operations = work.floating_operations
    return Measurement(
        title=work.title,
        seconds=medians,
        repetitions=repetitions,
        difference=work.difference,
        unit=work.unit,
        real_time_factor=medians[OURS] / work.audio_seconds,
        gflops=None if operations is None else operations / medians[OURS] / 1e9,
    )


def _time(do: Callable[[], object], device: str) -> float:
    _wait(device)
    start = time.perf_counter()
    do()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize(device)
