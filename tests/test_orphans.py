"""Who is killed without a word leaves nobody who writes on, and two runs do not share a working directory."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from killing import family
from script_folder import ScriptFolder, is_running

UTILS = Path(__file__).parents[1] / "utils"


@pytest.fixture
def folder(tmp_path):
    return ScriptFolder(tmp_path)


def ends(pid, seconds=15.0):
    """Whether a process ends by itself within some seconds; if not, it is killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_running(pid):
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


def children_of(pid):
    """The processes that a process has started, and theirs."""
    return family(pid)[1:]


def test_run_sh_killed_alone_leaves_nobody(folder):
    """Once, the stage ran on, and wrote beside the run that followed."""
    process = folder.start("run.sh", "--config", "own.yaml", "--workdir", "w", WAIT="speech")
    folder.wait_for_process()
    everybody = children_of(process.pid)
    assert len(everybody) >= 3  # the stage, its launcher, the command
    os.kill(process.pid, signal.SIGKILL)
    assert all([ends(pid) for pid in everybody])
    process.communicate(timeout=20)


def test_a_stage_script_killed_alone_leaves_nobody(folder):
    process = folder.start(
        "egs/mini/1_prepare_speech.sh", "--config", "own.yaml", "--workdir", "w", WAIT="speech"
    )
    folder.wait_for_process()
    everybody = children_of(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    assert all([ends(pid) for pid in everybody])
    process.communicate(timeout=20)


def test_a_launcher_killed_alone_leaves_nobody(tmp_path):
    command = [UTILS / "run.pl", tmp_path / "x.log", "sh", "-c", "echo here; exec sleep 60"]
    process = subprocess.Popen(command)
    log = tmp_path / "x.log"
    while not (log.exists() and log.read_text().endswith("here\n")):
        time.sleep(0.05)
    [child] = children_of(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert ends(child)


TRAIN = """
import sys, time
from musasr.jobs import processes

def work():
    with processes.explained("toy"):
        print(__import__("os").getpid(), flush=True)
        time.sleep(60)

process = processes.start(work, name="toy", on_gpu=False)
process.join()
"""


def test_trainings_end_with_the_driver_that_was_killed():
    process = subprocess.Popen([sys.executable, "-c", TRAIN], stdout=subprocess.PIPE, text=True)
    child = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert ends(child)
    process.communicate()


SLEEPER = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
MEASURE = f"""
import signal, sys; from musasr.film.measuring import measure
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
measure({SLEEPER}, threads=1)  # {{folder}}"""
ABLATE = f"""
from pathlib import Path; from musasr.jobs.commands import Runner
Runner(1, Path({{folder!r}}), {SLEEPER}).run({{{{"log": [[]]}}}})"""


@pytest.mark.parametrize(
    ("code", "num_processes", "number"),
    [(MEASURE, 2, signal.SIGKILL), (MEASURE, 2, signal.SIGTERM), (ABLATE, 1, signal.SIGKILL)],
    ids=["film", "film that is told to", "ablate"],
)
def test_commands_end_with_whose_command_was_killed(tmp_path, code, num_processes, number):
    """Once, a film's transcription wrote on into the folder in which the rerun began anew."""
    log = tmp_path / "log.log"
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-c", code.format(folder=str(tmp_path))], stdout=file)
    while not log.read_text().strip():
        assert process.poll() is None
        time.sleep(0.05)
    everybody = children_of(process.pid)
    assert len(everybody) == num_processes
    os.kill(process.pid, number)
    process.wait()
    assert all([ends(pid) for pid in everybody])


def test_the_second_run_is_told_of_the_first_whose_log_stays(folder):
    first = folder.start("run.sh", "--config", "own.yaml", "--workdir", "w", WAIT="speech")
    folder.wait_for_process()
    log = folder.path / "w" / "log" / "stage1.log"
    inode = log.stat().st_ino
    second = folder.run("run.sh", "--config", "own.yaml", "--workdir", "w")
    assert second.returncode == 1
    assert "w: stage 1 runs there already; wait for it, or take another --workdir" in second.stderr
    assert log.stat().st_ino == inode
    assert len(folder.calls()) == 1
    os.killpg(first.pid, signal.SIGTERM)
    first.communicate(timeout=20)
    assert folder.run("run.sh", "--config", "own.yaml", "--workdir", "w", "--stop_stage", "1").returncode == 0
