#!/usr/bin/env python3
"""Run a command on this machine, once or for each JOB, with its output in a log: Kaldi's run.pl interface.

    run.pl [--max-jobs-run N] [--gpu N] [--other value] [JOB=1:N] LOG command arguments...

Every JOB in LOG and in the command is replaced by the task's number. The command is started as it is given,
argument by argument, without a shell. The exit status is 0 only if every task's was. Runs on the system's
Python (3.8 or newer) with nothing installed.
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

POLL_SECONDS = 0.02
STOP_SECONDS = 10.0  # what a task gets for its own clean-up before it is killed
STRETCH = 1.4  # a few tasks more than cores are started at once, rather than a second round for them


def fail(message):
    """Leave with one line on what was asked wrongly."""
    sys.exit(f"run.pl: error: {message}")


class Request:
    """What the command line asks for."""

    def __init__(self, arguments):
        self.job, self.tasks = None, [None]
        self.max_jobs_run, self.gpu = None, 0
        arguments = list(arguments)
        while arguments and self._take_option(arguments):
            pass
        if len(arguments) < 2:
            fail("wanted: run.pl [options] [JOB=1:N] LOG command arguments...")
        self.log, *self.command = arguments
        if len(self.tasks) > 1 and self.job not in self.log:
            fail(f"{len(self.tasks)} tasks would write one log; put {self.job} into its name, {self.log}")

    def _take_option(self, arguments):
        """Take one option off the front, if there is one."""
        first = arguments[0]
        span = re.fullmatch(r"([A-Za-z_]\w*)=(\d+)(?::(\d+))?", first)
        if span:
            start, end = int(span[2]), int(span[3] or span[2])
            if not 1 <= start <= end:
                fail(f"{first}: wanted {span[1]}=first:last with 1 <= first <= last")
            self.job, self.tasks = span[1], list(range(start, end + 1))
            del arguments[0]
        elif first.startswith("-"):
            if len(arguments) < 2:
                fail(f"option {first} needs a value")
            self._set(first, arguments[1])
            del arguments[:2]
        return bool(span) or first.startswith("-")

    def _set(self, option, value):
        """Keep what means something on one machine; a cluster's options (--mem 4G) are passed over."""
        if option in ("--max-jobs-run", "-tc", "--gpu"):
            if not value.isdigit() or (option != "--gpu" and int(value) == 0):
                fail(f"option {option} wants a whole number, not {value!r}")
            name = "gpu" if option == "--gpu" else "max_jobs_run"
            setattr(self, name, int(value))

    def fill(self, text, task):
        """Put the task's number where JOB stands."""
        return text if self.job is None else text.replace(self.job, str(task))

    def slots(self):
        """How many tasks run at once."""
        if self.max_jobs_run:
            return self.max_jobs_run
        count = count_gpus() if self.gpu else len(os.sched_getaffinity(0))
        return len(self.tasks) if len(self.tasks) < STRETCH * count else count


def count_gpus():
    """The number of GPUs that nvidia-smi lists, or 1."""
    if shutil.which("nvidia-smi") is None:
        return 1
    listing = subprocess.run(["nvidia-smi", "-L"], stdout=subprocess.PIPE, check=False).stdout
    return max(1, listing.count(b"\n"))


class Task:
    """One running command and its log."""

    def __init__(self, command, log):
        self.started = time.time()
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        self.log = open(log, "w+b")  # noqa: SIM115 (closed when the task ends)
        line = " ".join(map(shlex.quote, command)).replace("\n", "\\n")
        self._write(f"# {line}\n# Started at {time.ctime()}\n#\n")
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self._write(f"run.pl: error: {command[0]}: {error.strerror}\n")
            self.process = None

    def _write(self, text):
        self.log.write(text.encode(errors="surrogateescape"))
        self.log.flush()

    def has_ended(self):
        """Whether the command is over; None stands for one that could not be started."""
        return self.process is None or self.process.poll() is not None

    def finish(self):
        """Write the log's last lines; whether the task did its work."""
        code = 127 if self.process is None else self.process.returncode
        seconds = round(time.time() - self.started)
        ending = f"code {code}" if code >= 0 else f"code 0; signal {-code}"
        self.log.seek(-1, os.SEEK_END)
        if self.log.read() != b"\n":
            self._write("\n")
        self._write(f"# Accounting: time={seconds} threads=1\n")
        self._write(f"# Ended ({ending}) at {time.ctime()}, elapsed time {seconds} seconds\n")
        self.log.close()
        return code == 0

    def send(self, number):
        """Send a signal to the command and to everything it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


class Signals:
    """Remembers the first signal that asked for a stop, so that none cuts the start of a task in two."""

    def __init__(self):
        self.number = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._remember)

    def _remember(self, number, _frame):
        self.number = self.number or number


def stop(running):
    """End the tasks that still run: ask first, then kill."""
    for task in running:
        task.send(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and not all(task.has_ended() for task in running):
        time.sleep(POLL_SECONDS)
    for task in running:
        task.send(signal.SIGKILL)
        if task.process is not None:
            task.process.wait()
        task.finish()


def run_tasks(request, signals):
    """Run every task, at most request.slots() at once, or until a signal came; the number that failed."""
    waiting, running, num_failed, slots = list(request.tasks), [], 0, request.slots()
    while (waiting or running) and not signals.number:
        if waiting and len(running) < slots:
            number = waiting.pop(0)
            command = [request.fill(argument, number) for argument in request.command]
            running.append(Task(command, request.fill(request.log, number)))
            continue
        for task in [task for task in running if task.has_ended()]:
            running.remove(task)
            num_failed += not task.finish()
        time.sleep(POLL_SECONDS)
    stop(running)
    return num_failed


def main():
    """Run what the command line asks for."""
    request = Request(sys.argv[1:])
    signals = Signals()
    num_failed = run_tasks(request, signals)
    if signals.number:
        sys.exit(128 + signals.number)
    if num_failed == 0:
        return
    if len(request.tasks) == 1:
        sys.exit(f"run.pl: job failed, log is in {request.fill(request.log, request.tasks[0])}")
    log = request.log.replace(request.job, "*")
    sys.exit(f"run.pl: {num_failed} / {len(request.tasks)} failed, log is in {log}")


if __name__ == "__main__":
    main()
