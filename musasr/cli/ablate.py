"""``musasr ablate``: what each of a file's changes to a recipe does to one system."""

import argparse
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path

from musasr.cli.common import add_recipe_arguments, asked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from musasr.ablation.variants import SIDES

    add_recipe_arguments(parser)
    parser.add_argument(
        "--variants", type=Path, required=True, metavar="FILE", help="such as conf/ablations/joint.yaml"
    )
    parser.add_argument("--on", choices=SIDES, default="dev", help="what is recognised (dev)")
    parser.add_argument("--json", action="store_true", help="print ablation.json instead of the table")


def run(args: argparse.Namespace) -> None:
    """Train and recognise every variant that is not done, --nj at a time, and print the table."""
    from musasr.ablation.ablate import Ablate

    with redirect_stdout(sys.stderr):  # the table's, and JSON's
        ablate = Ablate(asked(args), args.variants, on=args.on)
        with ablate.alone():
            ablate.run()
            entries, text = ablate.compare()
    print(json.dumps(entries, indent=2, ensure_ascii=False) if args.json else text, end="")
