"""Options that the recipe's subcommands share, and what they mean."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musasr.errors import ConfigError
from musasr.parallel import WHOLE, JobPart
from musasr.recipe.checks import load_checked
from musasr.recipe.systems import System, parse_systems
from musasr.recipe.training_graph import Training, trainings_for
from musasr.recipe.workdir import Workdir


@dataclass(frozen=True)
class Recipe:
    """A run: its configuration, its folder, and how much of the machine it may use."""

    config: dict[str, Any]
    workdir: Workdir
    num_jobs: int
    ngpu: int
    systems: list[System]

    @property
    def trainings(self) -> dict[str, Training]:
        """Every training that the systems need, parents first."""
        return trainings_for(self.systems, self.config)


def add_recipe_arguments(parser: argparse.ArgumentParser, *, systems: bool = False) -> None:
    """Add --config, --workdir, --nj, --ngpu, --music_conf, --set, and --systems where it has a meaning."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="recipe configuration")
    parser.add_argument(
        "--workdir", type=Path, required=True, metavar="DIR", help="where everything of the run stands"
    )
    parser.add_argument(
        "--nj", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes or threads"
    )
    parser.add_argument("--ngpu", type=int, default=0, metavar="N", help="GPUs (0: the CPU)")
    parser.add_argument(
        "--music_conf", type=Path, default=None, metavar="FILE", help="replaces the section music:"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY.PATH=VALUE", help="override; repeatable"
    )
    if systems:
        parser.add_argument("--systems", default="headline", metavar="LIST", help="headline, all, or names")


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


def recipe(args: argparse.Namespace) -> Recipe:
    """What the options say, checked.

    Raises:
        ConfigError: A file, key, value or system is wrong.
    """
    config = load_checked(args.config, music_conf=args.music_conf, settings=args.set)
    systems = parse_systems(getattr(args, "systems", "headline"))
    if args.ngpu < 0:
        raise ConfigError(f"{args.ngpu} is no number of GPUs", where="--ngpu", mend="give 0 or more")
    workdir = Workdir(args.workdir.resolve(), config["decode"]["name"])
    return Recipe(config, workdir, args.nj, args.ngpu, systems)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number
