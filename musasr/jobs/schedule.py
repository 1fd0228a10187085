"""Runs the trainings of a run: parents before children, independent ones side by side."""

import os
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from musasr.errors import ConfigError, StateError, suggest
from musasr.jobs import processes
from musasr.jobs.launcher import Launcher
from musasr.jobs.processes import Process
from musasr.recipe.run import Run
from musasr.recipe.training_graph import Training

if TYPE_CHECKING:
    from musasr.training.distributed import Replica

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Schedule:
    """How the trainings of a run are done.

    Attributes:
        run: Whose.
        num_processes: Of each training, on each machine.
        launcher: Makes each training a job of its own; None: processes of this machine.
    """

    run: Run
    num_processes: int = 1
    launcher: Launcher | None = None

    def train(self, groups: Collection[str], *, only: str | None = None) -> None:
        """Do every training of these groups, or one of them, that is not done yet.

        Raises:
            ConfigError: There is no training of the name ``only`` among them.
            StateError: A parent of another group is missing, or a training failed.
        """
        asked = {name: one for name, one in self.run.trainings.items() if one.group in groups}
        if only is not None:
            asked = {only: _find(only, asked)}
        todo = {name: one for name, one in asked.items() if not self._is_done(name)}
        for one in todo.values():
            self._check_parents(one, todo)
        if todo and self.launcher is None:
            if self.num_processes > 1:  # torch.distributed has advice on each parameter that rests
                os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
            import musasr.training.train  # noqa: F401  (imports ESPnet once, before the processes fork)
        self._train_side_by_side(todo)

    def _train_side_by_side(self, todo: dict[str, Training]) -> None:
        slots = self._count_slots(len(todo))
        threads = max(1, self.run.asked.nj // (1 if self.launcher else slots))
        running: dict[str, Process] = {}
        failed: dict[str, int] = {}
        try:
            while todo or running:
                for name in find_ready(todo, running, self._num_epochs())[: slots - len(running)]:
                    running[name] = self._start(name, threads=threads)
                    del todo[name]
                failed |= self._reap(running)
                if failed and self.launcher is None:
                    break
                todo = _without_children(failed, todo)
                time.sleep(POLL_SECONDS)
        finally:
            processes.stop(running.values())
        if failed:
            raise _failure(failed, self.launcher)

    def _count_slots(self, num_trainings: int) -> int:
        """How many trainings run side by side."""
        if self.launcher is not None:
            return num_trainings  # the cluster has a queue
        if self.run.asked.ngpu:  # their memory is planned for one training, and it uses all that are given
            return 1
        return max(1, min(self.run.asked.nj // self.num_processes, num_trainings))

    def _num_epochs(self) -> dict[str, int]:
        """How long each training is, roughly: a cascade is only put together."""
        sections = self.run.config["training"]
        return {
            name: 0 if one.section is None else sections[one.section]["max_epoch"]
            for name, one in self.run.trainings.items()
        }

    def _start(self, name: str, *, threads: int) -> Process:
        if self.launcher is not None:
            return self.launcher.start(name, threads=threads, ngpu=self.run.asked.ngpu)
        arguments = (self.run, name, threads, self.num_processes)
        return processes.start(train_here, *arguments, name=name, on_gpu=self.run.asked.ngpu > 0)

    def _reap(self, running: dict[str, Process]) -> dict[str, int]:
        """Take finished trainings out; the exit statuses of those that failed."""
        over = {name: process for name, process in running.items() if not process.is_alive()}
        for name, process in over.items():
            process.join()
            del running[name]
            if self.launcher is not None:
                print(f"{name}: {'failed' if process.exitcode else 'done'}", file=sys.stderr, flush=True)
        return {name: process.exitcode for name, process in over.items() if process.exitcode}

    def _is_done(self, name: str) -> bool:
        done = self.run.is_trained(name)
        if done:
            print(f"{name}: already done", file=sys.stderr)
        return done

    def _check_parents(self, one: Training, todo: Mapping[str, Training]) -> None:
        for name in one.needs:
            if name not in todo and not self.run.is_trained(name):
                mend = f"run musasr train {self.run.trainings[name].group} with the same --systems"
                raise StateError(f"{one.name} needs {name}, which is not trained", mend=mend)


def find_ready(
    todo: Mapping[str, Training], running: Collection[str], num_epochs: Mapping[str, int]
) -> list[str]:
    """What can start now, first what most epochs are ahead of: its own and those of a chain that waits.

    Args:
        todo: Trainings that have not started, by name.
        running: Names of those that run.
        num_epochs: Epochs of every training.
    """
    names = [
        name
        for name, one in todo.items()
        if not any(parent in todo or parent in running for parent in one.needs)
    ]
    return sorted(names, key=lambda name: -_longest_chain(name, todo, num_epochs))


def _find(name: str, trainings: Mapping[str, Training]) -> Training:
    if name not in trainings:
        what = f"{name!r} is no training of these groups and systems"
        raise ConfigError(what, where="--only", mend=suggest(name, trainings))
    return trainings[name]


def _longest_chain(name: str, todo: Mapping[str, Training], num_epochs: Mapping[str, int]) -> int:
    """Epochs from the start of this training to the end of the last that waits for it, were all else done."""
    children = [child for child, one in todo.items() if name in one.needs]
    after = max((_longest_chain(child, todo, num_epochs) for child in children), default=0)
    return num_epochs[name] + after


def _without_children(failed: Collection[str], todo: dict[str, Training]) -> dict[str, Training]:
    """What can still be done where these failed; the parents of a training stand before it."""
    lost = set(failed)
    for name, one in todo.items():
        if lost.intersection(one.needs):
            lost.add(name)
    return {name: one for name, one in todo.items() if name not in lost}


def _failure(failed: Mapping[str, int], launcher: Launcher | None) -> StateError:
    names = " and ".join(f"{name} failed (exit status {code})" for name, code in failed.items())
    logs = ", ".join(str(launcher.log(name)) for name in failed) if launcher else "the lines above"
    return StateError(f"training {names}", mend=f"see {logs}")


def train_here(run: Run, name: str, threads: int, num_processes: int) -> None:
    """Do one training on this machine: in this process, or in several that it starts."""
    from musasr.training.distributed import Replica, replicas_here

    on_gpu = run.asked.ngpu > 0
    with processes.explained(name):
        replicas = replicas_here(num_processes, on_gpu=on_gpu)
        if run.trainings[name].section is None:  # put together, not trained
            replicas = [Replica(on_gpu=on_gpu)] if replicas[0].is_first else []
        if len(replicas) == 1:
            _train_as(replicas[0], run, name, threads)
            return
    threads_each = max(1, threads // max(1, len(replicas)))
    several = [(replica, run, name, threads_each) for replica in replicas]
    status = processes.run_together(_train_as_one_of_several, several, name=name, on_gpu=on_gpu)
    if status:
        sys.exit(status)


def _train_as_one_of_several(replica: "Replica", run: Run, name: str, threads: int) -> None:
    """The body of one of a training's several processes."""
    with processes.explained(name):
        _train_as(replica, run, name, threads)


def _train_as(replica: "Replica", run: Run, name: str, threads: int) -> None:
    from musasr.training.train import train_model

    train_model(run, name, threads=threads, replica=replica)
