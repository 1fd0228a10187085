"""``musasr bench``: our speed beside that of peers on the same work, in one run."""

import argparse
import json
import shlex
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from musasr.cli.common import commit_of_checkout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    what = "separator, separator-8, training, search, search-20, system, mixing, sdr, sdr-2; none: all"
    parser.add_argument("works", nargs="*", metavar="WORK", help=what)
    parser.add_argument("--all", action="store_true", help="all works, and write the page --output")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N", help="timed rounds of each (5)")
    parser.add_argument("--ngpu", type=int, default=0, choices=(0, 1), help="1: on the GPU (0)")
    parser.add_argument("--threads", type=int, metavar="N", help="of the processor (as torch chooses)")
    default = Path("egs/csj_anime/BENCH.md")
    parser.add_argument("--output", type=Path, default=default, metavar="FILE", help=f"of --all ({default})")
    parser.add_argument("--profile", action="store_true", help="and where our time goes (with --all: always)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")


def run(args: argparse.Namespace) -> None:
    """Measure, and print the table.

    Raises:
        ConfigError: There is no such work, no GPU, or a peer is not installed.
    """
    import torch

    from musasr.bench import page
    from musasr.bench.machine import describe
    from musasr.bench.profiling import time_by_kind
    from musasr.bench.timing import OURS, measure
    from musasr.bench.works import WORKS, check_names, find_work
    from musasr.errors import ConfigError

    names = WORKS if args.all or not args.works else args.works
    check_names(names)
    if args.repetitions < 1:
        raise ConfigError("wants at least one round", where="--repetitions", mend="give 1 or more")
    if args.ngpu and not torch.cuda.is_available():
        raise ConfigError("there is no GPU here", where="--ngpu", mend="leave it out")
    if args.threads:
        torch.set_num_threads(args.threads)
    device = "cuda" if args.ngpu else "cpu"
    machine = describe(device)
    measurements = []
    for name in names:
        print(f"measuring {name}", file=sys.stderr)
        work = find_work(name, device=device)()
        measured = measure(work, repetitions=args.repetitions, device=device)
        if args.all or args.profile:
            measured = replace(measured, kinds=time_by_kind(work.ways[OURS], device=device))
        measurements.append(measured)
    if args.all:
        _write(page.page(measurements, machine, **_provenance()), args.output)
    if args.json:
        print(json.dumps(page.as_json(measurements, machine), indent=2))
    else:
        print(page.table(measurements) + page.profiles(measurements, machine), end="")


def _provenance() -> dict[str, str]:
    words = shlex.join(["musasr", *sys.argv[1:]])
    return {"date": date.today().isoformat(), "commit": commit_of_checkout(), "command": words}


def _write(section: str, path: Path) -> None:
    """Put a machine's section in the place of that machine's older one, or at the end."""
    from musasr.atomic import write_text
    from musasr.bench.page import joined

    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    write_text(path, joined(before, section))
