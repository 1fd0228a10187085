"""What is said of the tasks that failed."""

import contextlib
import os
import re
import signal
import sys

from .request import PROGRAM, say, whole_number

LOG_LINES = 10  # of a failed task's log, shown with its failure
SHOWN_FAILURES = 10  # that come with their log's last lines; of more, only the numbers
LINE_BYTES = 2000  # of the log's end that are read for each line
FRAME = re.compile(rb"# (Accounting: |Ended \(code )")


def describe_exit(code, number):
    """How a command ended, in words."""
    if not number and code > 128:  # a shell's way to say that its command was killed
        with contextlib.suppress(ValueError):
            return f"exit code {code} ({signal.Signals(code - 128).name})"
    if not number:
        return f"exit code {code}"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "a real-time signal"
    hint = ": out of memory?" if number == signal.SIGKILL else ""
    return f"killed by signal {number} ({name}{hint})"


def last_lines(path, count):
    """The last lines of a log without the launcher's own; of a progress bar, what it showed last."""
    try:
        with open(path, "rb") as stream:
            start = max(0, os.path.getsize(path) - LINE_BYTES * count)
            stream.seek(start)
            lines = [line.rstrip(b"\r").rpartition(b"\r")[2] for line in stream.read().split(b"\n")]
    except OSError:
        return []
    if start == 0 and b"#" in lines:
        del lines[: lines.index(b"#") + 1]
    lines = [line.decode(errors="replace") for line in lines if not FRAME.match(line)]
    while lines and not lines[-1].strip():
        lines.pop()
    return lines[-count:] if count else []


class Failures:
    """Tells of the tasks that failed: of each when it does, and of all at the end."""

    def __init__(self, request):
        self.request, self.shown, self.tasks = request, 0, []
        # The stages show a log as it grows, and so ask for none of its lines here.
        name = "LAUNCHER_LOG_LINES"
        self.log_lines = whole_number(name, os.environ.get(name, str(LOG_LINES)))

    def add(self, task, reason, retry=0, notes=()):
        """Tell of one failure; retry is the number of the attempt that follows, if one does."""
        if not retry:
            self.tasks.append(task)
        self.shown += 1
        if self.shown > SHOWN_FAILURES:
            return
        log = self.request.fill(self.request.log, task)
        lines = [*last_lines(log, self.log_lines), *notes]
        who = "" if task is None else f"task {task}: "
        retried = f"; retry {retry} of {self.request.retries}" if retry else ""
        say(f"{who}{reason}{retried}" + (f"; {log} ends:" if lines else ""))
        for line in lines:
            print(f"  | {line}", file=sys.stderr, flush=True)

    def leave(self):
        """Leave with status 1 and a summary if any task failed."""
        request, failed = self.request, self.tasks
        if not failed:
            sys.exit(0)
        if request.job is None:
            sys.exit(f"{PROGRAM}: job failed, log is in {request.log}")
        if len(request.tasks) == 1:
            sys.exit(f"{PROGRAM}: job failed, log is in {request.fill(request.log, failed[0])}")
        if self.shown > SHOWN_FAILURES:
            say(f"failed: {request.job} = {', '.join(map(str, sorted(failed)))}")
        log = request.log.replace(request.job, "*")
        sys.exit(f"{PROGRAM}: {len(failed)} / {len(request.tasks)} failed, log is in {log}")
