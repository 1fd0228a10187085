"""results.json: every measured figure of a run, and the files that show them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.atomic import write_json, write_text
from musasr.errors import StateError
from musasr.recipe.conditions import MAIN_GENRE, Condition, conditions_of, genres_of, snrs_of, under
from musasr.recipe.run import Run
from musasr.recipe.systems import System
from musasr.recipe.workdir import Workdir
from musasr.report import figures, html, tables
from musasr.report.measurement import Measurement, TestSpeech, confidence, measure, read_test_speech
from musasr.report.paper import claims, verdicts
from musasr.report.paper.comparisons import Evidence
from musasr.report.paper.numbers import Paper

Measurements = Mapping[tuple[str, Condition], Measurement]


def collect(run: Run, commit: str) -> dict:
    """What results.json holds.

    Args:
        run: Whose systems are reported.
        commit: The commit that made them.

    Returns:
        ``config``, ``commit``, ``systems`` (one entry a system, with ``results`` per condition and
        ``averages`` over the SNRs of each kind of music, clean left out), ``claims`` and ``aims`` (see
        :mod:`musasr.report.paper.claims`).

    Raises:
        StateError: A system is not trained, or a condition is not (wholly) recognised.
    """
    seconds = {system: _train_seconds(system.name, run.workdir) for system in run.systems}
    speech = read_test_speech(run.workdir.speech("test"))
    measurements = measure_all(run.systems, run.config, workdir=run.workdir, speech=speech)
    return summarise(run.config, commit, measurements, speech, seconds=seconds)


def measure_all(
    systems: Sequence[System], config: Mapping[str, Any], *, workdir: Workdir, speech: TestSpeech
) -> dict[tuple[str, Condition], Measurement]:
    """Count the errors of systems under every condition that a recipe asks of them.

    Raises:
        StateError: A condition is not (wholly) recognised.
    """
    return {
        (system.name, condition): measure(system, condition, workdir=workdir, speech=speech)
        for system in systems
        for condition in conditions_of(system.name, config)
    }


def summarise(
    config: Mapping[str, Any],
    commit: str,
    measurements: Measurements,
    speech: TestSpeech,
    *,
    seconds: Mapping[System, float],
) -> dict:
    """What results.json holds of these measurements.

    Args:
        config: The resolved recipe.
        commit: The commit that made them.
        measurements: (system, condition) -> what was measured.
        speech: The references that they were scored against.
        seconds: system -> how long it took to train; those that are reported, in their order.
    """
    paper = Paper.load(config["report"]["paper"])
    evidence = Evidence(measurements, speech, snrs_of(config), paper, config["seed"])
    return {
        "config": config,
        "commit": commit,
        "systems": [_system(one, seconds[one], evidence) for one in seconds],
        "claims": claims.judge_all(claims.read_claims(paper.claims), evidence),
        "aims": claims.judge_all(claims.read_claims(paper.aims), evidence),
    }


def write(results: dict, workdir: Workdir) -> list[Path]:
    """Write results.json, table1.md, table2.md, the figures and report.html, each atomically.

    Args:
        results: What :func:`collect` returned.
        workdir: Its folder ``results`` gets them; training curves and recordings are taken from it.

    Returns:
        The files, report.html last.
    """
    directory = workdir.results
    paper = Paper.load(results["config"]["report"]["paper"])
    paths = {name: directory / name for name in ("results.json", "table1.md", "table2.md", "report.html")}
    write_json(paths["results.json"], results)
    one, two = tables.table1(results, paper), tables.table2(results, paper)
    write_text(paths["table1.md"], tables.markdown(one) + "\n" + verdicts.markdown(results))
    write_text(paths["table2.md"], tables.markdown(two))
    drawn = figures.draw(results, paper, directory)
    page = html.render(results, [one, two], paper, figures=drawn, workdir=workdir)
    write_text(paths["report.html"], page)
    return [paths["results.json"], paths["table1.md"], paths["table2.md"], *drawn, paths["report.html"]]


def _system(system: System, train_seconds: float, evidence: Evidence) -> dict:
    """One entry of ``systems``."""
    own = {condition: one for (name, condition), one in evidence.measurements.items() if name == system.name}
    return {
        "front_end": system.front_end,
        "back_end": system.back_end,
        "fine_tune": system.fine_tune,
        "train_seconds": train_seconds,
        "results": [_result(condition, one, evidence) for condition, one in own.items()],
        "averages": [
            _average([(one, own[one]) for one in under(music, evidence.snrs_db)], evidence)
            for music in (MAIN_GENRE, *genres_of(own))
        ],
    }


def _result(condition: Condition, measurement: Measurement, evidence: Evidence) -> dict:
    """One condition's entry; SDRs are means over utterances; null is a score that the system has not."""
    separation = {
        score: None if values is None else float(values.mean())
        for score, values in measurement.separation.items()
    }
    words, characters = measurement.words, measurement.characters
    return {
        "test_set": condition.test_set,
        "genre": condition.genre,
        "snr_db": condition.snr_db,
        "wer": None if words is None else float(words.percent),
        "wer_ci95": None if words is None else _interval([measurement], evidence),
        "cer": None if characters is None else float(characters.percent),
        **separation,
        "num_utterances": len(evidence.speech.references),
        "num_words": evidence.speech.num_words,
    }


def _average(measured: Sequence[tuple[Condition, Measurement]], evidence: Evidence) -> dict:
    """The mean WER over the SNRs of one kind of music."""
    first, measurements = measured[0][0], [one for _, one in measured]
    entry = {"test_set": first.test_set, "genre": first.genre}
    if not all(one.has("wer") for one in measurements):
        return entry | {"wer": None, "wer_ci95": None}
    wer = sum(float(one.words.percent) for one in measurements) / len(measurements)
    return entry | {"wer": wer, "wer_ci95": _interval(measurements, evidence)}


def _interval(measurements: Sequence[Measurement], evidence: Evidence) -> list[float]:
    return list(confidence(measurements, evidence.speech, seed=evidence.seed))


def _train_seconds(system: str, workdir: Workdir) -> float:
    """How long the system took to train, with everything that it was built from."""
    path = workdir.summary(system)
    mend = f"run musasr train separators recognizers joint --systems {system}"
    if not path.is_file():
        raise StateError(f"system {system} is not trained", where=path, mend=mend)
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["train_seconds"])
    except (ValueError, KeyError, TypeError) as error:
        what = f"system {system}: no train_seconds in it ({error})"
        raise StateError(what, where=path, mend=mend) from error
