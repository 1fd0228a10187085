"""``musasr prepare speech|music|units``: stages 1 to 3."""

import argparse

from musasr.cli.common import Recipe, add_recipe_arguments, recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("what", choices=["speech", "music", "units"], help="what to prepare")
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Prepare one of the three."""
    from musasr import preparation

    prepared: Recipe = recipe(args)
    config, workdir = prepared.config, prepared.workdir
    if args.what == "speech":
        preparation.prepare_corpus("speech", config, workdir.speech(), num_jobs=prepared.num_jobs)
    elif args.what == "music":
        preparation.prepare_corpus("music", config, workdir.music(), num_jobs=prepared.num_jobs)
        preparation.prepare_plan(config, workdir)
    else:
        preparation.prepare_units(config, workdir)
