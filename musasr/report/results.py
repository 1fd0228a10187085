"""results.json: every measured figure of a working directory, and the files that show them."""

import json
from collections.abc import Sequence
from pathlib import Path

from musasr.atomic import write_json, write_text
from musasr.errors import StateError
from musasr.recipe.conditions import GENRES, Condition, conditions_of, genres_of, under
from musasr.recipe.systems import System
from musasr.recipe.workdir import Workdir
from musasr.report import figures, html, tables
from musasr.report.measurement import Measurement, TestSpeech, confidence, measure, read_test_speech
from musasr.report.paper import claims, verdicts


def collect(
    config: dict,
    workdir: Path,
    systems: Sequence[System],
    commit: str,
    *,
    genres: Sequence[str] = GENRES,
    seed: int = 0,
    decoding: str | None = None,
) -> dict:
    """Return what results.json holds.

    Args:
        config: The resolved configuration, kept beside the figures.
        workdir: Where data/ and exp/ are.
        systems: The systems to report, in Table I's order.
        commit: The commit that made them.
        genres: Genres of Table II that the test data has.
        seed: Of the bootstrap and the significance tests.
        decoding: Name of the decode settings that are reported; None for the plain ones.

    Returns:
        ``config``, ``commit``, ``systems`` (one entry a system, with ``results`` per condition and
        ``averages`` over the SNRs of each kind of music, clean left out), ``claims`` and ``aims`` (see
        :mod:`musasr.report.paper.claims`).

    Raises:
        StateError: A system is not trained, or a condition is not (wholly) decoded.
    """
    workdir, folders = Path(workdir), Workdir(Path(workdir), decoding)
    train_seconds = {system.name: _train_seconds(system.name, workdir / "exp") for system in systems}
    speech = read_test_speech(workdir / "data" / "speech" / "test")
    measurements = {
        (system.name, condition): measure(system.name, condition, workdir=folders, speech=speech)
        for system in systems
        for condition in conditions_of(system.name, genres)
    }
    return {
        "config": config,
        "commit": commit,
        "systems": [
            _system(system, train_seconds[system.name], measurements, speech, seed) for system in systems
        ],
        "claims": claims.judge_all(claims.CLAIMS, measurements, speech, seed=seed),
        "aims": claims.judge_all(claims.AIMS, measurements, speech, seed=seed),
    }


def write(results: dict, directory: Path) -> list[Path]:
    """Write results.json, table1.md, table2.md, the figures and report.html, each atomically.

    Args:
        results: What :func:`collect` returned.
        directory: <workdir>/results or results-NAME; training curves are taken from exp/ beside it,
            recordings to listen to from audio/ in it.

    Returns:
        The files, report.html last.
    """
    directory = Path(directory)
    paths = {name: directory / name for name in ("results.json", "table1.md", "table2.md", "report.html")}
    write_json(paths["results.json"], results)
    claim_list = verdicts.markdown(results)
    write_text(paths["table1.md"], tables.markdown(tables.table1(results)) + "\n" + claim_list)
    write_text(paths["table2.md"], tables.markdown(tables.table2(results)))
    drawn = figures.draw(results, directory)
    write_text(paths["report.html"], html.render(results, figures=drawn, directory=directory))
    return [paths["results.json"], paths["table1.md"], paths["table2.md"], *drawn, paths["report.html"]]


def _system(system: System, train_seconds: float, measurements: dict, speech: TestSpeech, seed: int) -> dict:
    """Return one entry of ``systems``."""
    own = {condition: one for (name, condition), one in measurements.items() if name == system.name}
    return {
        "front_end": system.front_end,
        "back_end": system.back_end,
        "fine_tune": system.fine_tune,
        "train_seconds": train_seconds,
        "results": [_result(condition, one, speech, seed) for condition, one in own.items()],
        "averages": [_average(music, own, speech, seed) for music in ("anime", *genres_of(own))],
    }


def _result(condition: Condition, measurement: Measurement, speech: TestSpeech, seed: int) -> dict:
    """Return one condition's entry; SDRs are means over utterances."""
    separation = {
        score: None if values is None else float(values.mean())
        for score, values in measurement.separation.items()
    }
    return {
        "test_set": condition.test_set,
        "genre": condition.genre,
        "snr_db": condition.snr_db,
        "wer": float(measurement.words.percent),
        "wer_ci95": list(confidence([measurement], speech, seed=seed)),
        "cer": float(measurement.characters.percent),
        **separation,
        "num_utterances": len(speech.references),
        "num_words": int(measurement.words.num_tokens),
    }


def _average(music: str, own: dict, speech: TestSpeech, seed: int) -> dict:
    """Return the mean WER of the three conditions of one kind of music."""
    first, measurements = under(music)[0], [own[condition] for condition in under(music)]
    wer = sum(float(one.words.percent) for one in measurements) / len(measurements)
    interval = list(confidence(measurements, speech, seed=seed))
    return {"test_set": first.test_set, "genre": first.genre, "wer": wer, "wer_ci95": interval}


def _train_seconds(system: str, exp: Path) -> float:
    """Return how long the system took to train, with everything that it was built from."""
    path = exp / system / "training.json"
    mend = f"run musasr train separators recognizers joint --systems {system}"
    if not path.is_file():
        raise StateError(f"system {system} is not trained", where=path, mend=mend)
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["train_seconds"])
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"system {system}: no train_seconds in it ({error})", where=path, mend=mend
        ) from error
