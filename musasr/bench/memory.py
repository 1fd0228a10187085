"""How much memory a training step of Conv-TasNet at the paper's size takes at most.

``python -m musasr.bench.memory --batch_size 8 [--recompute]``: the peak is a process's, so each has its own.
"""

import argparse
import json
import math
import resource
import sys
import time

from musasr.bench.separation import separator_and_mixtures, training_step
from musasr.errors import ConfigError, told_in_one_line
from musasr.layers.recomputing import recompute_activations


def peak_of_step(*, seconds: float, batch_size: int, recomputes: bool, sizes: dict | None = None) -> dict:
    """The peak of this process after a step, and the step's time in seconds of a processor.

    Args:
        seconds: Of each mixture.
        batch_size: Mixtures; every second one is a quarter shorter.
        recomputes: Whether activations are computed again instead of kept.
        sizes: The network's; None: the paper's.

    Raises:
        ConfigError: There are no mixtures, or they have no length.
    """
    if batch_size < 1 or not 0 < seconds < math.inf:
        what = f"wants mixtures, got {batch_size} of {seconds:g} s"
        raise ConfigError(what, where="--batch_size, --seconds", mend="give such as 8 and 4")
    separator, mixture, lengths = separator_and_mixtures(seconds, batch_size, sizes)
    if recomputes:
        recompute_activations(separator, where="bench", needs_any=True)
    before, start = peak_gigabytes(), time.process_time()
    training_step(separator, mixture, lengths)()
    return {
        "batch": f"{batch_size} x {seconds:g} s",
        "recompute": recomputes,
        "peak_gb": round(peak_gigabytes(), 2),
        "peak_gb_before": round(before, 2),
        "cpu_seconds": round(time.process_time() - start, 1),
    }


def gigabytes(maxrss: int) -> float:
    """The unit that a system counts a process's peak in, as GB: kilobytes, or bytes on a Mac."""
    return maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def peak_gigabytes() -> float:
    """The peak of this process so far."""
    return gigabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> None:
    """Print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="of each mixture (4)")
    parser.add_argument("--batch_size", type=int, default=8, help="mixtures (8)")
    parser.add_argument("--recompute", action="store_true", help="activations are computed again")
    args = parser.parse_args()
    with told_in_one_line("memory"):
        found = peak_of_step(seconds=args.seconds, batch_size=args.batch_size, recomputes=args.recompute)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
