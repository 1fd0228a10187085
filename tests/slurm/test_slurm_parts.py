"""What slurm.pl is made of, as far as it needs no Slurm: settings, names, Slurm's listings, judgement."""

import subprocess
import sys
from pathlib import Path

import pytest

UTILS = Path(__file__).resolve().parents[2] / "utils"
sys.path.insert(0, str(UTILS))

from launchers import slurm_state  # noqa: E402
from launchers.request import Request  # noqa: E402
from launchers.slurm_config import BUILT_IN, Config  # noqa: E402
from launchers.slurm_job import base_of, folder_of  # noqa: E402
from launchers.slurm_state import Record, read_sacct, read_scontrol, read_squeue  # noqa: E402
from launchers.slurm_watch import explain, judge  # noqa: E402

# The forms that recipes' own settings have.
SITE = """
command sbatch --export=PATH  --ntasks-per-node=1   # a comment
option name=* --job-name $0
option mem=* --mem-per-cpu $0
option mem=0          # do not add anything
option num_threads=* --cpus-per-task $0 --ntasks-per-node=1
option num_threads=1 --cpus-per-task 1  --ntasks-per-node=1 # one: no need to say
option max_jobs_run=*
option note=* --comment "a $0 note"
default gpu=0
default time=4:00:00
option gpu=0 -p cpu
option gpu=* -p gpu --gres=gpu:$0 -c $0
option time=* --time $0
"""


def sbatch_of(text: str, *options: str) -> list[str]:
    request = Request([*options, "x.log", "true"])
    return Config("site.conf", text).sbatch(request.options)


def test_options_become_sbatchs():
    start = ["sbatch", "--export=PATH", "--ntasks-per-node=1"]
    cpu = ["-p", "cpu", "--time", "4:00:00"]
    assert sbatch_of(SITE) == [*start, *cpu]
    assert sbatch_of(SITE, "--mem", "0", "--max-jobs-run", "3") == [*start, *cpu]
    assert sbatch_of(SITE, "--mem", "4G", "--time", "9") == [
        *start,
        "-p",
        "cpu",
        "--time",
        "9",
        "--mem-per-cpu",
        "4G",
    ]
    gpu = sbatch_of(SITE, "--gpu", "2", "-q", "long", "--num-threads", "1")
    assert gpu[3:9] == ["-p", "gpu", "--gres=gpu:2", "-c", "2", "--time"]
    assert gpu[10:] == ["--cpus-per-task", "1", "--ntasks-per-node=1", "-q", "long"]
    assert sbatch_of(SITE, "--note", "$(b) 日本")[-2:] == ["--comment", "a $(b) 日本 note"]


def test_our_settings_know_what_the_stages_pass():
    text = (UTILS.parent / "conf" / "slurm.conf").read_text()
    options = (
        "--num-threads",
        "8",
        "--gpu",
        "1",
        "--time",
        "1:00:00",
        "--mem",
        "4G",
        "--name",
        "n",
        "--num-nodes",
        "1",
    )
    for settings in (text, BUILT_IN):
        words = sbatch_of(settings, *options)
        assert words[0] == "sbatch"
        assert "--gres=gpu:1" in words
        assert words[words.index("--cpus-per-task") + 1] == "8"
        assert not any("gpu" in word for word in sbatch_of(settings))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            SITE,
            ("--memory", "4G"),
            "option --memory is not in site.conf, which knows --gpu, --max-jobs-run, --mem,",
        ),
        (
            SITE,
            ("--num-nodes", "2"),
            "option --num-nodes is not in site.conf, .*; add there: option num_nodes=\\* ",
        ),
        (
            "command sbatch\noption gpu=0\n",
            ("--gpu", "1"),
            "option --gpu 1 is not in site.conf, which knows 0 for --gpu",
        ),
        ("option a=1 -a\n", (), "site.conf: no line says what submits a job; add: command sbatch"),
        ("command sbatch\ndefault a=1\n", (), "option --a is not in site.conf"),
        ("command sbatch\n\noption gpu 1\n", (), "site.conf, line 3: wanted `command ...`.*: option gpu 1"),
        ("commands sbatch\n", (), "site.conf, line 1: wanted"),
        ("command 'sbatch\n", (), "site.conf, line 1: No closing quotation"),
    ],
)
def test_a_wrong_setting_is_one_line(text, options, message):
    with pytest.raises(SystemExit, match=message) as error:
        sbatch_of(text, *options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--config", "none.conf", "x.log", "true"],
            "slurm.pl: error: --config none.conf: No such file or directory",
        ),
        (
            ["--patience", "0", "x.log", "true"],
            "slurm.pl: error: option --patience wants a whole number, not '0'",
        ),
        (
            ["--retries", "-1", "x.log", "true"],
            "slurm.pl: error: option --retries wants a whole number, not '-1'",
        ),
        (
            ["--qos", "long", "x.log", "true"],
            "slurm.pl: error: option --qos is not in slurm.pl's own settings",
        ),
        (["JOB=1:2", "x.log", "true"], "slurm.pl: error: 2 tasks would write one log"),
        ([], "slurm.pl: error: wanted: slurm.pl [options] [JOB=1:N] LOG command arguments..."),
        (["/proc/x.log", "true"], "slurm.pl: error: /proc/q"),
    ],
)
def test_a_wrong_request_is_one_line(tmp_path, arguments, message):
    done = subprocess.run(
        [UTILS / "slurm.pl", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert message in done.stderr


def test_help():
    done = subprocess.run([UTILS / "slurm.pl", "--help"], capture_output=True, text=True, check=True)
    assert "slurm.pl [options] [JOB=1:N] LOG command arguments..." in done.stdout
    for option in ("--config", "--max-jobs-run", "--retries", "--patience", "--mem", "--time", "--gpu"):
        assert option in done.stdout


@pytest.mark.parametrize(
    ("log", "folder", "base"),
    [
        ("exp/a.JOB.log", "exp/q", "a"),
        ("exp/JOB/a_JOB.x.log", "exp/q", "a.x"),
        ("JOB.log", "q", "tasks"),
        ("/a b/log/stage4.log", "/a b/log/q", "stage4"),
    ],
)
def test_where_the_batch_script_goes(log, folder, base):
    request = Request(["JOB=1:2", log, "true"]) if "JOB" in log else Request([log, "true"])
    assert (str(folder_of(request)), base_of(request)) == (folder, base)


def test_what_scontrol_says():
    text = (
        "JobId=7 ArrayJobId=5 ArrayTaskId=2 JobName=a b UserId=u(1) JobState=FAILED Reason=NonZeroExitCode "
        "Dependency=(null) Requeue=1 Restarts=1 BatchFlag=1 ExitCode=3:0 TimeLimit=00:10:00 BatchHost=n1\n"
        "JobId=5 ArrayTaskId=3-5,9%2 JobState=PENDING Reason=Resources ExitCode=0:0 TimeLimit=1\n\n"
    )
    waiting = Record("PENDING", "Resources", limit="1")
    assert read_scontrol(text) == {
        2: Record("FAILED", "NonZeroExitCode", (3, 0), 1, "n1", "00:10:00"),
        **dict.fromkeys((3, 4, 5, 9), waiting),
    }
    assert read_scontrol("JobId=5 JobName=a JobState=RUNNING Reason=None ExitCode=0:0") == {
        None: Record("RUNNING", "None")
    }


def test_what_squeue_and_sacct_say():
    assert read_squeue("2|RUNNING|None\n3|PENDING|Resources\n") == {
        2: Record("RUNNING", "None"),
        3: Record("PENDING", "Resources"),
    }
    assert read_squeue("N/A|COMPLETED|None\n") == {None: Record("COMPLETED", "None")}
    text = (
        "5_1|CANCELLED by 1000|0:15|n1|00:10:00\n5_2|RUNNING|0:0|n1|00:10:00\n"
        "5_[3-6:2%4]|CANCELLED|0:0|None assigned|1\n"
    )
    cancelled = Record("CANCELLED", "", (0, 0), 0, "None assigned", "1")
    assert read_sacct(text) == {
        1: Record("CANCELLED", "", (0, 15), 0, "n1", "00:10:00"),
        3: cancelled,
        5: cancelled,
    }
    assert read_sacct("5|OUT_OF_MEMORY|0:125|n1|1\n") == {
        None: Record("OUT_OF_MEMORY", "", (0, 125), 0, "n1", "1")
    }


def test_a_job_that_slurm_forgot_is_no_error(monkeypatch):
    def forgot(words, seconds=0):
        raise slurm_state.NoAnswer("slurm_load_jobs error: Invalid job id specified")

    monkeypatch.setattr(slurm_state, "ask", forgot)
    assert slurm_state.ask_controller("5") == {}
    assert slurm_state.ask_accounting("5") == {}


@pytest.mark.parametrize(
    ("status", "state", "unchanged", "is_listed", "verdict"),
    [
        ((0, 0), "RUNNING", 0, True, True),
        ((0, 0), None, 0, False, True),
        (None, "COMPLETED", 0, True, True),  # its file is late
        (None, "RUNNING", 1e6, True, None),
        (None, "PENDING", 1e6, True, None),
        (None, "TIMEOUT", 0, True, False),
        ((3, 0), "RUNNING", 1, True, None),  # Slurm may yet put it back into the queue
        ((3, 0), "RUNNING", 100, True, False),
        ((0, 15), "PENDING", 1e6, True, None),  # it did
        ((0, 15), "COMPLETING", 1, True, None),
        ((3, 0), "FAILED", 0, True, False),
        (None, "COMPLETING", 100, True, None),
        (None, "COMPLETING", 1000, True, False),
        (None, None, 1e6, True, None),  # Slurm is silent
        ((3, 0), None, 1, True, None),
        ((3, 0), None, 100, True, False),
        (None, None, 1, False, None),  # Slurm forgot it
        (None, None, 100, False, False),
        ((3, 0), None, 0, False, False),
    ],
)
def test_judgement(status, state, unchanged, is_listed, verdict):
    record = None if state is None else Record(state)
    assert judge(status, record, unchanged, is_listed) is verdict


@pytest.mark.parametrize(
    ("status", "record", "slurm_says", "reason"),
    [
        ((3, 0), Record("FAILED", exit=(3, 0), node="n1"), (), "exit code 3 on n1"),
        ((0, 15), Record("FAILED", exit=(1, 0)), (), "exit code 1"),  # the file is of an earlier run
        ((137, 0), None, (), "exit code 137 (SIGKILL)"),
        (None, Record("FAILED", exit=(0, 11)), (), "killed by signal 11 (SIGSEGV)"),
        (None, Record("OUT_OF_MEMORY", exit=(0, 125)), (), "out of memory (more: --mem)"),
        ((0, 9), Record("FAILED", exit=(137, 0)), ("1 oom-kill event",), "out of memory (more: --mem)"),
        (None, Record("TIMEOUT", limit="00:10:00"), (), "out of time (more: --time, limit 00:10:00)"),
        (None, Record("NODE_FAIL", node="n1"), (), "its node failed on n1"),
        (None, None, (), "gone from Slurm, and left no exit status"),
        (None, Record("BROKEN"), (), "Slurm's state BROKEN"),
    ],
)  # fmt: skip
def test_reasons(status, record, slurm_says, reason):
    assert explain(status, record, slurm_says) == reason
