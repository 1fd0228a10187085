"""Kaldi's command line: `LAUNCHER [options] [JOB=first:last] LOG command arguments...`."""

import re
import sys
from pathlib import Path

PROGRAM = Path(sys.argv[0]).name


def say(message):
    """Write one line for the user."""
    print(f"{PROGRAM}: {message}", file=sys.stderr, flush=True)


def fail(message):
    """Leave with one line on what was asked wrongly."""
    sys.exit(f"{PROGRAM}: error: {message}")


class Request:
    """What the command line asks for: `[options] [JOB=first:last] LOG command arguments...`."""

    def __init__(self, arguments):
        self.job, self.tasks = None, [None]
        self.max_jobs_run, self.retries = None, 0
        self.options = []  # all others, as (name, value): what they mean is the launcher's to say
        arguments = list(arguments)
        while arguments and self._take_option(arguments):
            pass
        if len(arguments) < 2:
            fail(f"wanted: {PROGRAM} [options] [JOB=1:N] LOG command arguments... (--help says more)")
        self.log, *self.command = arguments
        if len(self.tasks) > 1 and self.job not in self.log:
            fail(f"{len(self.tasks)} tasks would write one log; put {self.job} into its name, {self.log}")

    def _take_option(self, arguments):
        """Take one option off the front, if there is one."""
        first = arguments[0]
        span = re.fullmatch(r"([A-Za-z_]\w*)=(\d+)(?::(\d+))?", first)
        if first in ("--help", "-h"):
            print(sys.modules["__main__"].__doc__.strip())
            sys.exit()
        if span:
            start, end = int(span[2]), int(span[3] or span[2])
            if not 1 <= start <= end:
                fail(f"{first}: wanted {span[1]}=first:last with 1 <= first <= last")
            self.job, self.tasks = span[1], list(range(start, end + 1))
            del arguments[0]
        elif first.startswith("-"):
            if "=" in first:
                fail(f"write {first.replace('=', ' ', 1)}, not {first}")
            if len(arguments) < 2:
                fail(f"option {first} needs a value")
            self._set(first, arguments[1])
            del arguments[:2]
        return bool(span) or first.startswith("-")

    def _set(self, option, value):
        if option in ("--max-jobs-run", "-tc"):
            self.max_jobs_run = whole_number(option, value, least=1)
        elif option == "--retries":
            self.retries = whole_number(option, value)
        else:
            self.options.append((option, value))

    def option(self, name, default):
        """The value that was given to an option last."""
        return dict(self.options).get(name, default)

    def take_option(self, name, default):
        """The value that was given to an option last; the option is not passed on."""
        value = self.option(name, default)
        self.options = [pair for pair in self.options if pair[0] != name]
        return value

    def fill(self, text, task):
        """Put the task's number where JOB stands."""
        return fill(text, self.job, task)


def fill(text, job, task):
    """Put the task's number where JOB stands, inside words too, as Kaldi's launchers do."""
    return text if job is None else text.replace(job, str(task))


def whole_number(option, value, least=0):
    """The number that an option was given."""
    if not (value.isascii() and value.isdigit() and int(value) >= least):
        fail(f"option {option} wants a whole number, not {value!r}")
    return int(value)
