"""``musasr recognize``: the test sets, by the asked systems."""

import argparse

from musasr.cli.common import add_part_arguments, add_recipe_arguments, part_of, run_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_recipe_arguments(parser, systems=True)
    add_part_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Recognise every test condition that the tables ask of each system, or a part of them.

    Without ``--part``, of more than one: make sure that all parts have done theirs.
    """
    from musasr import locks
    from musasr.recognition.evaluation import Evaluation

    run, part = run_of(args), part_of(args)
    evaluation = Evaluation(run, part)
    if args.part is None and args.num_parts > 1:
        evaluation.check_complete()
        return
    with locks.part_held(run.workdir.lock(run.workdir.decoding_name), "recognising", part):
        evaluation.recognize()
