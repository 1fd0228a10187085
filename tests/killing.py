"""Processes that are killed with all that they started."""

import os
import signal
import subprocess
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all that it started, in any of its threads, also in groups of their own."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for one in threads for child in (one / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def kill_family(pid: int) -> None:
    """Kill everybody at once, without a word: they are stopped first, so that nothing starts meanwhile."""
    everybody = family(pid)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for one in everybody:
            try:
                os.kill(one, number)
            except ProcessLookupError:
                continue


def kill_all(process: subprocess.Popen) -> None:
    """Kill a process and all that it started."""
    kill_family(process.pid)
    process.communicate()
