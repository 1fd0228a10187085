#!/usr/bin/env python3
"""Run a command on a Slurm cluster, once or for each JOB, with its output in a log: Kaldi's interface.

    slurm.pl [options] [JOB=1:N] LOG command arguments...

Every JOB in LOG and in the command is replaced by the task's number. The tasks are one job array; each runs
in this working directory, after ./path.sh where there is one, and gets the command argument by argument,
without a shell (for a pipe: sh -c 'a | b'). The exit status is 0 only if every task's was. Ctrl-C and SIGTERM
cancel the array. What becomes of a task is asked of Slurm itself: one that is killed, runs out of memory or
time, or is preempted is reported within seconds, with its number, the reason and its log's last lines.

    --config FILE       the site's settings (conf/slurm.conf): what each further option becomes for sbatch
    --max-jobs-run N    how many tasks run at once
    --retries N         submit what failed again, up to N times; its earlier logs are kept as LOG.1 ...
    --patience SECONDS  how long Slurm may be silent before its tasks are given up (3600)
    --help              print this

Further options are those of the site's settings: --mem 4G, --time 4:00:00, --num-threads 4, --gpu 1,
--name NAME ...; one with a single dash (-p long) goes to sbatch as it is. Scripts and Slurm's own messages
are in q/ beside the logs.
"""

import sys
import time

from launchers.failures import Failures
from launchers.request import Request, say, whole_number
from launchers.slurm_config import Config
from launchers.slurm_job import Job
from launchers.slurm_watch import Watch
from launchers.task import Owners, Signals

FIRST_SECONDS, MOST_SECONDS, GROWTH = 0.2, 1.0, 1.2  # between two looks at the files that tasks leave
CANCEL_SECONDS = 15.0  # how long the end of cancelled tasks is waited for
CANCEL_ASK_SECONDS = 0.5


def cancel(job, watch, signals):
    """Cancel a job, and wait until its tasks have closed their logs."""
    if not job.cancel():
        return
    say(f"cancelled job {job.id}")
    deadline = time.monotonic() + CANCEL_SECONDS
    while watch.tasks and time.monotonic() < deadline:
        watch.ask_within(CANCEL_ASK_SECONDS)
        watch.step()
        signals.wait(FIRST_SECONDS)


def run(job, patience, signals, failures):
    """Wait for a submitted job; its tasks that are to be tried again."""
    watch, again, seconds = Watch(job, patience), [], FIRST_SECONDS
    next_attempt = job.attempt + 1 if job.attempt < job.request.retries else 0
    try:
        while watch.tasks and not signals.number:
            for outcome in watch.step():
                if not outcome.is_well:
                    retry = 0 if outcome.is_final else next_attempt
                    again += [outcome.task] if retry else []
                    failures.add(outcome.task, outcome.reason, retry, outcome.notes)
            signals.wait(seconds if watch.tasks else 0)
            seconds = min(seconds * GROWTH, MOST_SECONDS)
    except BaseException:
        job.cancel()
        raise
    if signals.number:
        cancel(job, watch, signals)
    return again


def main():
    """Run what the command line asks for."""
    request = Request(sys.argv[1:])
    path = request.take_option("--config", None)
    patience = whole_number("--patience", request.take_option("--patience", "3600"), least=1)
    sbatch = Config.read(path).sbatch(request.options)
    failures, signals = Failures(request), Signals(owners=Owners())
    tasks = request.tasks
    for attempt in range(request.retries + 1):
        if tasks and not signals.number:
            job = Job(request, tasks, attempt)
            job.submit(sbatch, signals, patience)
            if job.id is not None:
                tasks = run(job, patience, signals, failures)
            job.tidy()
    if signals.number:
        sys.exit(128 + signals.number)
    failures.leave()


if __name__ == "__main__":
    main()
