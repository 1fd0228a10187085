"""Runs the trainings of one or more stages: parents before children, independent ones side by side."""

import os
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from musasr.errors import ConfigError, StateError
from musasr.jobs import processes
from musasr.jobs.launcher import Launcher
from musasr.jobs.processes import Process
from musasr.recipe import done_marks
from musasr.recipe.training_graph import Training
from musasr.recipe.workdir import Workdir

if TYPE_CHECKING:
    from musasr.training.distributed import Replica

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Driver:
    """What the trainings of a run share."""

    config: Mapping[str, Any]
    workdir: Workdir
    trainings: Mapping[str, Training]
    num_jobs: int
    ngpu: int
    num_processes: int = 1  # of each training, on each machine
    launcher: Launcher | None = None  # makes each training a job of its own; None: processes of this machine

    def run(self, groups: Collection[str], *, only: str | None = None) -> None:
        """Do every training of these groups, or one of them, that is not done yet.

        Raises:
            ConfigError: There is no training of the name ``only`` among them.
            StateError: A parent of an earlier stage is missing, or a training failed.
        """
        asked = {name: one for name, one in self.trainings.items() if one.group in groups}
        if only is not None:
            asked = {only: _find(only, asked)}
        todo = {name: one for name, one in asked.items() if not self._is_done(one, say=True)}
        for one in todo.values():
            self._check_parents(one, todo)
        if todo and self.launcher is None:
            if self.num_processes > 1:  # torch.distributed has advice on each parameter that rests
                os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
            import musasr.training.train  # noqa: F401  (imports ESPnet once, before the processes fork)
        self._run_side_by_side(todo)

    def _run_side_by_side(self, todo: dict[str, Training]) -> None:
        slots = self._count_slots(len(todo))
        threads = max(1, self.num_jobs // (1 if self.launcher else slots))
        running: dict[str, Process] = {}
        failed: dict[str, int] = {}
        try:
            while todo or running:
                for name in _ready(todo, running, self._num_epochs())[: slots - len(running)]:
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
        if self.ngpu:  # their memory is planned for one training, and it uses all that are given
            return 1
        return max(1, min(self.num_jobs // self.num_processes, num_trainings))

    def _num_epochs(self) -> dict[str, int]:
        """How long each training is, roughly: a cascade is only put together."""
        sections = self.config["training"]
        return {
            name: 0 if one.section is None else sections[one.section]["max_epoch"]
            for name, one in self.trainings.items()
        }

    def _start(self, name: str, *, threads: int) -> Process:
        if self.launcher is not None:
            return self.launcher.start(name, threads=threads, ngpu=self.ngpu)
        return processes.start(train_here, self, name, threads, name=name, on_gpu=self.ngpu > 0)

    def _reap(self, running: dict[str, Process]) -> dict[str, int]:
        """Take finished trainings out; the exit statuses of those that failed."""
        over = {name: process for name, process in running.items() if not process.is_alive()}
        for name, process in over.items():
            process.join()
            del running[name]
            if self.launcher is not None:
                print(f"{name}: {'failed' if process.exitcode else 'done'}", file=sys.stderr, flush=True)
        return {name: process.exitcode for name, process in over.items() if process.exitcode}

    def _is_done(self, one: Training, *, say: bool = False) -> bool:
        done = done_marks.is_done(self.workdir.training(one.name), one.settings(self.config, self.trainings))
        if done and say:
            print(f"{one.name}: already done", file=sys.stderr)
        return done

    def _check_parents(self, one: Training, todo: Mapping[str, Training]) -> None:
        for name in one.parents:
            parent = self.trainings[name]
            if name not in todo and not self._is_done(parent):
                mend = f"run musasr train {parent.group} with the same --systems"
                raise StateError(f"{one.name} starts from {name}, which is not trained", mend=mend)


def _find(name: str, trainings: Mapping[str, Training]) -> Training:
    if name not in trainings:
        mend = f"name one of {', '.join(trainings)}"
        raise ConfigError(f"{name!r} is no training of these groups and systems", where="--only", mend=mend)
    return trainings[name]


def _ready(
    todo: Mapping[str, Training], running: Collection[str], num_epochs: Mapping[str, int]
) -> list[str]:
    """What can start now, first what most epochs are ahead of: its own and those of a chain that waits."""
    names = [
        name
        for name, one in todo.items()
        if not any(parent in todo or parent in running for parent in one.parents)
    ]
    return sorted(names, key=lambda name: -_longest_chain(name, todo, num_epochs))


def _longest_chain(name: str, todo: Mapping[str, Training], num_epochs: Mapping[str, int]) -> int:
    """Epochs from the start of this training to the end of the last that waits for it, were all else done."""
    children = [child for child, one in todo.items() if name in one.parents]
    after = max((_longest_chain(child, todo, num_epochs) for child in children), default=0)
    return num_epochs[name] + after


def _without_children(failed: Collection[str], todo: dict[str, Training]) -> dict[str, Training]:
    """What can still be done where these failed; the parents of a training stand before it."""
    lost = set(failed)
    for name, one in todo.items():
        if lost.intersection(one.parents):
            lost.add(name)
    return {name: one for name, one in todo.items() if name not in lost}


def _failure(failed: Mapping[str, int], launcher: Launcher | None) -> StateError:
    names = " and ".join(f"{name} failed (exit status {code})" for name, code in failed.items())
    logs = ", ".join(str(launcher.log(name)) for name in failed) if launcher else "the lines above"
    return StateError(f"training {names}", mend=f"see {logs}")


def train_here(driver: Driver, name: str, threads: int) -> None:
    """Do one training on this machine: in this process, or in several that it starts."""
    from musasr.training.distributed import Replica, replicas_here

    with processes.explained(name):
        replicas = replicas_here(driver.num_processes, on_gpu=driver.ngpu > 0)
        if driver.trainings[name].section is None:  # put together, not trained
            replicas = [Replica(on_gpu=replicas[0].on_gpu)] if replicas[0].is_first else []
        if len(replicas) == 1:
            _train_as(driver, name, threads, replicas[0])
            return
    threads_each = max(1, threads // max(1, len(replicas)))
    several = [(driver, name, threads_each, replica) for replica in replicas]
    status = processes.run_together(_train_as_one_of_several, several, name=name, on_gpu=driver.ngpu > 0)
    if status:
        sys.exit(status)


def _train_as_one_of_several(driver: Driver, name: str, threads: int, replica: "Replica") -> None:
    """The body of one of a training's several processes."""
    with processes.explained(name):
        _train_as(driver, name, threads, replica)


def _train_as(driver: Driver, name: str, threads: int, replica: "Replica") -> None:
    from musasr.training.train import train_model

    train_model(
        name,
        driver.trainings,
        driver.config,
        driver.workdir,
        threads=threads,
        ngpu=driver.ngpu,
        replica=replica,
    )
