"""A lock between processes: the second is told, a killed one lets go."""

import os
import signal
import subprocess
import sys

import pytest

from musasr import locks
from musasr.errors import StateError
from musasr.parallel import WHOLE, JobPart

HOLD = """
import sys, time
from pathlib import Path
from musasr import locks
from musasr.parallel import WHOLE, JobPart
with locks.part_held(Path(sys.argv[1]), "training time", eval(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A function that starts a process which holds a part of the lock, and kills it in the end."""
    started = []

    def hold(part=WHOLE):
        words = [sys.executable, "-c", HOLD, str(tmp_path / "locks" / "time"), repr(part)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.communicate()


def take(tmp_path, part=WHOLE):
    with locks.part_held(tmp_path / "locks" / "time", "training time", part):
        return True


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.2)


def test_the_second_is_told_who_is_first(tmp_path, holder):
    first = holder()
    message = rf"process {first.pid} on .* is at training time already; wait until it has ended"
    with pytest.raises(StateError, match=message):
        take(tmp_path)


def test_a_killed_holder_lets_go_and_its_children_do_not_hold_on(tmp_path, holder):
    first = holder()
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert take(tmp_path)
    assert take(tmp_path)


def test_parts_work_side_by_side_and_the_whole_waits_for_none(tmp_path, holder):
    holder(JobPart(1, 3))
    assert take(tmp_path, JobPart(2, 3))
    for part, what in ((JobPart(1, 3), r"training time \(part 1 of 3\)"), (WHOLE, "training time")):
        with pytest.raises(StateError, match=f"is at {what} already"):
            take(tmp_path, part)


def test_a_folder_without_locks_is_said(tmp_path, monkeypatch, capsys):
    def refuse(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(locks.fcntl, "lockf", refuse)
    assert take(tmp_path)
    assert "no lock can be had here (No locks available)" in capsys.readouterr().err
