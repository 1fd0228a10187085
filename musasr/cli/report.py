"""``musasr report``: scores, tables and figures of the asked systems."""

import argparse
import json
import subprocess
import sys

from musasr.cli.common import add_recipe_arguments, run_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_recipe_arguments(parser, systems=True)
    parser.add_argument("--json", action="store_true", help="print results.json instead of the tables")


def run(args: argparse.Namespace) -> None:
    """Write results.json, the tables and the report, and print the tables."""
    from musasr.report import results, terminal

    run = run_of(args)
    collected = results.collect(run, _commit())
    paths = results.write(collected, run.workdir)
    if args.json:
        print(json.dumps(collected, indent=2, ensure_ascii=False))
        return
    terminal.show(collected)
    print("\nwritten: " + ", ".join(str(path) for path in paths), file=sys.stderr)


def _commit() -> str:
    """The commit of this checkout, marked where files differ from it; "unknown" outside git."""
    from musasr.recipe.config import CONF

    command = ["git", "-C", str(CONF.parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
