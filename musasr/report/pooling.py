"""Several runs of one recipe, which differ in their seeds, as one test set of all their utterances."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musasr.errors import ConfigError, StateError
from musasr.metrics.recognition import ErrorRate
from musasr.recipe.conditions import Condition
from musasr.recipe.systems import System
from musasr.recipe.workdir import Workdir
from musasr.report import results
from musasr.report.measurement import SEPARATION_SCORES, Measurement, TestSpeech, read_test_speech

OWN_KEYS = ("seed",)  # of a configuration, in which runs that are pooled may differ


@dataclass(frozen=True)
class FinishedRun:
    """A run whose report is written.

    Attributes:
        workdir: Where it stands, and which of its decodings is meant.
        results: Its results.json.
    """

    workdir: Workdir
    results: dict

    @classmethod
    def read(cls, directory: Path, decoding: str | None = None) -> "FinishedRun":
        """The run of a working directory.

        Args:
            directory: It.
            decoding: The name of its decode settings; None: the plain ones.

        Raises:
            StateError: It has no results.json that can be read.
        """
        workdir = Workdir(directory, decoding)
        path, mend = workdir.results / "results.json", "run musasr report there"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            run = cls(workdir, found)
            _ = found["config"]["seed"], found["commit"], run.entries
        except FileNotFoundError as error:
            raise StateError("no such file", where=path, mend=mend) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StateError(f"is no results.json ({error!r})", where=path, mend=mend) from error
        return run

    @property
    def directory(self) -> Path:
        """Its working directory."""
        return self.workdir.root

    @property
    def title(self) -> str:
        """Where it stands, and with which decode settings, if not the plain ones."""
        return f"{self.directory}, {self.workdir.decoding}" if self.workdir.decoding else str(self.directory)

    @property
    def config(self) -> dict:
        """The resolved recipe."""
        return self.results["config"]

    @property
    def entries(self) -> dict[System, dict]:
        """System -> its entry of results.json."""
        names = ("front_end", "back_end", "fine_tune")
        return {System(*(entry[name] for name in names)): entry for entry in self.results["systems"]}


def pool(runs: Sequence[FinishedRun]) -> dict:
    """What results.json would hold of one test set with the utterances of all runs.

    A run's speakers are its own, so that a bootstrap draws runs with them; matched pairs are the two systems
    of a run on an utterance.

    Args:
        runs: Two or more, of the same recipe with other seeds.

    Returns:
        What :func:`musasr.report.results.summarise` returns, of the systems that all runs have (their
        ``train_seconds`` are means), ``left_out``: names of the others, and ``runs``: of each its
        ``directory``, ``seed``, ``commit`` and ``systems``.

    Raises:
        ConfigError: There are fewer than two, they differ in more than seeds, or have no system in common.
        StateError: A run's test set or decodings are not there.
    """
    _same_recipe(runs)
    seconds = {
        system: float(np.mean([one.entries[system]["train_seconds"] for one in runs]))
        for system in runs[0].entries
        if all(system in one.entries for one in runs)
    }
    if not seconds:
        what = "these runs have no system in common"
        raise ConfigError(what, where=runs[1].directory, mend="report the same --systems in each")
    speech, measurements = _measure(runs, tuple(seconds))
    commits = ", ".join(dict.fromkeys(one.results["commit"] for one in runs))
    found = results.summarise(runs[0].config, commits, measurements, speech, seconds=seconds)
    everything = dict.fromkeys(system for one in runs for system in one.entries)
    left_out = [system.name for system in everything if system not in seconds]
    return found | {"left_out": left_out, "runs": [_entry(one, seconds) for one in runs]}


def _entry(run: FinishedRun, systems: Mapping[System, float]) -> dict:
    return {
        "directory": str(run.directory),
        "seed": run.config["seed"],
        "commit": run.results["commit"],
        "systems": [run.entries[system] for system in systems],
    }


def _same_recipe(runs: Sequence[FinishedRun]) -> None:
    if len(runs) < 2:
        raise ConfigError("one run has no spread", mend="name the working directories of two or more")
    first = runs[0]
    seeds = {first.config["seed"]: first.directory}
    for other in runs[1:]:
        keys = (key for key, *_ in differences(first.config, other.config) if key not in OWN_KEYS)
        if (key := next(keys, None)) is not None:
            what = f"{key} is another one than in {first.directory}"
            raise ConfigError(what, where=other.directory, mend="pool runs that differ in their seeds alone")
        seed = other.config["seed"]
        if seed in seeds:
            what = f"has the seed of {seeds[seed]}, {seed}: its utterances would count twice"
            raise ConfigError(what, where=other.directory, mend="run it with --set seed=N")
        seeds[seed] = other.directory


def differences(
    one: Mapping[str, Any], other: Mapping[str, Any], key: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield each key (with dots) at which two configurations differ, and both values (None: not there)."""
    for name in dict.fromkeys([*one, *other]):
        path = f"{key}.{name}" if key else name
        before, after = one.get(name), other.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from differences(before, after, path)
        elif before != after:
            yield path, before, after


def _measure(
    runs: Sequence[FinishedRun], systems: Sequence[System]
) -> tuple[TestSpeech, dict[tuple[str, Condition], Measurement]]:
    """Every run's references and measurements, one behind the other."""
    speeches = [read_test_speech(one.workdir.speech("test")) for one in runs]
    measured = [
        results.measure_all(systems, one.config, workdir=one.workdir, speech=speech)
        for one, speech in zip(runs, speeches, strict=True)
    ]
    named = dict(zip((one.config["seed"] for one in runs), speeches, strict=True))
    references = {
        f"{seed} {key}": text for seed, one in named.items() for key, text in one.references.items()
    }
    speakers = [f"{seed} {speaker}" for seed, one in named.items() for speaker in one.speakers]
    pooled = {key: _pooled([one[key] for one in measured]) for key in measured[0]}
    return TestSpeech(references, speakers), pooled


def _pooled(parts: Sequence[Measurement]) -> Measurement:
    words, characters = ([getattr(one, name) for one in parts] for name in ("words", "characters"))
    separation = {score: [one.separation[score] for one in parts] for score in SEPARATION_SCORES}
    return Measurement(
        words=None if words[0] is None else ErrorRate.pooled(words),
        characters=None if characters[0] is None else ErrorRate.pooled(characters),
        separation={
            score: None if any(one is None for one in found) else np.concatenate(found)
            for score, found in separation.items()
        },
    )
