"""``musasr evaluate SYSTEM``: a recipe's test set through what it trained."""

import argparse

from musasr.cli import systems
from musasr.cli.common import add_recipe_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("system", choices=systems.SYSTEMS, help="whose recipe it is")
    add_recipe_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Evaluate; what was evaluated is not evaluated again."""
    systems.do("evaluate", args.system, args)
