"""How long a command takes, and how much memory: run as a process of its own beside nothing else.

``python -m musasr.film.measuring RESULT.json COMMAND ...`` is the process between: the most memory that a
process ever had is handed on to those that it starts, and a film's maker is large.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def measure(command: Sequence[str], *, threads: int, folder: Path) -> Measured:
    """Run a command whose output goes where ours goes.

    Args:
        command: Program and arguments.
        threads: That its libraries may use.
        folder: Where to leave a file for a moment.
    """
    result = folder / "measured.tmp.json"
    variables = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    try:
        between = [sys.executable, "-m", __name__, str(result), *command]
        subprocess.run(between, env=os.environ | variables, check=True, preexec_fn=ending_with_us())
        return Measured(**json.loads(result.read_text(encoding="utf-8")))
    finally:
        result.unlink(missing_ok=True)


def _run(command: Sequence[str]) -> Mapping[str, float]:
    started = time.monotonic()
    child = subprocess.Popen(command, preexec_fn=ending_with_us())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return {
        "status": child.returncode,
        "seconds": time.monotonic() - started,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / KIB_PER_MIB,
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(_run(sys.argv[2:])), encoding="utf-8")
