"""``musasr export``: a trained part for ESPnet's own inference classes."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("part", choices=["separator", "recognizer"], help="which part of the model")
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="such as work/mini/exp/time")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="gets config.yaml, model.pth"
    )


def run(args: argparse.Namespace) -> None:
    """Write the two files."""
    from musasr.tasks.export import export

    export(args.model, args.part, args.output)
    print(f"{args.output}: config.yaml, model.pth")
