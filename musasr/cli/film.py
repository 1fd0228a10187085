"""``musasr film make transcribe score``: a film of known content, and how well systems transcribe it."""

import argparse
import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from musasr.cli.common import add_recipe_arguments, commit_of_checkout, run_of
from musasr.errors import ConfigError

if TYPE_CHECKING:
    from musasr.recipe.run import Run

STEPS = ("make", "transcribe", "score")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "steps", nargs="+", choices=STEPS, metavar="STEP", help=f"what to do: {', '.join(STEPS)}"
    )
    add_recipe_arguments(parser, systems=True)
    parser.add_argument("--json", action="store_true", help="print results.json instead of the table")


def run(args: argparse.Namespace) -> None:
    """Take the steps that are asked, in the order in which they build on one another.

    Raises:
        ConfigError: There is no system to transcribe the film.
        StateError: Another process works at the film, or what a step builds on is not there.
    """
    from musasr import locks
    from musasr.atomic import sweep

    asked = _with_systems(run_of(args), args)
    with locks.held(asked.workdir.lock(asked.workdir.film.name), "the film"):
        sweep(asked.workdir.film, below=True)
        _take_steps(asked, args)


def _with_systems(asked: "Run", args: argparse.Namespace) -> "Run":
    """The run with the systems that transcribe its film."""
    from musasr.recipe.filming import film_systems

    if args.systems is None:
        asked = asked.with_systems(film_systems(asked.config))
    if not asked.systems and set(args.steps) != {"make"}:
        what = "names no system, and report.best none that recognises"
        raise ConfigError(what, where="film.systems", mend="name one")
    return asked


def _take_steps(asked: "Run", args: argparse.Namespace) -> None:
    from musasr.film.making import FilmFolder, make_film

    film = FilmFolder(asked.workdir.film)
    with redirect_stdout(sys.stderr if args.json else sys.stdout):
        if "make" in args.steps:
            make_film(asked)
        if "transcribe" in args.steps:
            from musasr.film.transcribing import transcribe_film

            transcribe_film(asked, film)
    if "score" in args.steps:
        from musasr.film import results

        collected = results.collect(asked, film, commit_of_checkout())
        results.write(collected, film)
        text = json.dumps(collected, indent=2, ensure_ascii=False) if args.json else results.table(collected)
        print(text)
