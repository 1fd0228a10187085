#!/usr/bin/env python3
"""Show a launcher's log as it grows, until the process that writes it has ended; of several, which are done.

A launched command writes to a log file, on this machine or another, so its progress is read from there.
Runs on the system's Python (3.8 or newer) with nothing installed.
"""

import argparse
import os
import re
import sys
import time
from pathlib import Path

POLL_SECONDS = 0.2  # at most; a command that has nothing to do ends sooner
FIRST_POLL_SECONDS = 0.01
PROGRESS_SECONDS = 10.0  # between two progress lines where one cannot be rewritten in place
FRAME = re.compile(r"# (Accounting: |Ended \(code |Finished at )")  # what a launcher adds after the output
ENDED_WELL = re.compile(rb"^# (Ended \(code 0\)|Finished at .* with status 0$)", re.MULTILINE)
TAIL_BYTES = 400


class Screen:
    """Shows a log's text: whole lines as they are; a progress bar in place, or now and then.

    A progress bar is what ends in a carriage return.
    """

    def __init__(self):
        self.rewrites = sys.stdout.isatty()
        self.in_header = True
        self.bar = ""
        self.next_bar = 0.0

    def show(self, text):
        """Show one piece of the log that ends in a new line or a carriage return."""
        line, ending = text.rstrip("\r\n"), text[-1]
        if self.in_header and line.startswith("#"):
            self.in_header = line != "#"
            return
        self.in_header = False
        if ending == "\n":
            self._show_line(line)
        elif line.strip():
            self._show_bar(line)

    def _show_line(self, line):
        if FRAME.match(line):
            return
        line = line or self.bar  # a bar that is closed by an empty line stays as it was last
        clear = "\r\033[K" if self.bar and self.rewrites else ""
        self.bar = ""
        stream = sys.stderr if ": error: " in line else sys.stdout
        print(f"{clear}{line}", file=stream, flush=True)

    def _show_bar(self, line):
        self.bar = line
        if self.rewrites:
            print(f"\r\033[K{line}", end="", flush=True)
        elif time.monotonic() >= self.next_bar:
            self.next_bar = time.monotonic() + PROGRESS_SECONDS
            print(line, flush=True)


def is_alive(pid):
    """Whether the process runs (one that ended but was not waited for yet counts as ended)."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:  # no /proc on this system
        return Path("/proc/self").exists() is False
    except OSError:
        return False


def follow(log, pid, screen):
    """Show the log from its start until the process ends and all is read."""
    position, rest, file, pause = 0, b"", None, FIRST_POLL_SECONDS
    while True:
        ended = not is_alive(pid)
        if log.exists():
            with log.open("rb") as stream:
                status = os.fstat(stream.fileno())
                if file is not None and (status.st_ino != file or status.st_size < position):
                    position, rest, screen.in_header = 0, b"", True  # the command was started again
                file = status.st_ino
                stream.seek(position)
                new = stream.read()
            position += len(new)
            *pieces, rest = re.split(rb"(?<=[\r\n])", rest + new)
            for piece in pieces:
                screen.show(piece.decode(errors="replace"))
        if ended:
            break
        time.sleep(pause)
        pause = min(POLL_SECONDS, 1.1 * pause)
    if rest:
        screen.show(rest.decode(errors="replace") + "\n")


def count_done(logs, pid):
    """Say of each task of an array that it is done, when its log says so, until the process ends."""
    waiting = list(logs)
    while True:
        ended = not is_alive(pid)
        for log in [log for log in waiting if ENDED_WELL.search(read_end(log))]:
            waiting.remove(log)
            print(f"{log.stem} done, {len(logs) - len(waiting)} of {len(logs)}", flush=True)
        if ended:
            break
        time.sleep(POLL_SECONDS * min(len(logs), 50))


def read_end(path):
    """A file's last bytes, none where there is no such file yet."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - TAIL_BYTES))
            return stream.read()
    except FileNotFoundError:
        return b""


def main():
    """Read the arguments and follow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pid", type=int, required=True, help="the process that writes the logs")
    parser.add_argument("logs", type=Path, nargs="+", metavar="log")
    arguments = parser.parse_args()
    if len(arguments.logs) == 1:
        follow(arguments.logs[0], arguments.pid, Screen())
    else:
        count_done(arguments.logs, arguments.pid)


if __name__ == "__main__":
    main()
