"""``musasr film make transcribe score``: a film of known content, and how well systems transcribe it."""

import argparse

from musasr.cli.common import add_recipe_arguments, run_of

STEPS = ("make", "transcribe", "score")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("steps", nargs="+", choices=STEPS, metavar="STEP", help=", ".join(STEPS))
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Take the steps, in the order in which they build on one another."""
    from musasr.film.making import make_film

    asked = run_of(args)
    if "make" in args.steps:
        make_film(asked)
