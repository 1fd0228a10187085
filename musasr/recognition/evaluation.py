"""Every system on every test condition that the tables ask of it, several at a time."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from musasr.atomic import sweep
from musasr.errors import StateError
from musasr.parallel import WHOLE, JobPart, end_with_parent, killed_workers_named
from musasr.recipe import done_marks
from musasr.recipe.conditions import Condition, conditions_of
from musasr.recipe.decoding import gate_recognizer_of
from musasr.recipe.run import Run
from musasr.recipe.systems import find_system

if TYPE_CHECKING:
    from musasr.recognition.condition import ConditionRecognizer

# How the work is cut up changes no result, since padding and batches do not.
EXECUTION_KEYS = ("batch_seconds", "separate_seconds", "threads_per_job", "keep_audio")
Job = tuple[str, Condition]


@dataclass(frozen=True)
class Evaluation:
    """What recognition does of a run: all of it, or a part."""

    run: Run
    part: JobPart = WHOLE

    def recognize(self) -> None:
        """Do what is not done yet of the part, ``nj`` conditions at a time.

        Raises:
            StateError: A system is not trained, or with another configuration; a process was killed.
        """
        jobs = [job for job in self.part.of(list(self._jobs())) if not self._is_done(*job)]
        if not jobs:
            print(f"recognition: {self._nothing_left()}", file=sys.stderr)
            return
        import musasr.recognition.condition  # noqa: F401  (imports ESPnet once, before the processes fork)

        asked = self.run.asked
        slots = 1 if asked.ngpu else min(asked.nj, len(jobs))
        started = time.monotonic()
        # A forked process cannot use a GPU that its parent has touched; a spawned one imports anew.
        context = multiprocessing.get_context("spawn" if asked.ngpu else "fork")
        pool = ProcessPoolExecutor(slots, context, initializer=_begin, initargs=(self,))
        with _ended_on_error(pool), killed_workers_named():
            futures = [pool.submit(_recognize, job) for job in jobs]
            for count, future in enumerate(as_completed(futures), start=1):
                left = (time.monotonic() - started) / count * (len(jobs) - count)
                done = f"{count} of {len(jobs)}, ETA {left:.0f} s"
                print(f"{future.result()} | {done}", file=sys.stderr, flush=True)

    def check_complete(self) -> None:
        """Say how many conditions are recognised.

        Raises:
            StateError: One is not: a part is missing.
        """
        jobs = list(self._jobs())
        missing = [job for job in jobs if not self._is_done(*job)]
        if missing:
            system, condition = missing[0]
            what = f"{len(missing)} of {len(jobs)} conditions are not recognised (first: {condition.name})"
            raise StateError(what, where=system, mend="run musasr recognize again: it does what is missing")
        print(f"recognition: all {len(jobs)} conditions are there", file=sys.stderr)

    def mark_done(self, system: str, condition: Condition) -> None:
        """Note that a condition is recognised, and with which settings."""
        done_marks.mark_done(self.run.workdir.decode(system, condition.name), self._settings(system))

    def _nothing_left(self) -> str:
        if self.part.number == 0:
            return "the systems are trained"
        return "already done" if self.part.is_whole else f"{self.part} already done"

    def _jobs(self) -> Iterator[Job]:
        """Every system under every condition, once it is known to be trained."""
        for run, name in [*self._gate_trainings(), *((self.run, one.name) for one in self.run.systems)]:
            if not run.is_trained(name):
                mend = f"run musasr train separators recognizers joint --systems {name}"
                raise StateError(f"{name} is not trained", mend=mend)
        for system in self.run.systems:
            for condition in conditions_of(system.name, self.run.config):
                yield system.name, condition

    def _gate_trainings(self) -> list[tuple[Run, str]]:
        """The recogniser that reads what the gate lets through, and what it is made from."""
        name = gate_recognizer_of(self.run.config["decode"])
        if name is None:
            return []
        system = find_system(name, self.run.config, where="decode.gate_recognizer")
        own = self.run.with_systems([system])
        return [(own, training) for training in own.trainings]

    def _settings(self, system: str) -> dict[str, Any]:
        """All that a condition's results depend on."""
        config = self.run.config
        return {
            "system": self.run.settings(system),
            "mixing": config["mixing"]["test"],
            "decode": {key: value for key, value in config["decode"].items() if key not in EXECUTION_KEYS},
            **{name: run.settings(name) for run, name in self._gate_trainings()},
        }

    def _is_done(self, system: str, condition: Condition) -> bool:
        return done_marks.is_done(self.run.workdir.decode(system, condition.name), self._settings(system))


# What a process of the pool works with; it does many jobs and reads things once.
_evaluation: Evaluation
_recognizer: "ConditionRecognizer"


def _begin(evaluation: Evaluation) -> None:
    """Make a process of the pool ready. Ctrl-C is heard by the parent, which ends its workers."""
    global _evaluation, _recognizer
    from musasr.recognition.condition import ConditionRecognizer

    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if evaluation.run.asked.ngpu:
        _take_gpu(evaluation.part)
    _evaluation, _recognizer = evaluation, ConditionRecognizer(evaluation.run)


def _recognize(job: Job) -> str:
    """A job in its own process; returns a line about it."""
    system, condition = job
    started = time.monotonic()
    sweep(_evaluation.run.workdir.decode(system, condition.name), below=True)
    duration = _recognizer(system, condition)
    _evaluation.mark_done(system, condition)
    seconds = time.monotonic() - started
    speed = f"{duration:.0f} s of audio in {seconds:.0f} s ({duration / seconds:.0f} x real time)"
    return f"{system} {condition.name}: {speed}"


@contextmanager
def _ended_on_error(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Have an executor's processes end with the work, and at once where it is given up."""
    try:
        yield
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _take_gpu(part: JobPart) -> None:
    """Let parts on one machine with several GPUs take them in turn; Slurm shows each part its own alone."""
    import torch

    torch.cuda.set_device((part.number - 1) % max(1, torch.cuda.device_count()))
