"""Kills a training again and again, and says where what is left differs from one that nothing happened to.

    python kills.py FOLDER NUM_KILLS SEED

Half of the kills come at a random moment, half at a chosen point of a save: between its bytes, before it
is renamed, after. After each the state that is left must be readable. It imports once, and forks for each.
"""

import json
import os
import random
import signal
import sys
import time
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path

import torch
from test_engine import SETTINGS
from toy_classifier import Classifier, PointBatches

from musasr import atomic, tensors
from musasr.training import loop
from musasr.training.checkpoint_files import read

POINTS = ("within a save", "before a rename", "after a rename")
LONGEST_LIFE = 600.0  # seconds


def live(directory, point=None, number=0):
    """One life of a training: to its end, or to a point at the n-th file that it writes."""
    if point is not None:
        _die_at(point, number)
    torch.manual_seed(0)
    model = Classifier()
    settings = replace(SETTINGS, save_seconds=0.0, keep_nbest_models=2)
    with (directory / "log").open("a") as log, redirect_stderr(log):
        loop.run(model, PointBatches(), settings, directory=directory, name="toy")
    tensors.save(model.state_dict(), directory / "final.pth")


def _die_at(point, number):
    """Let this process kill itself at its n-th write."""
    count = iter(range(number, -1, -1))
    rename, sync = os.replace, os.fsync

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def dying_sync(file):
        if point == "within a save" and next(count) == 0:
            os.ftruncate(file, os.fstat(file).st_size // 2)
            die()
        sync(file)

    def dying_rename(source, target):
        is_it = point != "within a save" and next(count) == 0
        if is_it and point == "before a rename":
            die()
        rename(source, target)
        if is_it:
            die()

    tensors.os.fsync, atomic.os.replace = dying_sync, dying_rename


def start(*arguments):
    """A life in a process of its own."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            live(*arguments)
            status = 0
        except BaseException as error:
            print(f"kills: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    return child


def end(child):
    """How a life ended: its exit status, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_until_done(directory, draw, num_kills, usual_seconds):
    """Live in a folder until the training is done; kills on the way, at most so many. Returns how many."""
    directory.mkdir(parents=True)
    for done in range(num_kills):
        if draw.random() < 0.5:
            child = start(directory)
            deadline = time.monotonic() + draw.uniform(0.05, 0.6) * usual_seconds
            while time.monotonic() < deadline:
                time.sleep(0.005)
            os.kill(child, signal.SIGKILL)
        else:
            child = start(directory, draw.choice(POINTS), draw.randrange(12))
        status = end(child)
        if status == 0:  # it was faster than the kill
            return done
        assert status == -signal.SIGKILL, (directory, status)
        if loop.last_checkpoint(directory).exists():
            read(loop.last_checkpoint(directory))
    assert end(start(directory)) == 0, directory
    return num_kills


def differences(directory, whole):
    """What of a finished folder is not as in the one that nothing happened to."""
    found = []
    one, other = (tensors.load(each / "final.pth", mend="") for each in (directory, whole))
    found += [name for name in other if not torch.allclose(one[name], other[name], rtol=0, atol=1e-5)]
    rows, wanted = _history(directory), _history(whole)
    if len(rows) != len(wanted):
        return [*found, f"{len(rows)} epochs"]
    for row, other_row in zip(rows, wanted, strict=True):
        found += [key for key in other_row if abs(row[key] - other_row[key]) > 1e-5]
    best = [[path.name for path in loop.best_checkpoints(each)] for each in (directory, whole)]
    found += [f"best: {best[0]}"] if best[0] != best[1] else []
    left = [name for _, _, names in os.walk(directory) for name in names if atomic.LEFTOVER.fullmatch(name)]
    return found + left


def _history(directory):
    rows = [json.loads(line) for line in (directory / "history.jsonl").open()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def main(folder, num_kills, seed):
    """Kill as often as asked, over as many trainings as that takes."""
    draw, kills, trainings = random.Random(seed), 0, 0
    torch.set_num_threads(1)
    (folder / "whole").mkdir(parents=True)
    started = time.monotonic()
    assert end(start(folder / "whole")) == 0
    usual_seconds = time.monotonic() - started
    while kills < num_kills:
        trainings += 1
        directory = folder / f"killed{trainings}"
        kills += kill_until_done(directory, draw, min(draw.randint(2, 6), num_kills - kills), usual_seconds)
        if found := differences(directory, folder / "whole"):
            sys.exit(f"{directory}: {found}")
    print(f"{kills} kills of {trainings} trainings, 0 differences")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
