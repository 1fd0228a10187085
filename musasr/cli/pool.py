"""``musasr pool``: runs of one recipe with several seeds, as one."""

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "workdir", type=Path, nargs="+", metavar="WORKDIR", help="of a run whose report is written"
    )
    parser.add_argument("--decoding", metavar="NAME", help="the decode.name that is meant, if one is")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the tables")


def run(args: argparse.Namespace) -> None:
    """Print means and ranges over the runs, and the tables and verdicts of all their utterances."""
    from musasr.report import spread
    from musasr.report.finished_run import FinishedRun
    from musasr.report.pooling import pool

    pooled = pool([FinishedRun.read(one, args.decoding) for one in args.workdir])
    print(json.dumps(pooled, indent=2, ensure_ascii=False) if args.json else spread.markdown(pooled), end="")
