"""How long a command takes, and how much memory: run as a process of its own beside nothing else.

``python -m musasr.film.measuring PIPE COMMAND ...`` is the process between, which writes its result into that
file descriptor: the most memory that a process ever had is handed on to those that it starts, and a film's
maker is large.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from musasr.errors import StateError
from musasr.parallel import ending_with_us

KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        status: Its exit status; -N where signal N ended it.
        seconds: From start to end.
        processor_seconds: Of all its threads and processes.
        peak_mib: The most memory that any of its processes held.
    """

    status: int
    seconds: float
    processor_seconds: float
    peak_mib: float


def measure(command: Sequence[str], *, threads: int) -> Measured:
    """Run a command whose output goes where ours goes.

    Args:
        command: Program and arguments.
        threads: That its libraries may use.

    Raises:
        StateError: The process between was killed.
    """
    variables = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    reading, writing = os.pipe()
    between = ending_with_us([sys.executable, "-m", __name__, str(writing), *command])
    options = {"env": os.environ | variables, "pass_fds": [writing]}
    with open(reading, encoding="utf-8") as result, subprocess.Popen(between, **options) as process:
        os.close(writing)
        try:
            told = result.read()
        except BaseException:  # this process is to end, and with the one between the command does
            process.terminate()
            raise
    if not told:
        what = f"the process that measures {command[0]} ended with status {process.returncode}"
        raise StateError(what, mend="run the same command again")
    return Measured(**json.loads(told))


def _run(command: Sequence[str]) -> Mapping[str, float]:
    started = time.monotonic()
    child = subprocess.Popen(ending_with_us(command))
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return {
        "status": child.returncode,
        "seconds": time.monotonic() - started,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / KIB_PER_MIB,
    }


if __name__ == "__main__":
    with open(int(sys.argv[1]), "w", encoding="utf-8") as _result:
        json.dump(_run(sys.argv[2:]), _result)
