"""slurm.pl on a real Slurm: what a user, a scheduler or a broken controller does to a job in the queue."""

import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from clusters import wait_for
from script_folder import is_running

# A shell with a child: where a signal reaches the child first, the shell must not end well before its own.
COMMAND = "sleep 100 & echo $! >JOB.pid; wait; sleep 100"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_whole_array(cluster, number, status):
    # five tasks, four slots: one waits
    process = cluster.start("JOB=1:5", "x.JOB.log", "sh", "-c", COMMAND)
    pids = [int(cluster.await_file(f"{n}.pid")) for n in range(1, 5)]
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == status
    assert re.fullmatch(r"slurm.pl: cancelled job \d+\n", errors)
    assert cluster.queue() == {}
    assert not any(is_running(pid) for pid in pids)
    assert "signal 15) at " in (cluster.folder / "x.1.log").read_text()
    assert not (cluster.folder / "5.pid").exists()


def test_a_task_that_someone_cancelled_is_named_and_not_tried_again(cluster):
    process = cluster.start(
        "--retries", "2", "JOB=3:4", "x.JOB.log", "sh", "-c", "echo go >JOB.flag; sleep 4"
    )
    cluster.await_file("4.flag")
    (task,) = [name for name in cluster.queue() if name.endswith("_4")]
    cluster.ask("scancel", task)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "slurm.pl: task 4: cancelled on " in errors
    assert "slurm.pl: 1 / 2 failed" in errors
    assert "retry" not in errors


def test_a_requeued_task_is_waited_for(cluster):
    script = "if [ -e first.JOB ]; then echo second; else echo first; touch first.JOB; sleep 60; fi"
    process = cluster.start("JOB=1:2", "x.JOB.log", "sh", "-c", script)
    wait_for(lambda: (cluster.folder / "first.1").exists() and (cluster.folder / "first.2").exists())
    tasks = sorted(cluster.queue())
    for task in tasks:
        cluster.ask("scontrol", "requeue", task)
    wait_for(lambda: set(cluster.queue().values()) == {"PENDING"})
    time.sleep(2)  # a node takes no task again in the second in which it was taken away
    for task in tasks:  # Slurm itself would let them wait two minutes
        cluster.ask("scontrol", "update", f"jobid={task}", "starttime=now")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "slurm.pl: task 2 was put back into the queue by Slurm (restart 1)\n" in errors
    for n in (1, 2):
        assert "\nsecond\n" in (cluster.folder / f"x.{n}.log").read_text()
        assert "\nfirst\n" in (cluster.folder / f"x.{n}.log.1").read_text()


def test_a_preempted_task_is_reported_and_tried_again(cluster):
    script = "if [ -e flag ]; then echo second; else echo first; touch flag; sleep 60; fi"
    options = ("--partition", "cheap", "--num-threads", "4", "--retries", "1")
    process = cluster.start(*options, "x.log", "sh", "-c", script)
    wait_for(lambda: (cluster.folder / "flag").exists())
    cluster.ask("sbatch", "--partition=urgent", f"--output={cluster.folder}/urgent", "--wrap=true")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "slurm.pl: preempted: a job of higher priority took its place on " in errors
    assert "; retry 1 of 1; x.log ends:\n  | first\n" in errors
    assert "\nsecond\n" in (cluster.folder / "x.log").read_text()


def test_a_job_that_slurm_refuses(cluster):
    done = cluster.run("-p", "nowhere", "x.log", "true")
    assert done.returncode == 1
    assert re.match(r"slurm.pl: error: the job was not taken: .*invalid partition", done.stderr)
    assert done.stderr.count("\n") == 1


def test_the_controller_is_down_for_a_while(cluster):
    """Tasks that end well meanwhile count at once; one that is killed, once Slurm is back."""
    script = "echo go >JOB.flag; while [ ! -e stop.JOB ]; do sleep 0.1; done; test JOB -eq 1 || kill -9 $PPID"
    first = cluster.start("JOB=1:1", "x.JOB.log", "sh", "-c", script)
    second = cluster.start("JOB=2:2", "x.JOB.log", "sh", "-c", script)
    cluster.await_file("1.flag")
    cluster.await_file("2.flag")
    cluster.stop_controller()
    try:
        (cluster.folder / "stop.1").touch()
        (cluster.folder / "stop.2").touch()
        assert (first.communicate(timeout=15)[1], first.returncode) == ("", 0)
        late = cluster.start("late.log", "echo", "late")
        time.sleep(4)
        assert (second.poll(), late.poll()) == (None, None)
    finally:
        cluster.start_controller()
    _, errors = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "slurm.pl: task 2: killed by signal 9" in errors
    _, errors = late.communicate(timeout=60)
    assert late.returncode == 0
    # sbatch itself tries for some seconds before it gives up
    assert re.fullmatch(
        r"(slurm.pl: Slurm takes no jobs now \(.*\); trying again for up to 60 min\n)?", errors
    )


def test_a_controller_that_stays_down_is_not_waited_for_without_end(cluster):
    process = cluster.start("--patience", "3", "x.log", "sh", "-c", "echo go >flag; sleep 20")
    cluster.await_file("flag")
    cluster.stop_controller()
    try:
        _, errors = process.communicate(timeout=40)
        assert process.returncode == 1
        assert re.search(r"given up: no word of Slurm for 3 s; job \d+ may still run", errors)
        refused = cluster.run("--patience", "1", "y.log", "true")
        assert refused.returncode == 1
        assert "slurm.pl: error: the job was not taken: " in refused.stderr
    finally:
        cluster.start_controller()
    cluster.ask("scancel", f"--user={os.getuid()}")
    wait_for(lambda: not cluster.queue())


def test_a_job_whose_submission_got_no_answer_is_not_submitted_twice(cluster):
    lossy = cluster.folder / "lossy_sbatch"
    lossy.write_text(
        "#!/bin/sh\nsbatch \"$@\" >answer; echo 'sbatch: error: Socket timed out on send/recv' >&2; exit 1\n"
    )
    lossy.chmod(0o755)
    config = cluster.folder / "slurm.conf"
    config.write_text(config.read_text().replace("command sbatch", f"command {lossy}"))
    done = cluster.run("JOB=1:2", "x.JOB.log", "sh", "-c", "echo JOB >>ran; sleep 4")
    assert done.returncode == 0, done.stderr
    assert sorted((cluster.folder / "ran").read_text().split()) == ["1", "2"]


def test_without_scontrol_squeue_tells(cluster):
    tools = cluster.folder / "tools"
    tools.mkdir()
    for name in ("sbatch", "squeue", "scancel", "env", "sh", "bash"):
        (tools / name).symlink_to(shutil.which(name, path=cluster.environment["PATH"]))
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    cluster.environment["PATH"] = str(tools)
    done = cluster.run("JOB=1:2", "x.JOB.log", "sh", "-c", "test JOB -eq 1 || kill -9 $PPID")
    cluster.environment["PATH"] = os.environ["PATH"]
    assert done.returncode == 1
    assert "slurm.pl: task 2: Slurm's state FAILED\n" in done.stderr
    assert "slurm.pl: 1 / 2 failed, log is in x.*.log" in done.stderr
