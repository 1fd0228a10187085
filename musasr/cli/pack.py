"""``musasr pack``: a trained model as one file, which others verify and use."""

import argparse
from pathlib import Path

ESPNETS_CLASSES = {"separator": "SeparateSpeech", "recognizer": "Speech2Text", "joint": "Speech2Text"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("model", type=Path, metavar="DIR", help="such as work/mini/exp/time+mixture:both")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="the file, such as model.zip"
    )
    parser.add_argument(
        "--espnet",
        action="store_true",
        help="in ESPnet's packed form, for espnet2.main_funcs.pack_funcs.unpack and its own classes",
    )


def run(args: argparse.Namespace) -> None:
    """Write the file, and say how to know it again."""
    from musasr.digests import digest_of_file
    from musasr.tasks import packing

    if args.espnet:
        part = packing.pack_for_espnet(args.model, args.output)
        theirs = f"espnet2's {ESPNETS_CLASSES[part]}, after import musasr.tasks.registry"
        print(f"{args.output}: the {part} for {theirs}")
    else:
        packing.pack(args.model, args.output)
        print(f"{args.output}: musasr separate|transcribe --model {args.output}")
    print(f"sha256 {digest_of_file(args.output)}")
