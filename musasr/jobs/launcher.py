"""A training as a job of its own, started through a launcher with Kaldi's interface: run.pl, slurm.pl."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from musasr.recipe.workdir import Workdir

# One task a machine, which starts the machine's processes; where one fails, the others would wait for it.
SRUN = ("srun", "--ntasks-per-node=1", "--kill-on-bad-exit=1")


@dataclass(frozen=True)
class Launcher:
    """How a training becomes a job.

    Attributes:
        words: The launcher with its options.
        command: ``musasr train`` with the run's options; ``--only NAME`` is added.
        workdir: Where logs stand.
        num_nodes: Machines that share one training.
    """

    words: tuple[str, ...]
    command: tuple[str, ...]
    workdir: Workdir
    num_nodes: int = 1

    @classmethod
    def of(cls, text: str, options: Sequence[str], workdir: Workdir, *, num_nodes: int) -> "Launcher":
        """The launcher that ``--launcher "COMMAND"`` names, for this run's options."""
        command = (sys.executable, "-m", "musasr", "train", *options)
        return cls(tuple(text.split()), command, workdir, num_nodes)

    def log(self, name: str) -> Path:
        """Where a training's output is kept."""
        return self.workdir.training_log(name)

    def start(self, name: str, *, threads: int, ngpu: int) -> "Launched":
        """Hand a training to the launcher."""
        log = self.log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        resources = ["--num-threads", str(threads), *(["--gpu", str(ngpu)] if ngpu else [])]
        command = [*self.command, "--only", name]
        if self.num_nodes > 1:
            resources += ["--num-nodes", str(self.num_nodes)]
            command = [*SRUN, f"--cpus-per-task={threads}", *command]
        print(f"{name}: a job of its own, log is in {log}", file=sys.stderr, flush=True)
        return Launched(subprocess.Popen([*self.words, *resources, str(log), *command]))


class Launched:
    """A launcher that runs, with the methods of a process of our own."""

    def __init__(self, process: subprocess.Popen):
        """Hold the launcher's process."""
        self._process = process

    @property
    def exitcode(self) -> int | None:
        """The launcher's exit status, once it has ended."""
        return self._process.poll()

    def is_alive(self) -> bool:
        """Whether the launcher waits for its job."""
        return self._process.poll() is None

    def join(self) -> None:
        """Wait for the launcher, and so for its job."""
        self._process.wait()

    def terminate(self) -> None:
        """Have the launcher cancel its job, which then saves."""
        self._process.terminate()

    def kill(self) -> None:
        """End the launcher; its job may run on."""
        self._process.kill()
