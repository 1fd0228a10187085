"""``musasr report``: scores, tables and figures of the asked systems."""

import argparse
import json
import sys

from musasr.cli import systems
from musasr.cli.common import add_recipe_arguments, commit_of_checkout, run_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "system", nargs="?", choices=systems.SYSTEMS, help="whose results, if not the paper's systems'"
    )
    add_recipe_arguments(parser, systems=True)
    parser.add_argument("--json", action="store_true", help="print results.json instead of the tables")


def run(args: argparse.Namespace) -> None:
    """Write results.json, the tables and the report, and print the tables."""
    from musasr import locks
    from musasr.atomic import sweep
    from musasr.report import results, terminal

    if args.system:
        _report_system(args)
        return
    run = run_of(args)
    collected = results.collect(run, commit_of_checkout())
    with locks.held(run.workdir.lock(run.workdir.results.name), "the report"):
        sweep(run.workdir.results)
        paths = results.write(collected, run.workdir)
    if args.json:
        print(json.dumps(collected, indent=2, ensure_ascii=False))
        return
    terminal.show(collected)
    print("\nwritten: " + ", ".join(str(path) for path in paths), file=sys.stderr)


def _report_system(args: argparse.Namespace) -> None:
    from musasr.recipe.workdir import Workdir

    collected = systems.do("report", args.system, args)
    table = Workdir(args.workdir.resolve()).results / "table.md"
    print(json.dumps(collected, indent=2, ensure_ascii=False) if args.json else table.read_text(), end="")
    print(f"\nwritten: {table.with_name('results.json')}, {table}", file=sys.stderr)
