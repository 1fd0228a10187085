"""Stages 1 to 3: corpora into data dirs, the plan of test mixtures, units."""

import inspect
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from musasr import config as configuration
from musasr import sections, steps
from musasr.atomic import write_text
from musasr.corpora.inventory import Skipped
from musasr.errors import DataError, StateError
from musasr.kaldi import Piece, read_music_dir, read_table, read_utterances, validate
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.plan import draw_plan, write_plan
from musasr.mixing.rooms import Rooms
from musasr.parallel import WHOLE, Share
from musasr.text import train_units
from musasr.trainings import rooms_of
from musasr.workdir import Workdir

SETS = ("train", "dev", "test")
ANIME = "anime"


def prepare_corpus(
    section: str, config: Mapping[str, Any], output: Path, *, num_jobs: int, share: Share = WHOLE
) -> None:
    """Make the train, dev and test dirs of the section ``speech`` or ``music``, and check them.

    A part makes its share of the audio: the dirs are the whole's to write. A function that takes no ``share``
    cannot be split, so the whole does all of its work.

    Raises:
        DataError: The corpus is broken, or more of it was left out than ``max_skipped_fraction``.
        StateError: The folder holds what other settings made.
    """
    settings = {key: config[key] for key in (section, "sampling_rate", "seed")}
    if _is_done(output, settings):
        return
    prepare = sections.corpus_function(config[section], sections.CORPORA[section])
    if "share" in inspect.signature(prepare).parameters:
        prepare = partial(prepare, share=share)
    elif not share.is_whole:
        print(f"{output}: type {config[section]['type']} is not split: its function takes no share")
        return
    skipped = prepare(
        output,
        sampling_rate=config["sampling_rate"],
        seed=config["seed"],
        num_jobs=num_jobs,
        **sections.corpus_settings(config[section]),
    )
    if not share.is_whole:
        print(f"{output}: {share} done")
        return
    counts = _check_speech(output) if section == "speech" else _check_music(output)
    _report_skipped(skipped, sum(counts.values()), output, allowed=config["max_skipped_fraction"])
    print(f"{output}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    steps.mark_done(output, settings)


def prepare_plan(config: Mapping[str, Any], workdir: Workdir) -> None:
    """Draw the test mixtures: every genre and SNR for every test utterance.

    Raises:
        StateError: Stage 1 is not done, or the plan was drawn with other settings.
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
    _need(workdir.speech("test"), stage=1)
    plan = draw_plan(
        read_utterances(workdir.speech("test")),
        test_libraries(config, workdir),
        seed=config["seed"],
        snrs_db=config["mixing"]["test"]["snrs_db"],
        places=_test_rooms(config),
    )
    write_plan(workdir.plan, list(plan))
    configuration.save(config, workdir.plan.parent / "recipe.yaml")
    steps.mark_done(workdir.plan.parent, settings)


def _test_rooms(config: Mapping[str, Any]) -> Rooms | None:
    rooms = config["mixing"]["rooms"]
    return None if rooms is None else Rooms(seed=config["seed"], name="test", **rooms)


def test_libraries(config: Mapping[str, Any], workdir: Workdir) -> dict[str, MusicLibrary]:
    """The test music by genre: anime and those of ``mixing.test.genres``.

    Raises:
        DataError: A genre has no music.
    """
    pieces = read_music_dir(workdir.music("test"))
    libraries = {}
    for genre in (ANIME, *config["mixing"]["test"]["genres"]):
        of_genre = [piece for piece in pieces if piece.genre == genre]
        if not of_genre:
            have = ", ".join(sorted({piece.genre for piece in pieces}))
            raise DataError(
                f"no test music of genre {genre!r} (there is: {have})",
                where=workdir.music("test"),
                mend="add some, or take the genre out of mixing.test.genres",
            )
        libraries[genre] = library(of_genre, config)
    return libraries


def library(pieces: list[Piece], config: Mapping[str, Any]) -> MusicLibrary:
    """Pieces to draw from with the recipe's settings."""
    return MusicLibrary(
        pieces,
        sampling_rate=config["sampling_rate"],
        crossfade_seconds=config["mixing"]["crossfade_seconds"],
    )


def prepare_units(config: Mapping[str, Any], workdir: Workdir) -> None:
    """Train the recogniser's units on the training transcripts.

    Raises:
        StateError: Stage 1 is not done, or the units were made with other settings.
    """
    settings = {key: config[key] for key in ("speech", "units", "seed", "sampling_rate")}
    if _is_done(workdir.units, settings):
        return
    _need(workdir.speech("train"), stage=1)
    lines = read_table(workdir.speech("train") / "text").values()
    units = train_units(lines, workdir.units, **config["units"])
    print(f"{workdir.units}: {units.num_units} units")
    steps.mark_done(workdir.units, settings)


def _is_done(directory: Path, settings: Mapping[str, Any]) -> bool:
    done = steps.is_done(directory, settings)
    if done:
        print(f"{directory}: already done")
    return done


def _need(directory: Path, *, stage: int) -> None:
    if not (directory.parent / steps.MARK).is_file():
        raise StateError("is not prepared", where=directory, mend=f"run stage {stage}")


def _check_speech(output: Path) -> dict[str, int]:
    return {name: validate(output / name).num_utterances for name in SETS}


def _check_music(output: Path) -> dict[str, int]:
    counts = {name: len(read_music_dir(output / name)) for name in SETS}
    for name, count in counts.items():
        if count == 0:
            raise DataError("holds no music", where=output / name, mend="add some to the corpus")
    return counts


def _report_skipped(skipped: Iterable[Skipped], num_kept: int, output: Path, *, allowed: float) -> None:
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
            mend="mend the corpus, or raise max_skipped_fraction",
        )
