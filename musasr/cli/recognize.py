"""``musasr recognize``: the test sets, by the asked systems."""

import argparse

from musasr.cli.common import add_part_arguments, add_recipe_arguments, part_of, recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_recipe_arguments(parser, systems=True)
    add_part_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Recognise every test condition that the tables ask of each system, or a part of them.

    Without ``--part``, of more than one: make sure that all parts have done theirs.
    """
    from musasr.recognition.evaluation import Evaluation

    run_of = recipe(args)
    evaluation = Evaluation(
        run_of.config, run_of.workdir, run_of.trainings, run_of.num_jobs, run_of.ngpu, part_of(args)
    )
    if args.part is None and args.num_parts > 1:
        evaluation.check_complete(run_of.systems)
    else:
        evaluation.run(run_of.systems)
