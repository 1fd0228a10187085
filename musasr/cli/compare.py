"""``musasr compare``: two runs on the same test set, side by side."""

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("first", type=Path, metavar="WORKDIR", help="of the run that is compared with")
    parser.add_argument("second", type=Path, metavar="OTHER", help="of the run that did something otherwise")
    parser.add_argument(
        "--decoding", metavar="NAME", help="the decode.name of OTHER that is meant, if one is"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")


def run(args: argparse.Namespace) -> None:
    """Print what differs between their configurations, and each figure of both with its significance."""
    from musasr.report import comparing
    from musasr.report.finished_run import FinishedRun

    found = comparing.compare(FinishedRun.read(args.first), FinishedRun.read(args.second, args.decoding))
    print(json.dumps(found, indent=2, ensure_ascii=False) if args.json else comparing.markdown(found), end="")
