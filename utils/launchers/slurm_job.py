"""A job array from its batch script to its end: written, submitted, cancelled, tidied up."""

import contextlib
import os
import re
import shlex
import sys
import time
from pathlib import Path

from .request import fail, say
from .slurm_state import NO_SUCH_JOB, NoAnswer, ask

SUBMIT_SECONDS = 300.0  # sbatch itself tries again for a while where Slurm is busy
BUSY = re.compile(
    r"gave no answer|Unable to contact|[Tt]imed out|Connection refused|Zero Bytes were transmitted"
    r"|[Cc]ommunication connection failure|[Tt]emporarily unable|standby mode"
)
CANCEL_TRIES = 3

SCRIPT = """\
#!/usr/bin/env bash
# Written and submitted by {program}. Slurm's own messages to a task are in its .out file beside this.
#SBATCH --job-name={name}
cd {folder} || exit
if [ -f ./path.sh ]; then . ./path.sh; fi
python={python}
[ -x "$python" ] || python=python3
exec "$python" {runner} {options} -- \\
    {command}
"""


def folder_of(request):
    """Where a run's scripts go: q/ beside its logs, above every folder that is one task's alone."""
    folder = Path(request.log).parent
    while request.job and request.job in str(folder):
        folder = folder.parent
    return folder / "q"


def base_of(request):
    """The log's name without the task's number."""
    name = re.sub(r"\.log$", "", Path(request.log).name)
    return (re.sub(rf"[._-]?{request.job}", "", name) if request.job else name) or "tasks"


def here():
    """The working directory under the name that the user knows, which may be a link that every node has."""
    logical = os.environ.get("PWD", "")
    with contextlib.suppress(OSError):
        if os.path.isabs(logical) and os.path.samefile(logical, "."):
            return logical
    return os.getcwd()


def quote(words):
    """Words for a shell, which gives each back as it was."""
    return " ".join(map(shlex.quote, words))


class Job:
    """Some tasks of a request, submitted as one array.

    Args:
        request: the command line.
        tasks: those of its tasks that this job is to run.
        attempt: how often they were run before.
    """

    def __init__(self, request, tasks, attempt=0):
        self.request, self.tasks, self.attempt = request, tasks, attempt
        self.folder, self.base = Path(here()) / folder_of(request), base_of(request)
        self.mark = f"{self.base}.{os.urandom(4).hex()}"  # no other run's files have it in their names
        self.script = self.folder / f"{self.mark}.sh"
        self.id, self.cluster = None, ()

    def submit(self, sbatch, signals, patience):
        """Hand the job to Slurm; where that is down for a while, try again for so many seconds."""
        try:
            self._write_script()
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}")
        words = [*sbatch, *self._sbatch_options(), str(self.script)]
        deadline, pause, said = time.monotonic() + patience, 2.0, False
        while self.id is None and not signals.number:
            try:
                self._take_id(ask(words, SUBMIT_SECONDS))
            except NoAnswer as error:
                if not BUSY.search(str(error)) or time.monotonic() > deadline:
                    fail(f"the job was not taken: {error} (script: {self.script})")
                if not said:
                    say(f"Slurm takes no jobs now ({error}); trying again for up to {patience / 60:.0f} min")
                said = True
                signals.pause(pause)
                pause = min(2 * pause, 60.0)
                self._find()

    def _write_script(self):
        options = ["--log", self.request.log, "--status", str(self.folder / self.mark)]
        options += ["--threads", self.request.option("--num-threads", "1"), "--attempt", str(self.attempt)]
        options += ["--job", self.request.job] if self.request.job else []
        text = SCRIPT.format(
            program=sys.argv[0].replace("\n", " "),
            name=re.sub(r"[^\w.+-]", "_", self.base),
            folder=shlex.quote(here()),
            python=shlex.quote(sys.executable),
            runner=shlex.quote(str(Path(__file__).resolve().with_name("slurm_task.py"))),
            options=quote(options),
            command=quote(self.request.command),
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        self.script.write_bytes(os.fsencode(text))

    def _sbatch_options(self):
        output = str(self.folder / self.mark).replace("%", "%%")
        if self.request.job is None:
            return ["--parsable", f"--output={output}.0.out"]
        first, last = self.tasks[0], self.tasks[-1]
        whole = self.tasks == list(range(first, last + 1))
        array = f"{first}-{last}" if whole else ",".join(map(str, self.tasks))
        if self.request.max_jobs_run:
            array += f"%{self.request.max_jobs_run}"
        return ["--parsable", f"--output={output}.%a.out", f"--array={array}"]

    def _take_id(self, text):
        found = re.search(r"^(?:Submitted batch job )?(\d+)(?:;(\S+))?\s*$", text, re.MULTILINE)
        if not found:
            fail(f"sbatch gave no job id but: {text.strip() or 'nothing'} (script: {self.script})")
        self.id, self.cluster = found[1], (f"--clusters={found[2]}",) if found[2] else ()

    def _find(self):
        """Take the job that Slurm has though its answer was lost: submitted once more, it would run twice."""
        with contextlib.suppress(NoAnswer):
            listing = ask(["squeue", "--noheader", f"--user={os.getuid()}", "--format=%F %o"])
            for line in listing.splitlines():
                if line.partition(" ")[2].strip() == str(self.script):
                    self.id = line.split()[0]

    def statuses(self, tasks):
        """The (exit code, signal) of those of the tasks that have left theirs."""
        present, found = set(os.listdir(self.folder)), {}
        for task in tasks:
            path = self._path(task, ".status")
            if path.name in present:
                with contextlib.suppress(FileNotFoundError):  # Slurm puts the task through again
                    code, number = path.read_text().split()
                    found[task] = int(code), int(number)
        return found

    def output(self, task):
        """The file that takes what Slurm itself says to a task."""
        return self._path(task, ".out")

    def _path(self, task, suffix):
        return self.folder / f"{self.mark}.{0 if task is None else task}{suffix}"

    def cancel(self):
        """Cancel all of the job's tasks; whether Slurm took note."""
        if self.id is None:
            return True
        trouble = None
        for _ in range(CANCEL_TRIES):
            try:
                ask(["scancel", *self.cluster, self.id])
                return True
            except NoAnswer as error:
                if NO_SUCH_JOB in str(error):
                    return True
                trouble = error
            time.sleep(1.0)
        say(f"error: job {self.id} could not be cancelled ({trouble}); once Slurm answers: scancel {self.id}")
        return False

    def tidy(self):
        """Leave the script, and what Slurm said to the tasks, under names without this run's mark."""
        for path in [path for path in self.folder.iterdir() if path.name.startswith(self.mark)]:
            if path.suffix == ".status":
                path.unlink()
                continue
            path.replace(self.folder / path.name.replace(self.mark, self.base, 1))
        for task in self.tasks:
            path = self.folder / self.output(task).name.replace(self.mark, self.base, 1)
            if path.exists() and path.stat().st_size == 0:
                path.unlink()
