"""``musasr ablate``: what each of a file's changes to a recipe does to one system."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from musasr.cli.common import add_recipe_arguments, recipe
from musasr.recipe.training_graph import GROUPS

if TYPE_CHECKING:
    from musasr.ablation.variants import Ablation, Variant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from musasr.ablation.variants import SETS

    add_recipe_arguments(parser)
    parser.add_argument(
        "--variants", type=Path, required=True, metavar="FILE", help="such as conf/ablations/joint.yaml"
    )
    parser.add_argument("--on", choices=SETS, default="dev", help="what is recognised (dev)")
    parser.add_argument("--json", action="store_true", help="print ablation.json instead of the table")


def run(args: argparse.Namespace) -> None:
    """Train and recognise every variant that is not done, --nj at a time, and print the table."""
    from musasr.ablation.folders import NO_GENRES, lay_out, share_data
    from musasr.ablation.variants import read_ablation
    from musasr.jobs.commands import Runner

    ablation = read_ablation(args.variants)
    args.set = [*args.set, NO_GENRES]
    plain = recipe(args)
    root = plain.workdir.root / "ablations" / f"{args.variants.stem}-{args.on}"
    with redirect_stdout(sys.stderr):  # the table's, and JSON's
        shared = share_data(plain.config, plain.workdir, root, on=args.on)
    slots = 1 if args.ngpu else min(args.nj, len(ablation.variants))  # a GPU's memory is planned for one
    series = {}
    for variant in ablation.variants:
        given = _arguments(args, ablation, variant, root, threads=args.nj // slots)
        one = recipe(given)
        lay_out(one.workdir, one.trainings, one.config, shared=shared, trained=plain.workdir)
        series[variant.name] = [["train", *GROUPS, *_options(given)], ["recognize", *_options(given)]]
    Runner(slots, root / "log").run(series)
    _report(args, ablation, root)


def _arguments(
    args: argparse.Namespace, ablation: "Ablation", variant: "Variant", root: Path, *, threads: int
) -> argparse.Namespace:
    """The options of a variant's own commands. The first recognises what stands above the variants, too."""
    is_first = variant == ablation.variants[0]
    systems = [system.name for system in ablation.references] if is_first else []
    return argparse.Namespace(
        config=args.config,
        music_conf=args.music_conf,
        set=[*args.set, *variant.settings],
        systems=",".join([*systems, ablation.system]),
        workdir=root / variant.name,
        nj=threads,
        ngpu=args.ngpu,
    )


def _options(given: argparse.Namespace) -> Iterator[str]:
    for name, value in vars(given).items():
        for one in value if name == "set" else [value]:
            if one is not None:
                yield from (f"--{name}", str(one))


def _report(args: argparse.Namespace, ablation: "Ablation", root: Path) -> None:
    """Write ablation.json and ablation.md, and print one of them."""
    from musasr.atomic import write_json, write_text
    from musasr.report import ablation as table
    from musasr.report.measurement import read_test_speech

    first = ablation.variants[0]
    of_first = recipe(_arguments(args, ablation, first, root, threads=1))
    speech = read_test_speech(of_first.workdir.speech("test"))
    rows = [table.measure_row(one.name, one.name, of_first.workdir, speech) for one in ablation.references]
    for variant in ablation.variants:
        one = recipe(_arguments(args, ablation, variant, root, threads=1))
        summary = one.workdir.training(ablation.system) / "training.json"
        seconds = json.loads(summary.read_text(encoding="utf-8"))["seconds"]
        rows.append(
            table.measure_row(
                variant.name, ablation.system, one.workdir, speech, seconds=seconds, settings=variant.settings
            )
        )
    names = {"first": first.name, "clean": ablation.references[0].name}
    entries = table.compare(rows, speech=speech, seed=of_first.config["seed"], **names)
    text = table.markdown(entries, on=args.on, **names)
    write_json(root / "ablation.json", entries)
    write_text(root / "ablation.md", text)
    print(json.dumps(entries, indent=2, ensure_ascii=False) if args.json else text, end="")
