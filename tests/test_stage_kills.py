"""Stages that are killed at any moment, with all that they started: the rerun is as if nothing had happened.

`tests/run.sh --long` kills each group of stages 20 times, not once. Trainings have a harness of their own.
"""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from file_limits import file_limit
from smoke_copies import assert_no_room, assert_same, copy_without_results, start

NUM_KILLS = 20 if os.environ.get("MUSASR_LONG") else 1


def family(pid: int) -> list[int]:
    """A process and all that it started, also in groups of their own."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def kill_all(process: subprocess.Popen) -> None:
    """Everything at once, without a word: it is stopped first, so that nothing starts meanwhile."""
    everybody = family(process.pid)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in everybody:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
    process.communicate()


def kill_and_finish(workdir: Path, first: int, last: int, usual_seconds: float) -> None:
    draw = random.Random(first)
    for _ in range(NUM_KILLS):
        process = start(workdir, first, last)
        time.sleep(draw.uniform(0.2, 0.9) * usual_seconds)
        kill_all(process)
    process = start(workdir, first, last)
    said, _ = process.communicate()
    assert process.returncode == 0, said


def test_preparation_killed_anywhere_gives_the_same_corpora(smoke_workdir, tmp_path):
    workdir = tmp_path / "killed"
    kill_and_finish(workdir, 1, 3, usual_seconds=15)
    assert_same("data", workdir, smoke_workdir)


@pytest.mark.parametrize(("stage", "usual_seconds"), [(7, 20), (8, 6)])
def test_recognition_and_report_killed_anywhere_give_the_same_results(
    smoke_workdir, tmp_path, stage, usual_seconds
):
    workdir = tmp_path / "killed"
    copy_without_results(smoke_workdir, workdir, stage=stage)
    if stage == 7:  # before it is killed, it finds no room
        with file_limit(4000):
            said, _ = start(workdir, stage, 8).communicate()
        assert_no_room(said, workdir / "exp")
    kill_and_finish(workdir, stage, 8, usual_seconds=usual_seconds)
    assert_same("results", workdir, smoke_workdir)
