"""utils/slurm.pl on a real Slurm: a throw-away cluster on this machine (tools/slurm_testbed.sh)."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from test_shell import Shop, is_running, parts_of

ROOT = Path(__file__).resolve().parents[1]
LAUNCHERS = {name: ROOT / "utils" / name for name in ("run.pl", "slurm.pl")}
TESTBED = ROOT / "tools" / "slurm_testbed.sh"
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


@pytest.fixture(scope="module")
def testbed() -> Iterator[Path]:
    """The folder of a running cluster: the one that this test run was started under, or else a new one."""
    if "MUSASR_SLURM_TESTBED" in os.environ:
        yield Path(os.environ["MUSASR_SLURM_TESTBED"])
        return
    if "MUSASR_NO_SLURM" in os.environ:
        pytest.skip(os.environ["MUSASR_NO_SLURM"])
    # Not in pytest's folder: the path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="slurm.", dir="/tmp"))
    started = subprocess.run([TESTBED, "start", folder], capture_output=True, text=True, check=False)
    if started.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(started.stderr.strip().splitlines()[-1])
    yield folder
    subprocess.run([TESTBED, "stop", folder], check=True)


class Cluster:
    """The testbed, and a folder to launch from."""

    def __init__(self, testbed: Path, folder: Path):
        self.testbed, self.folder = testbed, folder
        self.environment = os.environ | {"SLURM_CONF": str(testbed / "slurm.conf")}
        self.environment["PATH"] += ":/usr/sbin:/sbin"
        (folder / "slurm.conf").write_text((ROOT / "conf" / "slurm.conf").read_text())

    def start(self, *arguments: object, launcher: str = "slurm.pl", **variables: str) -> subprocess.Popen:
        config = ["--config", "slurm.conf"] if launcher == "slurm.pl" else []
        return subprocess.Popen(
            [LAUNCHERS[launcher], *config, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: object, **options: str) -> subprocess.CompletedProcess:
        process = self.start(*arguments, **options)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def ask(self, *words: object) -> str:
        command = list(map(str, words))
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def queue(self) -> dict[str, str]:
        """The state of each task that Slurm has in its queue, such as {"12_3": "RUNNING"}."""
        states = "--states=PENDING,RUNNING,COMPLETING,SUSPENDED"
        lines = self.ask("squeue", "--noheader", "--array", states, "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    def await_file(self, name: str, seconds: float = 30.0) -> str:
        """What a task wrote, once it has."""
        return wait_for(lambda: (self.folder / name).exists() and (self.folder / name).read_text(), seconds)

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "q").iterdir())

    def stop_controller(self) -> None:
        pid = int((self.testbed / "slurmctld.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{pid}").exists())

    def start_controller(self) -> None:
        self.ask("slurmctld")


@pytest.fixture
def cluster(testbed, tmp_path) -> Iterator[Cluster]:
    here = Cluster(testbed, tmp_path)
    yield here
    try:  # a task that left its exit status may be in Slurm's queue for a moment yet
        wait_for(lambda: not here.queue(), seconds=10)
    finally:
        here.ask("scancel", f"--user={os.getuid()}")
        wait_for(lambda: not here.queue())


def wait_for(condition, seconds: float = 30.0) -> object:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return value


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


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_whole_array(cluster, number, status):
    # five tasks, four slots: one waits
    process = cluster.start("JOB=1:5", "x.JOB.log", "sh", "-c", "sleep 100 & echo $! >JOB.pid; wait")
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


class SlurmShop(Shop):
    """Stage scripts with a Python that only writes down what it is asked, launched through Slurm."""

    def __init__(self, cluster: Cluster):
        super().__init__(cluster.folder)
        self.environment |= cluster.environment | {"MUSASR_PYTHON": self.environment["MUSASR_PYTHON"]}
        self.options = ["--config", "own.yaml", "--workdir", "w", "--nj", "2"]
        self.options += ["--cmd", f"{LAUNCHERS['slurm.pl']} --config {ROOT}/conf/slurm.conf --time 10"]


def test_stages_through_slurm(cluster):
    shop = SlurmShop(cluster)
    result = shop.run("run.sh", *shop.options, "--stage", "3", "--stop_stage", "6", "--set", "a=日本 語")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("did the work") == 4
    assert [call[:2] for call in shop.calls()][0::3] == [["prepare", "units"], ["train", "joint"]]
    assert all("a=日本 語" in call for call in shop.calls())
    assert "# Running on " in (shop.folder / "w/log/stage3.log").read_text()
    # Trainings are jobs of their own: what starts them and waits for them is none.
    assert all(("--launcher" in call) == (call[0] == "train") for call in shop.calls())
    assert "# Running on " not in (shop.folder / "w/log/stage4.log").read_text()


def test_parts_through_slurm(cluster):
    shop = SlurmShop(cluster)
    options = [*shop.options, "--stage", "2", "--stop_stage", "2", "--num_parts", "3"]
    failed = shop.run("run.sh", *options, FAIL="--part 3")
    assert failed.returncode == 1
    assert "slurm.pl: task 3: exit code 2 on " in failed.stderr
    assert failed.stdout.count(" done, ") == 2
    assert sorted(parts_of(shop.calls())) == [(part, "3") for part in "0123"]
    result = shop.run("run.sh", *options)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-2].endswith(" done, 3 of 3")
    assert parts_of(shop.calls())[-1] == (None, "3")
    for part in "123":
        assert "# Running on " in (shop.folder / f"w/log/stage2.{part}.log").read_text()


def test_a_failing_stage_through_slurm(cluster):
    shop = SlurmShop(cluster)
    result = shop.run("run.sh", *shop.options, "--stage", "3", FAIL="units")
    assert result.returncode == 1
    assert result.stderr.count("musasr: error: here: broken; mend it\n") == 1
    assert "slurm.pl: exit code 2 on " in result.stderr
    assert result.stderr.endswith("--stage 3\n")


def test_ctrl_c_on_run_sh_cancels_its_job(cluster):
    shop = SlurmShop(cluster)
    process = shop.start("run.sh", *shop.options, "--stage", "3", WAIT="units")
    pids = shop.wait_for_process()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=40)
    assert process.returncode == 130
    assert cluster.queue() == {}
    assert not any(is_running(pid) for pid in pids)
    assert errors.count("slurm.pl: cancelled job ") == 1
    assert "run.sh: stopped; go on with: " in errors


def test_a_preempted_training_saves_its_state_and_goes_on(cluster, smoke_workdir):
    """Slurm puts the job back into its queue; the driver sees a training that took longer."""
    workdir = cluster.folder / "w"
    workdir.mkdir()
    (workdir / "data").symlink_to(smoke_workdir / "data")
    command = [sys.executable, "-m", "musasr", "train", "recognizers", "--systems", "none+clean", "--nj", "1"]
    command += ["--config", "conf/smoke.yaml", "--workdir", workdir, "--set", "training.clean.max_epoch=40"]
    command += ["--launcher", f"{LAUNCHERS['slurm.pl']} --config conf/slurm.conf --mem 4G"]
    process = subprocess.Popen(
        list(map(str, command)), cwd=ROOT, env=cluster.environment, stderr=subprocess.PIPE, text=True
    )
    history = workdir / "exp/none+clean/history.jsonl"
    wait_for(history.exists, seconds=120)
    cluster.ask("sbatch", "-p", "urgent", "--exclusive", "-o", "/dev/null", "--wrap", "true")
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "was put back into the queue by Slurm (restart 1)" in errors
    first = (workdir / "log/train.none+clean.log.1").read_text()
    again = (workdir / "log/train.none+clean.log").read_text()
    stop = re.search(r"none\+clean: stopped (?:in epoch (\d+) after batch (\d+)|after epoch (\d+))", first)
    assert stop, first
    place = f"in epoch {stop[1]} of 40 after batch {stop[2]}" if stop[1] else f"after epoch {stop[3]} of 40"
    assert f"none+clean: goes on {place}" in again
    assert [json.loads(line)["epoch"] for line in history.open()] == list(range(1, 41))


def figures(workdir: Path) -> list[tuple]:
    """All that a recipe's results say, save how long it took."""
    systems = json.loads((workdir / "results" / "results.json").read_text())["systems"]
    return [(s["front_end"], s["back_end"], s["fine_tune"], s["results"]) for s in systems]


def run_smoke_recipe(workdir: Path, cluster: object) -> Path:
    # A training that is a job has --nj threads, one of two side by side half: sums round as threads do.
    command = ["./run.sh", "--config", "conf/smoke.yaml", "--nj", "1", "--workdir", str(workdir)]
    command += ["--cmd", "utils/slurm.pl --config conf/slurm.conf --mem 8G"]
    environment = cluster.environment | {"MUSASR_PYTHON": sys.executable}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    return workdir


@pytest.mark.xfail(strict=False, reason="not yet seen with equal thread counts on both sides")
def test_the_smoke_recipe_gives_the_same_figures(cluster, smoke_workdir, tmp_path):
    assert figures(run_smoke_recipe(tmp_path / "slurm", cluster)) == figures(smoke_workdir)
