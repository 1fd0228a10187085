"""What slurm.pl's batch script runs on a node: one task, its log, its exit status in a small file."""

import argparse
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from launchers.request import fill
from launchers.task import Signals, Task

# What Slurm or a site's `--signal=B:...` sends to a batch script, for its command to act on.
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
POLL_SECONDS = 5.0  # at most: the task's end and signals are noticed at once


def write_status(path, code, number):
    """Leave the exit status for slurm.pl, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(f"{code} {number}\n")
    os.replace(new, path)


def main():
    """Run the command of this task of the array."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", required=True)
    parser.add_argument("--status", required=True, help="start of the name of the file with the exit status")
    parser.add_argument("--job", help="the word that stands for the task's number")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--attempt", type=int, default=0)
    end = sys.argv.index("--")
    asked, command = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1 :]
    number = os.environ["SLURM_ARRAY_TASK_ID"] if asked.job else "0"
    status = Path(f"{asked.status}.{number}.status")
    if status.exists():  # Slurm puts this task through again
        status.unlink()
    signals = Signals(FORWARDED)
    attempt = asked.attempt + int(os.environ.get("SLURM_RESTART_COUNT", 0))
    command = [fill(word, asked.job, number) for word in command]
    notes = [f"Running on {os.uname().nodename}, Slurm job {os.environ.get('SLURM_JOB_ID')}"]
    task = Task(command, fill(asked.log, asked.job, number), attempt, notes, asked.threads, own_group=False)
    while not task.has_ended():
        while signals.received:
            task.send(signals.received.pop(0))
        signals.wait(POLL_SECONDS)
    code, killed_by = task.finish()
    write_status(status, code, killed_by)
    sys.exit(128 + killed_by if killed_by else code)


if __name__ == "__main__":
    main()
