"""How time and memory of a training grow with the data: one epoch on 1, 4 and 16 times the utterances.

``python -m musasr.bench.scaling WORKDIR --config FILE``, of a recipe whose data and units are made there.
Utterances are the same files under further names, so that a day of speech takes the room of an hour; each has
music of its own.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from musasr.bench.memory import gigabytes
from musasr.errors import ConfigError, StateError, told_in_one_line
from musasr.kaldi import Utterance, read_utterances, write_speech_dir
from musasr.recipe.run import Asked, Run
from musasr.recipe.training_graph import Training
from musasr.recipe.workdir import Workdir
from musasr.training.callbacks.curves import read_history


def measure_epoch(run: Run, name: str, *, times: int, folder: Path, num_processes: int = 1) -> dict:
    """What an epoch of a training takes on more data, in processes of its own.

    Args:
        run: Whose recipe and data.
        name: Which training, one that starts from no other.
        times: How often each utterance comes.
        folder: Where the data and the training stand meanwhile; empty.
        num_processes: Processes that share out each batch.

    Returns:
        ``times``, ``utterances``, ``hours``; of the epoch with its validation ``epoch_seconds``; of the
        whole, the start included, ``cpu_seconds`` and ``peak_gb``, the largest of its processes.

    Raises:
        ConfigError: There is no such training, it starts from another, or a number is below 1.
        StateError: The training failed; what it said has been shown.
    """
    training = run.trainings.get(name)
    if training is None or training.needs or training.section is None:
        alone = [one.name for one in run.trainings.values() if one.section and not one.needs]
        what, mend = f"no training that starts from none is called {name!r}", f"take {', '.join(alone)}"
        raise ConfigError(what, where="--training", mend=mend)
    if times < 1 or num_processes < 1:
        what = f"{times} times the data, {num_processes} processes"
        raise ConfigError(what, where="--times, --num_processes", mend="give 1 or more")
    target = Workdir(folder)
    utterances = list(_repeated(read_utterances(run.workdir.speech("train")), times))
    # Data dirs name their sound by absolute paths.
    shutil.copytree(run.workdir.data, target.data, ignore=shutil.ignore_patterns("wav"))
    write_speech_dir(target.speech("train"), utterances)
    used = _train(run, training, target, num_processes=num_processes)
    return {
        "times": times,
        "processes": num_processes,
        "utterances": len(utterances),
        "hours": round(sum(one.num_samples for one in utterances) / run.config["sampling_rate"] / 3600, 3),
        "epoch_seconds": round(read_history(target.training(name))[0]["seconds"], 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_gb": round(gigabytes(used.ru_maxrss), 3),
    }


def _train(run: Run, training: Training, target: Workdir, *, num_processes: int) -> resource.struct_rusage:
    """Train for an epoch in another folder; what that used."""
    one_epoch = f"training.{training.section}.max_epoch=1"
    asked = replace(run.asked, workdir=target.root, nj=num_processes, set=(*run.asked.set, one_epoch))
    options = [training.group, *asked.words(), "--only", training.name, "--num_processes", str(num_processes)]
    process = subprocess.Popen([sys.executable, "-m", "musasr", "train", *options], stdout=sys.stderr)
    try:
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:  # Ctrl-C: its folder is about to go
        process.terminate()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise StateError(f"{training.name} failed", where=run.workdir.root, mend="see what it said above")
    return used


def _repeated(utterances: list[Utterance], times: int) -> Iterator[Utterance]:
    for number in range(times):
        for one in utterances:
            yield replace(one, utterance_id=f"{one.utterance_id}-{number:03d}")


def main() -> None:
    """Print a line of JSON for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workdir", type=Path, metavar="WORKDIR", help="of a recipe, with its data and units")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the recipe's")
    parser.add_argument("--training", default="time", metavar="NAME", help="which training (time)")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16], metavar="K", help="(1 4 16)")
    parser.add_argument(
        "--num_processes", type=int, nargs="+", default=[1], metavar="N", help="share each batch (1)"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY.PATH=VALUE", help="override")
    args = parser.parse_args()
    with told_in_one_line("scaling"):
        run = Run.of(Asked(config=args.config, workdir=args.workdir, set=tuple(args.set)))
        for times, num_processes in product(args.times, args.num_processes):
            with TemporaryDirectory(prefix="musasr-scaling-") as folder:
                asked = {"times": times, "folder": Path(folder), "num_processes": num_processes}
                found = measure_epoch(run, args.training, **asked)
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
