"""What ``musasr prepare`` does: corpora into data dirs, the plan of test mixtures, units."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.atomic import write_text
from musasr.corpora.contract import MAIN_GENRE, SETS, TRAINING_SETS, Skipped
from musasr.corpora.readers import call_reader, each_corpus
from musasr.errors import DataError, StateError, check_room
from musasr.kaldi import is_music_dir, read_music_dir, read_table, read_utterances, validate
from musasr.mixing.plan import draw_plan, write_plan
from musasr.mixing.rooms import Rooms
from musasr.mixing.testset import test_libraries
from musasr.parallel import WHOLE, JobPart
from musasr.recipe import config as configuration
from musasr.recipe import done_marks
from musasr.recipe.training_graph import rooms_of
from musasr.recipe.workdir import Workdir
from musasr.text import train_units

SETS_OF = {"music": SETS, "voices": TRAINING_SETS}  # of what is kept as music dirs


def prepare_corpus(
    section: str, config: Mapping[str, Any], output: Path, *, num_jobs: int, part: JobPart = WHOLE
) -> None:
    """Make the dirs of the section ``speech``, ``music`` or ``voices``, and check them.

    A part makes its share of the audio: the dirs are the whole's to write. A function that takes no ``part``
    cannot be split, so the whole does all of its work.

    Raises:
        DataError: The corpus is broken, or more of it was left out than ``max_skipped_fraction``.
        StateError: The folder holds what other settings made, or there is no room for the corpus.
    """
    settings = {key: config[key] for key in (section, "sampling_rate", "seed")}
    if _is_done(output, settings):
        return
    if part.makes_ready:
        check_room(output, _bytes_left(section, config, output), f"the recipe's hours of {section}")
    common = {key: config[key] for key in ("sampling_rate", "seed")}
    skipped = call_reader(
        section, config[section], output, where=section, num_jobs=num_jobs, part=part, **common
    )
    if not part.is_whole:
        print(f"{output}: {part} done")
        return
    counts = _check_speech(output) if section == "speech" else _check_music(output, SETS_OF[section])
    report_skipped(skipped, sum(counts.values()), output, allowed=config["max_skipped_fraction"])
    print(f"{output}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    done_marks.mark_done(output, settings)


def _bytes_left(section: str, config: Mapping[str, Any], output: Path) -> float:
    """About what a corpus takes that is not there yet, as 16-bit wav; 0 where its settings do not say."""
    corpora = [corpus for _, corpus in each_corpus(config[section], where=section)]
    hours = {name: sum(corpus.get(f"{name}_hours", 0) for corpus in corpora) for name in SETS}
    if section == "music" and "test" in (config.get("mixing") or {}):  # each genre has its own
        hours["test"] *= 1 + len(config["mixing"]["test"]["genres"])
    there = sum(one.stat().st_size for one in output.rglob("*.wav")) if output.is_dir() else 0
    return max(0, sum(hours.values()) * 3600 * config["sampling_rate"] * 2 - there)


def prepare_plan(config: Mapping[str, Any], workdir: Workdir) -> None:
    """Draw the test mixtures: every genre and SNR for every test utterance.

    Raises:
        StateError: The speech is not prepared, or the plan was drawn with other settings.
        DataError: The test music lacks a genre that ``mixing.test.genres`` names.
    """
    shared = ("speech", "music", "sampling_rate", "seed")
    settings = {key: config[key] for key in shared} | {
        "mixing": config["mixing"]["test"],
        "crossfade_seconds": config["mixing"]["crossfade_seconds"],
        **rooms_of(config),
    }
    if _is_done(workdir.plan.parent, settings):
        return
    _need_speech(workdir.speech("test"))
    plan = draw_plan(
        read_utterances(workdir.speech("test")),
        test_libraries(
            workdir.music("test"),
            (MAIN_GENRE, *config["mixing"]["test"]["genres"]),
            sampling_rate=config["sampling_rate"],
            crossfade_seconds=config["mixing"]["crossfade_seconds"],
        ),
        seed=config["seed"],
        snrs_db=config["mixing"]["test"]["snrs_db"],
        places=_test_rooms(config),
    )
    write_plan(workdir.plan, list(plan))
    configuration.save(config, workdir.plan.parent / "recipe.yaml")
    done_marks.mark_done(workdir.plan.parent, settings)


def _test_rooms(config: Mapping[str, Any]) -> Rooms | None:
    rooms = config["mixing"]["rooms"]
    return None if rooms is None else Rooms(seed=config["seed"], name="test", **rooms)


def prepare_units(config: Mapping[str, Any], workdir: Workdir) -> None:
    """Train the recogniser's units on the training transcripts.

    Raises:
        StateError: The speech is not prepared, or the units were made with other settings.
    """
    settings = {key: config[key] for key in ("speech", "units", "seed", "sampling_rate")}
    if _is_done(workdir.units, settings):
        return
    _need_speech(workdir.speech("train"))
    lines = read_table(workdir.speech("train") / "text").values()
    units = train_units(lines, workdir.units, **config["units"])
    print(f"{workdir.units}: {units.num_units} units")
    done_marks.mark_done(workdir.units, settings)


def _is_done(directory: Path, settings: Mapping[str, Any]) -> bool:
    done = done_marks.is_done(directory, settings)
    if done:
        print(f"{directory}: already done")
    return done


def _need_speech(directory: Path) -> None:
    if not (directory.parent / done_marks.MARK).is_file():
        raise StateError("is not prepared", where=directory, mend="run musasr prepare speech")


def _check_speech(output: Path) -> dict[str, int]:
    return {name: validate(output / name).num_utterances for name in SETS}


def _check_music(output: Path, sets: Sequence[str]) -> dict[str, int]:
    for name in sets:
        if not is_music_dir(output / name):
            raise DataError(
                f"the corpus has no set {name}", where=output, mend=f"give it one: {name}: FOLDER"
            )
    counts = {name: len(read_music_dir(output / name)) for name in sets}
    for name, count in counts.items():
        if count == 0:
            raise DataError("holds nothing", where=output / name, mend="add some to the corpus")
    return counts


def report_skipped(skipped: Iterable[Skipped], num_kept: int, output: Path, *, allowed: float) -> None:
    """List what was left out; too much of it is an error."""
    skipped = list(skipped)
    path = output / "skipped.tsv"
    write_text(path, "".join(f"{one.name}\t{one.reason}\n" for one in skipped))
    if not skipped:
        return
    print(
        f"{output}: left out {len(skipped)} of {num_kept + len(skipped)}, listed in {path}", file=sys.stderr
    )
    if len(skipped) > allowed * (num_kept + len(skipped)):
        raise DataError(
            f"{len(skipped)} of {num_kept + len(skipped)} could not be used",
            where=path,
            mend="fix the corpus, or raise max_skipped_fraction",
        )
