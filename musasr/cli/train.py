"""``musasr train separators recognizers joint``: stages 4 to 6, one or more of them as one graph."""

import argparse

from musasr.cli.common import add_recipe_arguments, recipe
from musasr.trainings import GROUPS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("groups", nargs="+", choices=GROUPS, help="which trainings of the systems")
    add_recipe_arguments(parser, systems=True)


def run(args: argparse.Namespace) -> None:
    """Do the trainings of these groups."""
    from musasr.tasks.driver import Driver

    run_of = recipe(args)
    driver = Driver(
        run_of.config, run_of.workdir, run_of.trainings, num_jobs=run_of.num_jobs, ngpu=run_of.ngpu
    )
    driver.run(args.groups)
