"""How a job's tasks end: told by the files that they leave, and by Slurm where one is missing or bad.

The files are quick and cost Slurm nothing; Slurm has the last word on what is not plainly well.
"""

import re
import time
from typing import NamedTuple, Optional

from .failures import describe_exit, last_lines
from .request import say
from .slurm_state import ENDED, QUEUED, NoAnswer, ask_accounting, ask_controller

ASK_SECONDS, ASK_MOST_SECONDS = 3.0, 15.0  # between two questions to Slurm
ASK_SHARE = 5  # and in between so many times what an answer took: a busy Slurm is asked less often
ASK_AGAIN_SECONDS = 5.0  # after no answer, which takes some seconds itself
SOON_SECONDS = 0.5  # after a task left a bad status, Slurm knows why
CONFIRM_SECONDS = 60.0  # a bad status counts though Slurm does not confirm that the task is over
VANISHED_SECONDS = 60.0  # a file system may show a status so late after Slurm forgot the task
STUCK_SECONDS = 300.0  # in Slurm's state COMPLETING, when a node no longer answers
NOTICE_SECONDS = 30.0  # before the user is told that nothing runs, or that Slurm is silent
OUT_OF_MEMORY = re.compile(r"exceeded memory limit|oom[-_ ]kill", re.IGNORECASE)
REASONS = {
    "BOOT_FAIL": "its node did not start",
    "CANCELLED": "cancelled",
    "DEADLINE": "its deadline passed",
    "NODE_FAIL": "its node failed",
    "OUT_OF_MEMORY": "out of memory (more: --mem)",
    "PREEMPTED": "preempted: a job of higher priority took its place",
}


def judge(status, record, unchanged, is_listed):
    """Whether a task is over, and well.

    Args:
        status: the (exit code, signal) that it left, or None.
        record: what Slurm said of it last, or None.
        unchanged: seconds since either of them changed.
        is_listed: False where Slurm's last answer had no word of the task.

    Returns:
        True: it did its work; False: it failed; None: it goes on.
    """
    if status == (0, 0):
        return True
    if record is not None and record.state in ENDED:
        return record.state == "COMPLETED"
    if not is_listed:
        return False if status or unchanged > VANISHED_SECONDS else None
    if status and unchanged > CONFIRM_SECONDS and not (record and record.state in QUEUED):
        return False
    if record is not None and record.state == "COMPLETING" and unchanged > STUCK_SECONDS:
        return False
    return None


def newest(status, record):
    """The (exit code, signal) that Slurm says, where the file's is not of the same run of the task."""
    if status is None:
        return record.exit
    as_slurm_sees_it = (128 + status[1] if status[1] else status[0], 0)
    return record.exit if record and any(record.exit) and record.exit != as_slurm_sees_it else status


def explain(status, record, slurm_lines):
    """Why a task failed, in words."""
    state = record.state if record else None
    if state == "TIMEOUT":
        reason = f"out of time (more: --time{', limit ' + record.limit if record.limit else ''})"
    elif any(OUT_OF_MEMORY.search(line) for line in slurm_lines):
        reason = REASONS["OUT_OF_MEMORY"]
    elif state in REASONS:
        reason = REASONS[state]
    elif status or (record and any(record.exit)):
        reason = describe_exit(*newest(status, record))
    else:
        reason = f"Slurm's state {state}" if state else "gone from Slurm, and left no exit status"
    return f"{reason} on {record.node}" if record and record.node else reason


class Outcome(NamedTuple):
    """How one task ended."""

    task: Optional[int]
    is_well: bool
    reason: str = ""
    notes: tuple = ()  # what Slurm said to the task
    is_final: bool = False  # a person ended it, or it may still run: it is not to be tried again


class Watch:
    """Waits for the tasks of one job.

    Args:
        job: a submitted Job.
        patience: for so many seconds Slurm may be silent; then tasks not known to have ended are given up.
    """

    def __init__(self, job, patience):
        self.job, self.patience, self.tasks = job, patience, list(job.tasks)
        self.records, self.seen, self.since, self.bad, self.said = {}, {}, {}, set(), set()
        self.started = self.answered = time.monotonic()
        self.next_question, self.trouble = self.started, None

    def step(self):
        """Look once; the outcomes of the tasks that are over since the last time."""
        statuses = self.job.statuses(self.tasks)
        bad = {task for task, status in statuses.items() if any(status)}
        if bad - self.bad:
            self.ask_within(SOON_SECONDS)
        self.bad = bad
        if time.monotonic() >= self.next_question:
            self._ask(statuses)
        looks = [self._look(task, statuses.get(task)) for task in self.tasks]
        outcomes = [outcome for outcome in looks if outcome]
        over = {outcome.task for outcome in outcomes}
        self.tasks = [task for task in self.tasks if task not in over]
        return outcomes

    def ask_within(self, seconds):
        """Ask Slurm sooner than is due."""
        self.next_question = min(self.next_question, time.monotonic() + seconds)

    def _look(self, task, status):
        """The task's outcome, or None while it goes on."""
        now, record = time.monotonic(), self.records.get(task)
        if self.seen.get(task) != (status, record):
            self.seen[task], self.since[task] = (status, record), now
        is_listed = record is not None or self.trouble is not None or self.answered == self.started
        is_well = judge(status, record, now - self.since[task], is_listed)
        if is_well:
            return Outcome(task, True)
        if is_well is None and now - self.answered > self.patience:
            reason = f"given up: no word of Slurm for {self.patience} s; job {self.job.id} may still run"
            return Outcome(task, False, reason, is_final=True)
        if is_well is None:
            return None
        notes = tuple(last_lines(self.job.output(task), 3))
        is_cancelled = record is not None and record.state == "CANCELLED"
        return Outcome(task, False, explain(status, record, notes), notes, is_final=is_cancelled)

    def _ask(self, statuses):
        """Bring the records up to date."""
        began = time.monotonic()
        try:
            records = ask_controller(self.job.id, self.job.cluster)
            if any(task not in records and task not in statuses for task in self.tasks):
                records = {**ask_accounting(self.job.id, self.job.cluster), **records}
            self._tell_restarts(records)
            if self.trouble in self.said:
                say("Slurm answers again")
            self.records, self.trouble, self.answered = records, None, time.monotonic()
            pause = min(max(ASK_SECONDS, ASK_SHARE * (self.answered - began)), ASK_MOST_SECONDS)
        except NoAnswer as error:
            # one text for the whole time, though the clients' words vary
            self.trouble = self.trouble or f"Slurm does not answer ({error}); waiting for it"
            pause = ASK_AGAIN_SECONDS
        self.next_question = time.monotonic() + pause
        self._tell_waiting(time.monotonic())

    def _tell_restarts(self, records):
        for task, record in records.items():
            if record.restarts > getattr(self.records.get(task), "restarts", 0):
                who = "the job" if task is None else f"task {task}"
                say(f"{who} was put back into the queue by Slurm (restart {record.restarts})")

    def _tell_waiting(self, now):
        """Say once why nothing happens, where it takes long."""
        message, is_long = self.trouble, now - self.answered > NOTICE_SECONDS
        records = self.records.values()
        if message is None and records and all(record.state in QUEUED for record in records):
            reasons = ", ".join(sorted({record.why for record in records}))
            message = f"job {self.job.id} waits in the queue ({reasons})"
            is_long = now - self.started > NOTICE_SECONDS
        if message and is_long and message not in self.said:
            self.said.add(message)
            say(message)
