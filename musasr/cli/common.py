"""Options that the recipe's subcommands share, and what they mean."""

import argparse
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from musasr.errors import ConfigError
from musasr.parallel import WHOLE, JobPart

if TYPE_CHECKING:
    from musasr.recipe.run import Asked, Run


def add_recipe_arguments(parser: argparse.ArgumentParser, *, systems: bool = False) -> None:
    """Add --config, --workdir, --nj, --ngpu, --music_conf, --set, and --systems where it has a meaning."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="recipe configuration")
    parser.add_argument(
        "--workdir", type=Path, required=True, metavar="DIR", help="where everything of the run stands"
    )
    parser.add_argument(
        "--nj", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes or threads"
    )
    parser.add_argument("--ngpu", type=_count, default=0, metavar="N", help="GPUs (0: the CPU)")
    parser.add_argument(
        "--music_conf", type=Path, default=None, metavar="FILE", help="replaces the section music:"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY.PATH=VALUE", help="override; repeatable"
    )
    if systems:
        help_text = "names such as time+mixture:both, or lists of the configuration (its first: headline)"
        parser.add_argument("--systems", metavar="LIST", help=help_text)


def add_part_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --part and --num_parts."""
    parser.add_argument(
        "--num_parts", type=_positive, default=1, metavar="N", help="jobs that the work is split into"
    )
    parser.add_argument(
        "--part",
        type=int,
        metavar="P",
        help="which of them this is: 1 to N, or 0, which comes before them; without it: what joins them",
    )


def part_of(args: argparse.Namespace) -> JobPart:
    """What this job does of the work.

    Raises:
        ConfigError: There is no such part.
    """
    if args.part is None:
        return WHOLE
    if not 0 <= args.part <= args.num_parts:
        what = f"{args.part} is no part of {args.num_parts}"
        raise ConfigError(what, where="--part", mend="give 0 to --num_parts")
    return JobPart(args.part, args.num_parts)


def asked(args: argparse.Namespace) -> "Asked":
    """What the options ask for."""
    from musasr.recipe.run import Asked

    return Asked(
        config=args.config,
        workdir=args.workdir,
        music_conf=args.music_conf,
        set=tuple(args.set),
        systems=getattr(args, "systems", None),
        nj=args.nj,
        ngpu=args.ngpu,
    )


def run_of(args: argparse.Namespace) -> "Run":
    """The run that the options ask for, checked.

    Raises:
        ConfigError: A file, key, value or system is wrong.
    """
    from musasr.recipe.run import Run

    return Run.of(asked(args))


def _positive(text: str) -> int:
    return _at_least(text, 1)


def _count(text: str) -> int:
    return _at_least(text, 0)


def _at_least(text: str, least: int) -> int:
    number = int(text)
    if number < least:
        raise argparse.ArgumentTypeError(f"{text} is not {least} or more")
    return number


def commit_of_checkout() -> str:
    """The commit of this checkout, marked where files differ from it; "unknown" outside git."""
    from musasr.recipe.config import CONF

    # Without optional locks: who is killed meanwhile would leave one, and no commit could be made after that.
    command = ["git", "--no-optional-locks", "-C", str(CONF.parent)]
    command += ["describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
