"""What an utterance takes, by its length: separated and recognised at a recipe's sizes, with random weights.

``python -m musasr.bench.lengths --seconds 20``: the peak is a process's, so each length has its own.
"""

import argparse
import json
import math
import time

import torch

from musasr.bench.memory import peak_gigabytes
from musasr.bench.system import random_system, read_mixtures
from musasr.errors import ConfigError, told_in_one_line


def peak_of_reading(*, seconds: float, recipe: str = "csj_anime", beam_size: int = 10) -> dict:
    """The peak of this process after an utterance, and the utterance's time in seconds of a processor.

    Args:
        seconds: Of the utterance.
        recipe: Of whose sizes, a configuration of conf/.
        beam_size: Hypotheses kept.

    Raises:
        ConfigError: There is no such recipe, or the utterance has no length.
    """
    if not 0 < seconds < math.inf:
        raise ConfigError(f"wants seconds, got {seconds:g}", where="--seconds", mend="give such as 20")
    model, _, config = random_system(recipe, "cpu")
    rate = config["sampling_rate"]
    mixture = 0.1 * torch.randn(1, round(seconds * rate), generator=torch.Generator().manual_seed(1))
    before, start = peak_gigabytes(), time.process_time()
    read_mixtures(
        model, mixture, num_samples=config["decode"]["separate_seconds"] * rate, beam_size=beam_size
    )
    taken = time.process_time() - start
    return {
        "seconds": seconds,
        "cpu_seconds": round(taken, 2),
        "cpu_seconds_a_second": round(taken / seconds, 3),
        "peak_gb": round(peak_gigabytes(), 2),
        "peak_gb_before": round(before, 2),
    }


def main() -> None:
    """Print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of the utterance (20)")
    parser.add_argument("--recipe", default="csj_anime", help="of whose sizes (csj_anime)")
    args = parser.parse_args()
    with told_in_one_line("lengths"):
        print(json.dumps(peak_of_reading(seconds=args.seconds, recipe=args.recipe)))


if __name__ == "__main__":
    main()
