"""Several commands at once, each with a log of its own, and word of how far they are."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from musasr.errors import StateError
from musasr.parallel import ending_with_us

Command = Sequence[str]


@dataclass
class Runner:
    """Runs series of ``musasr`` commands side by side; where one fails, the others go on.

    Attributes:
        num_jobs: How many series at once.
        log: Folder of the logs, one a series.
        program: What runs a command.
    """

    num_jobs: int
    log: Path
    program: Command = (sys.executable, "-m", "musasr")
    _running: set[subprocess.Popen] = field(default_factory=set, init=False)
    _is_stopped: bool = field(default=False, init=False)

    def run(self, series: Mapping[str, Sequence[Command]]) -> None:
        """Run each series to its end, command after command.

        Raises:
            StateError: One or more failed: their names and logs.
        """
        self.log.mkdir(parents=True, exist_ok=True)
        started, failed = time.monotonic(), []
        with ThreadPoolExecutor(self.num_jobs) as pool:
            try:
                names = {
                    pool.submit(self._run_one, name, commands): name for name, commands in series.items()
                }
                for count, future in enumerate(as_completed(names), start=1):
                    if future.result() != 0:
                        failed.append(names[future])
                    left = (time.monotonic() - started) / count * (len(names) - count)
                    word = "failed" if future.result() else "done"
                    self._say(f"{names[future]}: {word} | {count} of {len(names)}, ETA {left:.0f} s")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._stop()
                raise
        if failed:
            logs = ", ".join(str(self._log_of(name)) for name in failed)
            raise StateError(
                f"{' and '.join(failed)} failed", mend=f"see {logs}; run the same command to go on"
            )

    def _run_one(self, name: str, commands: Sequence[Command]) -> int:
        """The exit status of the first command that fails, or 0."""
        self._say(f"{name}: log is in {self._log_of(name)}")
        with self._log_of(name).open("ab") as log:
            for command in commands:
                if self._is_stopped:
                    return 1
                words = ending_with_us([*self.program, *command])
                process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                self._running.add(process)
                if process.wait() != 0:
                    return process.returncode
                self._running.discard(process)
        return 0

    def _stop(self) -> None:
        """Have those that run save their state; each does on SIGTERM."""
        self._is_stopped = True
        for process in tuple(self._running):
            with suppress(ProcessLookupError):
                process.terminate()

    def _log_of(self, name: str) -> Path:
        return self.log / f"{name}.log"

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)
