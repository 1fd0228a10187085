"""utils/run.pl, which has Kaldi's interface, and utils/follow.py, which shows its log."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

UTILS = Path(__file__).parents[1] / "utils"


def launch(folder: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess:
    command = [UTILS / "run.pl", *map(str, arguments)]
    environment = os.environ | variables
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


def output_of(log: Path) -> str:
    """What the command itself wrote."""
    lines = log.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert lines[1].startswith("# Started at ")
    assert lines[2] == "#"
    assert lines[-2].startswith("# Accounting: time=")
    assert lines[-1].startswith("# Ended (code ")
    return "\n".join(lines[3:-2])


def test_one_command_and_its_log(tmp_path):
    result = launch(tmp_path, "new/folder/a.log", "sh", "-c", "echo out; echo err >&2")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert output_of(tmp_path / "new/folder/a.log") == "out\nerr"


def test_every_job_gets_its_number(tmp_path):
    result = launch(
        tmp_path, "--mem", "4G", "JOB=2:4", "--max-jobs-run", "2", "JOB/x.JOB.log", "echo", "aJOBb", "JOB"
    )
    assert result.returncode == 0, result.stderr
    assert [output_of(tmp_path / f"{n}/x.{n}.log") for n in (2, 3, 4)] == ["a2b 2", "a3b 3", "a4b 4"]


def test_another_name_for_the_job_and_a_single_number(tmp_path):
    assert launch(tmp_path, "TASK=7", "x.log", "echo", "TASK", "JOB").returncode == 0
    assert output_of(tmp_path / "x.log") == "7 JOB"


@pytest.mark.parametrize(
    "argument", ["a b", "$(touch pwned)", "`touch pwned`", "a'b\"c", "|", ">pwned", "*", "日本 語", ""]
)
def test_arguments_arrive_as_they_were_given(tmp_path, argument):
    assert launch(tmp_path, "x.log", "printf", "<%s>", argument).returncode == 0
    assert f"\n<{argument}>" in (tmp_path / "x.log").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["x.log"]


def test_failing_jobs_are_named_with_their_logs_end_and_counted(tmp_path):
    script = "seq 20; printf '1 %%\\r2 %%\\rlast of JOB'; exit $((JOB % 2 ? 0 : 3))"
    result = launch(tmp_path, "--max-jobs-run", "1", "JOB=1:5", "x.JOB.log", "sh", "-c", script)
    assert result.returncode == 1
    numbers = "".join(f"  | {n}\n" for n in range(12, 21))
    tails = [f"run.pl: task {n}: exit code 3; x.{n}.log ends:\n{numbers}  | last of {n}\n" for n in (2, 4)]
    assert result.stderr == "".join(tails) + "run.pl: 2 / 5 failed, log is in x.*.log\n"
    assert "# Ended (code 3) at " in (tmp_path / "x.4.log").read_text()


def test_many_failing_jobs_are_named_in_one_line(tmp_path):
    result = launch(tmp_path, "--max-jobs-run", "1", "JOB=1:12", "x.JOB.log", "sh", "-c", "echo a; false")
    assert result.stderr.count("  | a\n") == 10
    assert result.stderr.endswith(
        "run.pl: failed: JOB = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12\n"
        "run.pl: 12 / 12 failed, log is in x.*.log\n"
    )


def test_the_logs_end_can_be_left_out(tmp_path):
    result = launch(tmp_path, "x.log", "sh", "-c", "echo a; exit 9", LAUNCHER_LOG_LINES="0")
    assert result.stderr == "run.pl: exit code 9\nrun.pl: job failed, log is in x.log\n"


def test_failing_jobs_alone_are_tried_again(tmp_path):
    script = "echo JOB >>ran; test JOB -ne 2 || test $(grep -c JOB ran) -ge 3 && test JOB -ne 3"
    result = launch(tmp_path, "--retries", "2", "JOB=1:3", "x.JOB.log", "sh", "-c", script)
    assert result.returncode == 1
    assert sorted((tmp_path / "ran").read_text().split()) == list("1222333")
    for n in (2, 3):
        for retry in (1, 2):
            assert f"run.pl: task {n}: exit code 1; retry {retry} of 2\n" in result.stderr
    assert "run.pl: task 3: exit code 1\n" in result.stderr
    assert result.stderr.endswith("run.pl: 1 / 3 failed, log is in x.*.log\n")
    logs = sorted(path.name for path in tmp_path.glob("x.*"))
    assert logs == ["x.1.log", *(f"x.{n}.log{old}" for n in (2, 3) for old in ("", ".1", ".2"))]


def test_a_log_that_cannot_be_written_is_a_failure(tmp_path):
    (tmp_path / "a file").touch()
    result = launch(tmp_path, "JOB=1:2", "a file/x.JOB.log", "true")
    assert result.returncode == 1
    assert "run.pl: task 1: its log cannot be written: a file: File exists\n" in result.stderr


def test_help(tmp_path):
    result = launch(tmp_path, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "run.pl [options] [JOB=1:N] LOG command arguments..." in result.stdout
    assert "--retries N" in result.stdout


@pytest.fixture(scope="module")
def oldest_python():
    """A Python 3.8: what the launchers promise to run on."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in (*pyenv.glob("versions/3.8.*/bin/python3.8"), shutil.which("python3.8")):
        # one that is found may be a stand-in that only tells what to install
        if candidate and subprocess.run([candidate, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0:
            return candidate
    pytest.skip("there is no Python 3.8 here")


def test_the_oldest_python_that_is_promised(tmp_path, oldest_python):
    for name in ("run.pl", "slurm.pl", "follow.py"):
        command = [oldest_python, UTILS / name, "--help"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    command = [oldest_python, UTILS / "run.pl", "--retries", "1", tmp_path / "x.log", "false"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.startswith("run.pl: exit code 1; retry 1 of 1\nrun.pl: exit code 1\n")


def test_one_failing_job(tmp_path):
    result = launch(tmp_path, "x.log", "sh", "-c", "kill -9 $$")
    assert result.returncode == 1
    assert result.stderr == (
        "run.pl: killed by signal 9 (SIGKILL: out of memory?)\nrun.pl: job failed, log is in x.log\n"
    )
    assert "# Ended (code 0; signal 9) at " in (tmp_path / "x.log").read_text()


def test_a_command_that_does_not_exist(tmp_path):
    assert launch(tmp_path, "x.log", "no-such-command").returncode == 1
    assert output_of(tmp_path / "x.log") == "run.pl: error: no-such-command: No such file or directory"


def test_no_more_jobs_at_once_than_asked(tmp_path):
    alone = "mkdir lock && sleep 0.05 && rmdir lock"
    assert launch(tmp_path, "--max-jobs-run", "1", "JOB=1:4", "x.JOB.log", "sh", "-c", alone).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["JOB=1:2", "x.log", "true"], "2 tasks would write one log; put JOB into its name, x.log"),
        (["JOB=0:2", "x.JOB.log", "true"], "wanted JOB=first:last with 1 <= first <= last"),
        (["JOB=3:2", "x.JOB.log", "true"], "wanted JOB=first:last"),
        (
            ["--max-jobs-run", "many", "x.log", "true"],
            "option --max-jobs-run wants a whole number, not 'many'",
        ),
        (["--mem"], "option --mem needs a value"),
        (["--mem=4G", "x.log", "true"], "write --mem 4G, not --mem=4G"),
        (["x.log"], "wanted: run.pl [options] [JOB=1:N] LOG command"),
    ],
)
def test_a_wrong_request_is_one_line(tmp_path, arguments, message):
    result = launch(tmp_path, *arguments)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_every_job_and_what_it_started(tmp_path, number, status):
    script = "sleep 60 & echo $! >JOB.pid; wait"
    process = subprocess.Popen(
        [UTILS / "run.pl", "JOB=1:2", "--max-jobs-run", "2", "JOB.log", "sh", "-c", script], cwd=tmp_path
    )
    deadline = time.monotonic() + 20
    while not all((tmp_path / f"{n}.pid").exists() and (tmp_path / f"{n}.pid").read_text() for n in (1, 2)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(timeout=20) == status
    for n in (1, 2):
        assert "signal 15) at " in (tmp_path / f"{n}.log").read_text()
        wait_for_end(int((tmp_path / f"{n}.pid").read_text()))


def wait_for_end(pid: int, seconds: float = 10.0) -> None:
    """Returns once a process is gone: a killed one may need a moment on a busy machine."""
    stat = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + seconds
    while stat.exists() and stat.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def follow(*logs: Path) -> subprocess.CompletedProcess:
    """Shows a finished log: the process waited for is one that has ended."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    command = [sys.executable, UTILS / "follow.py", "--pid", str(ended.pid), *logs]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)


def test_follow_shows_the_output_without_the_launchers_lines(tmp_path):
    launch(tmp_path, "x.log", "printf", "# Title\nline\nmusasr: error: a: b; c\nlast")
    result = follow(tmp_path / "x.log")
    assert result.stdout == "# Title\nline\nlast\n"
    assert result.stderr == "musasr: error: a: b; c\n"


def test_follow_shows_a_progress_bar_now_and_then_and_its_end(tmp_path):
    log = tmp_path / "x.log"
    log.write_bytes(b"begin\n" + b"".join(b"\r%d %%" % n for n in range(101)) + b"\nend\n")
    assert follow(log).stdout == "begin\n0 %\n100 %\nend\n"


def test_follow_sees_a_log_that_appears_later_and_ends_with_its_writer(tmp_path):
    script = f"sleep 0.4; echo one >{tmp_path}/x.log; sleep 0.4; printf two >>{tmp_path}/x.log"
    writer = subprocess.Popen(["sh", "-c", script])
    command = [sys.executable, UTILS / "follow.py", "--pid", str(writer.pid), tmp_path / "x.log"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert (result.stdout, writer.wait()) == ("one\ntwo\n", 0)
    assert os.path.exists(tmp_path / "x.log")


def test_follow_goes_on_with_the_log_of_a_retry(tmp_path):
    script = "if [ -e flag ]; then echo second; else touch flag; echo the first one; sleep 0.5; false; fi"
    process = subprocess.Popen(
        [UTILS / "run.pl", "--retries", "1", "x.log", "sh", "-c", script],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    command = [sys.executable, UTILS / "follow.py", "--pid", str(process.pid), tmp_path / "x.log"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert (result.stdout, process.wait()) == ("the first one\nsecond\n", 0)
    process.stderr.close()


def test_follow_says_which_of_several_are_done(tmp_path):
    code = "import sys; sys.exit(JOB == 2)"
    launch(tmp_path, "JOB=1:3", "x.JOB.log", sys.executable, "-c", code)
    logs = [tmp_path / f"x.{part}.log" for part in range(1, 5)]
    assert follow(*logs).stdout == "x.1 done, 1 of 4\nx.3 done, 2 of 4\n"
    for log in logs:  # as Kaldi's own slurm.pl ends them
        log.write_text("output\n# Accounting: time=2 threads=1\n# Finished at Fri Nov 20 with status 0\n")
    assert follow(*logs).stdout.endswith("x.4 done, 4 of 4\n")
