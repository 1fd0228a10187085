"""Recognition: every system on every test condition that the tables ask of it, several at a time."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musasr.errors import StateError
from musasr.parallel import WHOLE, JobPart
from musasr.recipe import done_marks
from musasr.recipe.conditions import Condition, conditions_of
from musasr.recipe.decoding import gate_recognizer_of
from musasr.recipe.systems import TABLE_ONE, System
from musasr.recipe.training_graph import Training, trainings_for
from musasr.recipe.workdir import Workdir

# How the work is cut up changes no result, since padding and batches do not.
EXECUTION_KEYS = ("batch_seconds", "separate_seconds", "threads_per_job", "keep_audio")
Job = tuple[str, Condition]


@dataclass(frozen=True)
class Evaluation:
    """What the jobs of a run share."""

    config: Mapping[str, Any]
    workdir: Workdir
    trainings: Mapping[str, Training]
    num_jobs: int
    ngpu: int
    part: JobPart = WHOLE

    def run(self, systems: Sequence[System]) -> None:
        """Do what is not done yet of the share, ``num_jobs`` conditions at a time.

        Raises:
            StateError: A system is not trained, or was trained with another configuration.
        """
        all_jobs = list(self._jobs(systems))
        jobs = [job for job in self.part.of(all_jobs) if not self._is_done(*job)]
        if not jobs:
            self._say_nothing_is_left()
            return
        import musasr.recognition.condition  # noqa: F401  (imports ESPnet once, before the processes fork)

        slots = 1 if self.ngpu else min(self.num_jobs, len(jobs))
        started = time.monotonic()
        # A forked process cannot use a GPU that its parent has touched; a spawned one imports anew.
        context = multiprocessing.get_context("spawn" if self.ngpu else "fork")
        with context.Pool(slots, initializer=_leave_signals_to_parent) as pool:
            for count, line in enumerate(pool.imap_unordered(self._evaluate, jobs), start=1):
                left = (time.monotonic() - started) / count * (len(jobs) - count)
                print(f"{line} | {count} of {len(jobs)}, ETA {left:.0f} s", file=sys.stderr, flush=True)

    def _say_nothing_is_left(self) -> None:
        if self.part.number == 0:
            print("recognition: the systems are trained", file=sys.stderr)
        else:
            which = "" if self.part.is_whole else f"{self.part} "
            print(f"recognition: {which}already done", file=sys.stderr)

    def check_complete(self, systems: Sequence[System]) -> None:
        """Say how many conditions are recognised.

        Raises:
            StateError: One is not: a part is missing.
        """
        jobs = list(self._jobs(systems))
        missing = [job for job in jobs if not self._is_done(*job)]
        if missing:
            system, condition = missing[0]
            what = f"{len(missing)} of {len(jobs)} conditions are not recognised (first: {condition.name})"
            raise StateError(what, where=system, mend="run musasr recognize again: it does what is missing")
        print(f"recognition: all {len(jobs)} conditions are there", file=sys.stderr)

    def _jobs(self, systems: Sequence[System]) -> Iterator[Job]:
        for name in self._gate_trainings():
            self._check_trained(name, self._gate_trainings())
        for system in systems:
            self._check_trained(system.name, self.trainings)
            for condition in conditions_of(system.name, genres=self.config["mixing"]["test"]["genres"]):
                yield system.name, condition

    def _gate_trainings(self) -> dict[str, Training]:
        """The recogniser that reads what the gate lets through, and those that it is made from, by name."""
        name = gate_recognizer_of(self.config["decode"])
        return {} if name is None else trainings_for([TABLE_ONE[name]], self.config)

    def _check_trained(self, name: str, trainings: Mapping[str, Training]) -> None:
        settings = trainings[name].settings(self.config, trainings)
        if not done_marks.is_done(self.workdir.training(name), settings):
            mend = "run musasr train separators recognizers joint with the same --systems"
            raise StateError(f"{name} is not trained", mend=mend)

    def _settings(self, system: str) -> dict[str, Any]:
        """All that a condition's results depend on."""
        settings = {
            "system": self.trainings[system].settings(self.config, self.trainings),
            "mixing": self.config["mixing"]["test"],
            "decode": {
                key: value for key, value in self.config["decode"].items() if key not in EXECUTION_KEYS
            },
        }
        for name, training in self._gate_trainings().items():
            settings[name] = training.settings(self.config, self._gate_trainings())
        return settings

    def _is_done(self, system: str, condition: Condition) -> bool:
        return done_marks.is_done(self.workdir.decode(system, condition.name), self._settings(system))

    def _evaluate(self, job: Job) -> str:
        """A job in its own process; returns a line about it."""
        from musasr.recognition.condition import recognize_condition

        system, condition = job
        started = time.monotonic()
        if self.ngpu:
            _take_gpu(self.part)
        duration = recognize_condition(self.config, self.workdir, system, condition, ngpu=self.ngpu)
        done_marks.mark_done(self.workdir.decode(system, condition.name), self._settings(system))
        seconds = time.monotonic() - started
        speed = f"{duration:.0f} s of audio in {seconds:.0f} s ({duration / seconds:.0f} x real time)"
        return f"{system} {condition.name}: {speed}"


def _take_gpu(part: JobPart) -> None:
    """Let parts on one machine with several GPUs take them in turn; Slurm shows each part its own alone."""
    import torch

    torch.cuda.set_device((part.number - 1) % max(1, torch.cuda.device_count()))


def _leave_signals_to_parent() -> None:
    """Ctrl-C is heard by the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
