"""What Slurm itself says of a job's tasks, through scontrol, squeue and sacct, whichever the site has."""

import os
import re
import shutil
import subprocess
from typing import NamedTuple

ASK_SECONDS = 20.0
ENDED = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
    "REVOKED", "TIMEOUT",
}  # fmt: skip
QUEUED = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT"}
NO_SUCH_JOB = "Invalid job id specified"


class Record(NamedTuple):
    """One task as Slurm sees it: the state under its full name, and where known the rest."""

    state: str
    why: str = ""  # it waits, while it does
    exit: tuple = (0, 0)  # code, signal
    restarts: int = 0
    node: str = ""
    limit: str = ""


class NoAnswer(Exception):
    """Slurm could not be asked; the text is what its client said."""


def environment():
    """This process's variables, without those of a Slurm job that it may run in: a job keeps them."""
    kept = ("SLURM_CONF", "SLURM_CLUSTERS")
    return {key: value for key, value in os.environ.items() if key in kept or not key.startswith("SLURM_")}


def ask(words, seconds=ASK_SECONDS):
    """What a client of Slurm prints.

    Raises:
        NoAnswer: it failed, or took too long.
    """
    variables = environment()
    if words[0] in ("scontrol", "squeue"):  # ranges of tasks are not to be cut short
        variables["SLURM_BITSTR_LEN"] = "0"
    try:
        done = subprocess.run(
            words,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            start_new_session=True,  # so that Ctrl-C does not cut it short
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"{words[0]} gave no answer in {seconds:.0f} s") from None
    except OSError as error:
        raise NoAnswer(f"{words[0]}: {error.strerror}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise NoAnswer("; ".join(lines[-3:]))
    return done.stdout.decode(errors="replace")


def expand(text):
    """The numbers of a range such as 1,3-5,8-12:2%4; [None] where there is none."""
    numbers = []
    for part in text.strip("[]").partition("%")[0].split(","):
        span = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", part)
        if span:
            numbers += range(int(span[1]), int(span[2] or span[1]) + 1, int(span[3] or 1))
    return numbers or [None]


def read_exit(text):
    """The (code, signal) of `3:0`."""
    code, _, number = text.partition(":")
    return int(code or 0), int(number or 0)


def read_scontrol(text):
    """The records in `scontrol --oneliner show job`, by task."""
    records = {}
    for line in text.splitlines():
        start, sign, rest = line.partition(" JobState=")
        if sign:
            fields = dict(re.findall(r"(\S+?)=(\S*)", rest))
            record = Record(
                rest.split()[0],
                fields.get("Reason", ""),
                read_exit(fields.get("ExitCode", "")),
                int(fields.get("Restarts", 0)),
                fields.get("BatchHost", ""),
                fields.get("TimeLimit", ""),
            )
            tasks = re.search(r" ArrayTaskId=(\S+)", start)
            records.update(dict.fromkeys(expand(tasks[1] if tasks else ""), record))
    return records


def read_squeue(text):
    """The records in `squeue --format=%K|%T|%r`, which knows no exit codes, by task."""
    records = {}
    for line in text.splitlines():
        task, state, why = line.split("|", 2)
        records.update(dict.fromkeys(expand(task), Record(state, why)))
    return records


def read_sacct(text):
    """The records of ended tasks in `sacct --format=JobID,State,ExitCode,NodeList,Timelimit`, by task."""
    records = {}
    for line in text.splitlines():
        job, state, code, node, limit = line.split("|", 4)
        if state and state.split()[0] in ENDED:  # such as CANCELLED by 1000
            record = Record(state.split()[0], "", read_exit(code), 0, node, limit)
            records.update(dict.fromkeys(expand(job.partition("_")[2]), record))
    return records


def ask_controller(job_id, cluster=()):
    """What the running Slurm knows of a job: records by task; none where it has forgotten the job.

    Raises:
        NoAnswer: it could not be asked.
    """
    if shutil.which("scontrol"):
        words, read = ["scontrol", *cluster, "--oneliner", "show", "job", job_id], read_scontrol
    else:
        words = ["squeue", *cluster, "--noheader", "--array", "--states=all", f"--jobs={job_id}"]
        words, read = [*words, "--format=%K|%T|%r"], read_squeue
    try:
        return read(ask(words))
    except NoAnswer as error:
        if NO_SUCH_JOB in str(error):
            return {}
        raise


def ask_accounting(job_id, cluster=()):
    """What Slurm's data base knows of a job's ended tasks; nothing where the site keeps none."""
    words = ["sacct", *cluster, "--noheader", "--parsable2", "--allocations", f"--jobs={job_id}"]
    try:
        return read_sacct(ask([*words, "--format=JobID,State,ExitCode,NodeList,Timelimit"]))
    except NoAnswer:
        return {}
