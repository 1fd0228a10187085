"""A throw-away Slurm on this machine (tools/slurm_testbed.sh), to launch on and to ask."""

import os
import signal
import subprocess
import time
from pathlib import Path

from script_folder import start

ROOT = Path(__file__).resolve().parents[2]
LAUNCHERS = {name: ROOT / "utils" / name for name in ("run.pl", "slurm.pl")}
TESTBED = ROOT / "tools" / "slurm_testbed.sh"


class Cluster:
    """The testbed, and a folder to launch from."""

    def __init__(self, testbed: Path, folder: Path):
        self.testbed, self.folder = testbed, folder
        self.environment = os.environ | {"SLURM_CONF": str(testbed / "slurm.conf")}
        self.environment["PATH"] += ":/usr/sbin:/sbin"
        (folder / "slurm.conf").write_text((ROOT / "conf" / "slurm.conf").read_text())

    def start(self, *arguments: object, launcher: str = "slurm.pl", **variables: str) -> subprocess.Popen:
        config = ["--config", "slurm.conf"] if launcher == "slurm.pl" else []
        command = [LAUNCHERS[launcher], *config, *map(str, arguments)]
        return start(command, self.folder, self.environment | variables)

    def run(self, *arguments: object, **options: str) -> subprocess.CompletedProcess:
        process = self.start(*arguments, **options)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def ask(self, *words: object) -> str:
        command = list(map(str, words))
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def queue(self) -> dict[str, str]:
        """The state of each task that Slurm has in its queue, such as {"12_3": "RUNNING"}."""
        states = "--states=PENDING,RUNNING,COMPLETING,SUSPENDED"
        lines = self.ask("squeue", "--noheader", "--array", states, "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    def await_file(self, name: str, seconds: float = 30.0) -> str:
        """What a task wrote, once it has."""
        return wait_for(lambda: (self.folder / name).exists() and (self.folder / name).read_text(), seconds)

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "q").iterdir())

    def stop_controller(self) -> None:
        pid = int((self.testbed / "slurmctld.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{pid}").exists())

    def start_controller(self) -> None:
        self.ask("slurmctld")


def wait_for(condition, seconds: float = 30.0) -> object:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return value
