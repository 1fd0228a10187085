"""``musasr recognize``: stage 7."""

import argparse

from musasr.cli.common import add_recipe_arguments, recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_recipe_arguments(parser, systems=True)


def run(args: argparse.Namespace) -> None:
    """Recognise every test condition that the tables ask of each system."""
    from musasr.tasks.evaluation import Evaluation

    run_of = recipe(args)
    Evaluation(
        run_of.config, run_of.workdir, run_of.trainings, num_jobs=run_of.num_jobs, ngpu=run_of.ngpu
    ).run(run_of.systems)
