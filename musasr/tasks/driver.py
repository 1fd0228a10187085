"""Runs the trainings of one or more stages: parents before children, independent ones side by side."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any

from musasr import steps
from musasr.errors import MusasrError, StateError
from musasr.trainings import RECOGNIZERS, SEPARATORS, Training
from musasr.workdir import Workdir

STAGES = {SEPARATORS: 4, RECOGNIZERS: 5}
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Driver:
    """What the trainings of a run share."""

    config: Mapping[str, Any]
    workdir: Workdir
    trainings: Mapping[str, Training]
    num_jobs: int
    ngpu: int

    def run(self, groups: Collection[str]) -> None:
        """Do every training of these groups that is not done yet.

        Raises:
            StateError: A parent of an earlier stage is missing, or a training failed.
        """
        todo = {
            name: one
            for name, one in self.trainings.items()
            if one.group in groups and not self._is_done(one, say=True)
        }
        for one in todo.values():
            self._check_parents(one, todo)
        if todo:
            import musasr.tasks.one  # noqa: F401  (imports ESPnet once, before the processes fork)
        self._run_side_by_side(todo)

    def _run_side_by_side(self, todo: dict[str, Training]) -> None:
        # One at a time on GPUs: their memory is planned for one training, and it uses all that are given.
        slots = 1 if self.ngpu else max(1, min(self.num_jobs, len(todo)))
        running: dict[str, BaseProcess] = {}
        try:
            while todo or running:
                for name in _ready(todo, running)[: slots - len(running)]:
                    running[name] = self._start(name, threads=max(1, self.num_jobs // slots))
                    del todo[name]
                _reap(running)
                time.sleep(POLL_SECONDS)
        finally:
            for process in running.values():
                process.terminate()
                process.join()

    def _start(self, name: str, *, threads: int) -> BaseProcess:
        # A forked process cannot use a GPU that its parent has touched; a spawned one imports anew.
        context = multiprocessing.get_context("spawn" if self.ngpu else "fork")
        process = context.Process(target=_train, args=(self, name, threads), name=name)
        process.start()
        return process

    def _is_done(self, one: Training, *, say: bool = False) -> bool:
        done = steps.is_done(self.workdir.training(one.name), one.settings(self.config, self.trainings))
        if done and say:
            print(f"{one.name}: already done", file=sys.stderr)
        return done

    def _check_parents(self, one: Training, todo: Mapping[str, Training]) -> None:
        for name in one.parents:
            parent = self.trainings[name]
            if name not in todo and not self._is_done(parent):
                mend = f"run stage {STAGES[parent.group]} with the same --systems"
                raise StateError(f"{one.name} starts from {name}, which is not trained", mend=mend)


def _ready(todo: Mapping[str, Training], running: Collection[str]) -> list[str]:
    """What can start now, those first that the longest chain of others waits for."""
    names = [
        name
        for name, one in todo.items()
        if not any(parent in todo or parent in running for parent in one.parents)
    ]
    return sorted(names, key=lambda name: -_generations(name, todo))


def _generations(name: str, todo: Mapping[str, Training]) -> int:
    """How many trainings one after another wait for this one."""
    return max(
        (1 + _generations(child, todo) for child, one in todo.items() if name in one.parents), default=0
    )


def _train(driver: Driver, name: str, threads: int) -> None:
    """The body of a training's process."""
    from musasr.tasks.one import train_one

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends this process
    try:
        train_one(name, driver.trainings, driver.config, driver.workdir, threads=threads, ngpu=driver.ngpu)
    except MusasrError as error:
        print(f"musasr: {name}: {error}", file=sys.stderr)
        sys.exit(1)


def _reap(running: dict[str, BaseProcess]) -> None:
    """Take finished processes out; the first failure ends the stage."""
    for name, process in list(running.items()):
        if process.is_alive():
            continue
        process.join()
        del running[name]
        if process.exitcode != 0:
            raise StateError(
                f"training {name} failed (exit status {process.exitcode})", mend="see the lines above"
            )
