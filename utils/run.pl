#!/usr/bin/env python3
"""Run a command on this machine, once or for each JOB, with its output in a log: Kaldi's run.pl interface.

    run.pl [options] [JOB=1:N] LOG command arguments...

Every JOB in LOG and in the command is replaced by the task's number. The command is started as it is given,
argument by argument, without a shell (for a pipe: sh -c 'a | b'). The exit status is 0 only if every task's
was. A failure is reported with its number, its exit code or signal, and the last lines of its log.

    --max-jobs-run N   how many tasks run at once (the number of cores; with --gpu, of GPUs)
    --gpu N            GPUs that each task wants
    --num-threads N    threads that each task runs: written into its log
    --retries N        start a task that failed again, up to N times; its earlier logs are kept as LOG.1 ...
    --help             print this

Other options of the form --name value are a cluster's (--mem 4G) and mean nothing here.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

from launchers.failures import Failures, describe_exit
from launchers.request import Request, whole_number
from launchers.task import Owners, Signals, Task

POLL_SECONDS = 1.0  # at most: the end of a task and a signal are noticed at once
STOP_SECONDS = 10.0  # what a task gets for its own clean-up before it is killed
STRETCH = 1.4  # a few tasks more than cores are started at once, rather than a second round for them


def count_slots(request):
    """How many tasks run at once."""
    num_gpus = whole_number("--gpu", request.option("--gpu", "0"))
    if request.max_jobs_run:
        return request.max_jobs_run
    count = count_gpus() if num_gpus else len(os.sched_getaffinity(0))
    return len(request.tasks) if len(request.tasks) < STRETCH * count else count


def count_gpus():
    """The number of GPUs that nvidia-smi lists, or 1."""
    if shutil.which("nvidia-smi") is None:
        return 1
    listing = subprocess.run(["nvidia-smi", "-L"], stdout=subprocess.PIPE, check=False).stdout
    return max(1, listing.count(b"\n"))


def stop(running, signals):
    """End the tasks that still run: ask first, then kill."""
    for task in running:
        task.send(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and not all(task.has_ended() for task in running):
        signals.wait(deadline - time.monotonic())
    for task in running:
        task.send(signal.SIGKILL)
        if task.process is not None:
            task.process.wait()
        task.finish()


class Queue:
    """The tasks that wait, and those that run."""

    def __init__(self, request, failures):
        self.request, self.failures, self.slots = request, failures, count_slots(request)
        self.threads = request.option("--num-threads", "1")
        self.waiting = [(number, 0) for number in request.tasks]
        self.running = {}  # Task: (number, attempt)

    def step(self, signals):
        """Take note of the tasks that ended, start others in their place, and wait for the next event."""
        for task in [task for task in self.running if task.has_ended()]:
            self._end(task, *self.running.pop(task))
        while self.waiting and len(self.running) < self.slots and not signals.number:
            number, attempt = self.waiting.pop(0)
            self._start(number, attempt)
        if self.running and not any(task.has_ended() for task in self.running):
            signals.wait(POLL_SECONDS)

    def _start(self, number, attempt):
        command = [self.request.fill(argument, number) for argument in self.request.command]
        log = self.request.fill(self.request.log, number)
        try:
            self.running[Task(command, log, attempt, threads=self.threads)] = (number, attempt)
        except OSError as error:
            self.failures.add(number, f"its log cannot be written: {error.filename}: {error.strerror}")

    def _end(self, task, number, attempt):
        code, killed_by = task.finish()
        if code or killed_by:
            retry = attempt + 1 if attempt < self.request.retries else 0
            self.failures.add(number, describe_exit(code, killed_by), retry)
            if retry:
                self.waiting.append((number, retry))


def main():
    """Run what the command line asks for."""
    request = Request(sys.argv[1:])
    failures, signals = Failures(request), Signals(owners=Owners())
    queue = Queue(request, failures)
    while (queue.waiting or queue.running) and not signals.number:
        queue.step(signals)
    stop(queue.running, signals)
    if signals.number:
        sys.exit(128 + signals.number)
    failures.leave()


if __name__ == "__main__":
    main()
