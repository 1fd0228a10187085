"""slurm.pl on a real Slurm: tasks, their logs, how they end, and how many run at once."""

import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

NASTY = [
    "a b",
    "$(touch pwned)",
    "`touch pwned`",
    "a'b\"c\\",
    "|",
    ">pwned",
    "*",
    "日本 語",
    "",
    "a\nb",
    "--",
    "-x",
    "~",
]


def timeless(log: Path) -> list[str]:
    """A log without times and the node's name."""
    text = re.sub(
        r" (at|time=|elapsed time)[ \d][^#\n]*?(?= threads=|,|$)", r" \1", log.read_text(), flags=re.M
    )
    return [line for line in text.splitlines() if not line.startswith("# Running on ")]


def test_all_tasks_and_nothing_said(cluster):
    done = cluster.run("JOB=2:5", "--mem", "100M", "--num-threads", "2", "a JOB/x.JOB.log", "echo", "aJOBb")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for n in range(2, 6):
        lines = (cluster.folder / f"a {n}/x.{n}.log").read_text().splitlines()
        assert lines[0] == f"# echo a{n}b"
        assert re.match(r"# Running on \S+, Slurm job \d+$", lines[1])
        assert lines[2].startswith("# Started at ")
        assert lines[3:5] == ["#", f"a{n}b"]
        assert re.match(r"# Accounting: time=\d+ threads=2$", lines[5])
        assert lines[6].startswith("# Ended (code 0) at ")
    assert cluster.leftovers() == ["x.sh"]


@pytest.mark.parametrize(
    "command",
    [
        ("printf", "<%s>", *NASTY),
        ("sh", "-c", "echo out | tr a-z A-Z; echo err >&2; printf unended"),
        ("sh", "-c", "exit 3"),
        ("sh", "-c", "kill -9 $$"),
        ("no-such-command",),
    ],
)
def test_the_same_logs_and_statuses_as_run_pl(cluster, command):
    ours = cluster.run("ours.log", *command)
    theirs = cluster.run("theirs.log", *command, launcher="run.pl")
    assert ours.returncode == theirs.returncode
    with_names = [line.replace("slurm_task.py", "run.pl") for line in timeless(cluster.folder / "ours.log")]
    assert with_names == timeless(cluster.folder / "theirs.log")
    said = re.sub(r" on \S+?(?=;|$)", "", ours.stderr, count=1, flags=re.MULTILINE).replace("ours", "theirs")
    assert re.sub(r"slurm(_task.py|.pl)", "run.pl", said) == theirs.stderr
    assert not (cluster.folder / "pwned").exists()


def test_one_failing_task_of_ten(cluster):
    script = "echo line JOB; test JOB -ne 7 || { echo the reason; exit 5; }"
    done = cluster.run("JOB=1:10", "x.JOB.log", "sh", "-c", script)
    assert done.returncode == 1
    first, *shown, last = done.stderr.splitlines()
    assert re.fullmatch(r"slurm.pl: task 7: exit code 5 on \S+; x.7.log ends:", first)
    assert shown == ["  | line 7", "  | the reason"]
    assert last == "slurm.pl: 1 / 10 failed, log is in x.*.log"


@pytest.mark.parametrize("victim", ["$$", "$PPID"], ids=["the command", "with all that watches it"])
def test_a_killed_task_is_noticed_within_seconds(cluster, victim):
    process = cluster.start(
        "x.log", "sh", "-c", f"echo before; date +%s.%N >when; kill -9 {victim}; sleep 60"
    )
    _, errors = process.communicate(timeout=60)
    assert time.time() - float((cluster.folder / "when").read_text()) < 10.0
    assert process.returncode == 1
    assert "slurm.pl: killed by signal 9 (SIGKILL: out of memory?) on " in errors
    assert "; x.log ends:\n  | before\n" in errors


def test_out_of_memory(cluster):
    code = "import time; blocks = [(b'1' * 50_000_000, time.sleep(0.2)) for _ in range(100)]"
    done = cluster.run("--mem", "200M", "x.log", sys.executable, "-c", code)
    assert done.returncode == 1
    assert "slurm.pl: out of memory (more: --mem) on " in done.stderr


def test_out_of_time(cluster):
    process = cluster.start(
        "--time", "1", "x.log", "sh", "-c", "echo begun >flag; echo begun; exec sleep 100"
    )
    cluster.await_file("flag")
    end = datetime.now() + timedelta(seconds=1)  # Slurm's limits are whole minutes: too long for a test
    (job,) = cluster.queue()
    cluster.ask("scontrol", "update", f"jobid={job}", f"endtime={end:%Y-%m-%dT%H:%M:%S}")
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 1
    assert re.search(
        r"slurm.pl: out of time \(more: --time, limit \S+\) on \S+; x.log ends:\n  \| begun\n", errors
    )
    assert "DUE TO TIME LIMIT" in errors


def test_failed_tasks_alone_are_tried_again(cluster):
    script = "echo JOB >>ran; test JOB -ne 2 || test $(grep -c JOB ran) -ge 2"
    done = cluster.run("--retries", "3", "JOB=1:3", "x.JOB.log", "sh", "-c", script)
    assert done.returncode == 0
    assert re.fullmatch(r"slurm.pl: task 2: exit code 1 on \S+; retry 1 of 3\n", done.stderr)
    assert sorted((cluster.folder / "ran").read_text().split()) == ["1", "2", "2", "3"]
    assert "Ended (code 1)" in (cluster.folder / "x.2.log.1").read_text()


def test_more_tasks_than_slots(cluster):
    started = time.monotonic()
    alone = "mkdir lock && sleep 0.1 && rmdir lock"
    done = cluster.run("--max-jobs-run", "1", "JOB=1:6", "x.JOB.log", "sh", "-c", alone)
    assert done.returncode == 0, done.stderr
    done = cluster.run("--num-threads", "3", "JOB=1:3", "y.JOB.log", "sh", "-c", alone)  # of four processors
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 60


def test_a_gpu(cluster):
    done = cluster.run("--gpu", "2", "x.log", "sh", "-c", "echo gpus: $SLURM_GPUS_ON_NODE")
    assert done.returncode == 0, done.stderr
    assert "\ngpus: 2\n" in (cluster.folder / "x.log").read_text()


def test_where_a_task_runs(cluster):
    (cluster.folder / "path.sh").write_text("export FROM_PATH='a path'\n")
    script = 'echo "$PWD|$FROM_PATH|$OWN|${SLURM_ARRAY_TASK_ID:-none}|${SLURM_MEM_PER_NODE:-none}"'
    # the variables of a Slurm job that the launcher itself may run in are not the new job's
    inside = {"SLURM_ARRAY_TASK_ID": "9", "SLURM_MEM_PER_NODE": "1", "OWN": "mine"}
    done = cluster.run("x.log", "sh", "-c", script, **inside)
    assert done.returncode == 0, done.stderr
    assert f"\n{cluster.folder}|a path|mine|none|none\n" in (cluster.folder / "x.log").read_text()
