"""``musasr prepare speech|music|units``: corpora and units; ``--check`` looks at what was made."""

import argparse
import json
from typing import TYPE_CHECKING

from musasr.cli import systems
from musasr.cli.common import add_part_arguments, add_recipe_arguments, part_of, run_of
from musasr.errors import ConfigError, DataError
from musasr.parallel import JobPart

if TYPE_CHECKING:
    from musasr.recipe.run import Asked, Run

CORPORA = ("speech", "music")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=[*CORPORA, "units", *systems.SYSTEMS],
        help="what to prepare, or for which system all; with --check: what to look at",
    )
    add_recipe_arguments(parser)
    add_part_arguments(parser)
    parser.add_argument(
        "--check", action="store_true", help="look for what would spoil training in the prepared corpora"
    )
    parser.add_argument("--json", action="store_true", help="with --check: print JSON")


def run(args: argparse.Namespace) -> None:
    """Prepare one of the three, or check the corpora.

    Raises:
        ConfigError: The options name nothing to do.
        DataError: The check found what would spoil training.
    """
    if systems.is_system(args.what):
        _prepare_system(args)
        return
    prepared = run_of(args)
    if args.check:
        _check(args, prepared)
    elif args.what is None or args.json:
        what = "names nothing to prepare" if args.what is None else "--json is for --check"
        raise ConfigError(what, where="prepare", mend="say speech, music or units, or --check")
    else:
        if args.what == "speech" and _is_first(args):
            _rehearse(prepared)
        _prepare(args.what, prepared, part_of(args))


def _prepare_system(args: argparse.Namespace) -> None:
    if args.check or args.json or args.num_parts > 1:
        what = f"--check, --json and --num_parts are not for {args.what}"
        raise ConfigError(what, where="prepare", mend="leave them out")
    systems.do("prepare", args.what, args)


def _prepare(what: str, prepared: "Run", part: JobPart) -> None:
    from musasr import locks
    from musasr.atomic import sweep

    with locks.part_held(prepared.workdir.lock(f"prepare-{what}"), f"preparing {what}", part):
        if part.makes_ready:
            sweep(prepared.workdir.data / what, below=True)
        _make(what, prepared, part)


def _make(what: str, prepared: "Run", part: JobPart) -> None:
    from musasr import preparation

    config, workdir = prepared.config, prepared.workdir
    if what in CORPORA:
        output = workdir.data / what
        preparation.prepare_corpus(what, config, output, num_jobs=prepared.asked.nj, part=part)
    elif not part.is_whole:
        raise ConfigError("units are made in one piece", where="--part", mend="leave it out")
    if what == "speech" and config["voices"] is not None:
        preparation.prepare_corpus("voices", config, workdir.voices(), num_jobs=prepared.asked.nj, part=part)
    if what == "music" and part.is_whole:
        preparation.prepare_plan(config, workdir)
    elif what == "units":
        preparation.prepare_units(config, workdir)


def _is_first(args: argparse.Namespace) -> bool:
    """Whether no job of a split preparation ran before this one."""
    return args.part == 0 or (args.part is None and args.num_parts == 1)


def _rehearse(prepared: "Run") -> None:
    """Refuse, before hours of preparing, what a training would refuse after them."""
    from musasr.parallel import map_in_order
    from musasr.recipe import done_marks

    if (prepared.workdir.speech() / done_marks.MARK).is_file():
        return

    # In a process of its own: what ESPnet imports is of no use to those that read corpora.
    list(map_in_order(_rehearse_here, [prepared.asked], num_jobs=2))


def _rehearse_here(asked: "Asked") -> None:
    from musasr.training.rehearsal import rehearse

    rehearse(asked)


def _check(args: argparse.Namespace, prepared: "Run") -> None:
    from musasr.inspection import terminal
    from musasr.inspection.inspect import inspect

    if args.what == "units":
        raise ConfigError("units cannot be checked", where="prepare", mend="say speech or music, or neither")
    corpora = CORPORA if args.what is None else (args.what,)
    report = inspect(prepared.config, prepared.workdir, corpora=corpora, num_jobs=prepared.asked.nj)
    if args.json:
        print(json.dumps(report.as_plain(), indent=2, ensure_ascii=False))
    else:
        terminal.show(report)
    if report.num_errors:
        what = f"{report.num_errors} kinds of faults would spoil training"
        raise DataError(what, where=prepared.workdir.data, mend="fix them as said above")
