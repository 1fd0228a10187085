"""Several runs of one recipe, which differ in their seeds, as one test set of all their utterances."""

from collections.abc import Mapping, Sequence

import numpy as np

from musasr.errors import ConfigError
from musasr.metrics.recognition import ErrorRate
from musasr.recipe.conditions import Condition
from musasr.recipe.systems import System
from musasr.report import results
from musasr.report.finished_run import FinishedRun, differences
from musasr.report.measurement import SEPARATION_SCORES, Measurement, TestSpeech, read_test_speech

OWN_KEYS = ("seed",)  # of a configuration, in which runs that are pooled may differ


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
