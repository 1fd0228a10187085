"""A command that runs on this machine, its log, and the signals that stop it."""

import contextlib
import ctypes
import os
import select
import shlex
import signal
import subprocess
import time
from pathlib import Path

from .request import PROGRAM, say

PR_SET_PDEATHSIG = 1  # of Linux's prctl
try:
    _prctl = ctypes.CDLL(None).prctl
except (AttributeError, OSError):  # not Linux
    _prctl = None


def ends_with_parent():
    """In a new process: have it told to end when its parent dies, which can no longer tell it."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Owners:
    """The processes that a launcher works for, named in $MUSASR_WATCH; where one was killed, nobody waits.

    A number may come to stand for another process, so what a process is known by is when it started, too.
    """

    def __init__(self):
        self.started = {pid: started_at(pid) for pid in os.environ.get("MUSASR_WATCH", "").split()}

    def are_gone(self):
        """Whether one of them is gone."""
        return any(started_at(pid) != since for pid, since in self.started.items() if since is not None)


def started_at(pid):
    """When a process started, in the system's ticks; None where it is no more, or that cannot be told."""
    try:
        fields = Path(f"/proc/{int(pid)}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if fields[0] in "ZX" else fields[19]


class Task:
    """One running command and its log.

    Args:
        command: the words, started as they are, without a shell.
        log: the file that takes its output; an earlier attempt's is kept, with that attempt's number added.
        attempt: how often the task was started before.
        notes: lines for the log's header.
        threads: written into the log's accounting line.
        own_group: whether the command is made a process group, which signals then go to as a whole.
    """

    def __init__(self, command, log, attempt=0, notes=(), threads=1, own_group=True):
        self.started, self.threads, self.own_group = time.time(), threads, own_group
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        if attempt and os.path.exists(log):
            os.replace(log, f"{log}.{attempt}")
        self.log = open(log, "w+b", buffering=0)  # noqa: SIM115 (closed when the task ends)
        self.unwritten = False  # whether the disk took less than it was given
        line = " ".join(map(shlex.quote, command)).replace("\n", "\\n")
        notes = "".join(f"# {note}\n" for note in notes)
        self._write(f"# {line}\n{notes}# Started at {time.ctime()}\n#\n")
        self.process = self._start(command)

    def _start(self, command):
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=subprocess.STDOUT,
                start_new_session=self.own_group,
                preexec_fn=ends_with_parent,
            )
        except OSError as error:
            self._write(f"{PROGRAM}: error: {command[0]}: {error.strerror}\n")
            return None

    def _write(self, text):
        try:
            self.log.write(text.encode(errors="surrogateescape"))
        except OSError as error:  # a full disk: the command's exit code still counts
            if not self.unwritten:
                say(f"{self.log.name}: {error.strerror}: what follows is not in the log")
            self.unwritten = True

    def has_ended(self):
        """Whether the command is over; None stands for one that could not be started."""
        return self.process is None or self.process.poll() is not None

    def finish(self):
        """Write the log's last lines; the command's (exit code, signal)."""
        code = 127 if self.process is None else self.process.returncode
        code, number = max(code, 0), max(-code, 0)
        seconds = round(time.time() - self.started)
        if not self._ends_a_line():
            self._write("\n")
        ending = f"code {code}; signal {number}" if number else f"code {code}"
        self._write(f"# Accounting: time={seconds} threads={self.threads}\n")
        self._write(f"# Ended ({ending}) at {time.ctime()}, elapsed time {seconds} seconds\n")
        self.log.close()
        return code, number

    def _ends_a_line(self):
        size = os.fstat(self.log.fileno()).st_size
        return size == 0 or os.pread(self.log.fileno(), 1, size - 1) == b"\n"

    def send(self, number):
        """Send a signal to the command, and where it is a group to everything it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if self.own_group else os.kill)(self.process.pid, number)


class Signals:
    """Remembers the signals that came, so that none cuts the start of a task in two.

    A call of wait() ends early where one comes, or where a child ends. With `Owners`, the end of one
    counts as a SIGTERM.
    """

    def __init__(self, numbers=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP), owners=None):
        self.received = []
        self.owners = owners
        self.reader, writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in numbers:
            # nohup ignores SIGHUP; a script's background jobs ignore SIGINT, but are to end with the script
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda received, _frame: self.received.append(received))

    @property
    def number(self):
        """The first signal that came, or None."""
        return self.received[0] if self.received else None

    def pause(self, seconds):
        """Sleep for so long, or until a signal came."""
        deadline = time.monotonic() + seconds
        while self.number is None and time.monotonic() < deadline:
            self.wait(deadline - time.monotonic())

    def wait(self, seconds):
        """Sleep until something happened, at most so long."""
        if select.select([self.reader], [], [], max(0, seconds))[0]:
            with contextlib.suppress(BlockingIOError):
                while os.read(self.reader, 4096):
                    pass
        if self.owners is not None and not self.received and self.owners.are_gone():
            say("what started this is gone (killed?): it ends, too")
            self.received.append(signal.SIGTERM)
