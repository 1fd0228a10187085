"""A folder in which scripts of the recipe run with a Python that only writes down what it is asked."""

import os
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Stands in for Python: passes the installer's version check, and writes down each `-m musasr` call, one
# argument a line. FAIL names a word of the command that fails; WAIT one that goes on until it is stopped.
FAKE_PYTHON = """#!/usr/bin/env bash
if [[ $1 != -m ]]; then exit 0; fi
call=$(printf 'arg %s\\n' "$@")
cat <<<"$call"$'\\n'end >>"$CALLS"
if [[ " $* " == *" ${FAIL:-none} "* ]]; then echo "musasr: error: here: broken; mend it" >&2; exit 2; fi
if [[ " $* " == *" ${WAIT:-none} "* ]]; then echo $$ >>"$CALLS.pids"; exec sleep 60; fi
echo "did the work"
"""


def start(command: list, folder: Path, environment: dict[str, str]) -> subprocess.Popen:
    """A command as a terminal starts it: in a process group of its own; both outputs are read."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


class ScriptFolder:
    """A folder with a configuration and the stand-in, in which scripts are run."""

    def __init__(self, folder: Path):
        self.path = folder
        self.calls_file = folder / "calls"
        fake = folder / "fake python"
        fake.write_text(FAKE_PYTHON)
        fake.chmod(0o755)
        (folder / "own.yaml").write_text("{}\n")
        self.environment = os.environ | {"MUSASR_PYTHON": str(fake), "CALLS": str(self.calls_file)}

    def start(self, script: str, *arguments: str, **variables: str) -> subprocess.Popen:
        return start([ROOT / script, *arguments], self.path, self.environment | variables)

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        process = self.start(script, *arguments, **variables)
        output, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(script, process.returncode, output, errors)

    def calls(self) -> list[list[str]]:
        """The arguments of each call after `-m musasr`."""
        text = self.calls_file.read_text() if self.calls_file.exists() else ""
        return [re.findall(r"^arg (.*)$", call, re.MULTILINE)[2:] for call in text.split("end\n")[:-1]]

    def wait_for_process(self, count: int = 1) -> list[int]:
        """The ids of the commands that wait to be stopped."""
        deadline = time.monotonic() + 20
        file = Path(f"{self.calls_file}.pids")
        while time.monotonic() < deadline:
            pids = file.read_text().split() if file.exists() else []
            if len(pids) == count:
                return [int(pid) for pid in pids]
            time.sleep(0.05)
        raise AssertionError("the command did not start")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def value_of(call: list[str], option: str) -> str:
    return call[call.index(option) + 1]


def parts_of(calls: list[list[str]]) -> list[tuple[str | None, str | None]]:
    """--part and --num_parts of each call."""
    options = ("--part", "--num_parts")
    return [tuple(value_of(call, one) if one in call else None for one in options) for call in calls]
