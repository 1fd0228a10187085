"""One static report.html that needs no other file and no network."""

import json
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from musasr.recipe.conditions import CLEAN, music_of, snrs_of, under
from musasr.recipe.workdir import Workdir
from musasr.report import tables
from musasr.report.embedding import data_uri
from musasr.report.examples import read_examples
from musasr.report.paper import verdicts
from musasr.report.paper.numbers import Paper


@dataclass(frozen=True)
class Picture:
    """A PNG with its heading, as a data URI."""

    title: str
    source: str


def render(
    results: dict, shown: list[tables.Table], paper: Paper, *, figures: list[Path], workdir: Workdir
) -> str:
    """The report as one page.

    Args:
        results: What results.collect returned.
        shown: The tables.
        paper: Whose figures stand in them beside ours.
        figures: PNG files of WER and SDR.
        workdir: Training curves are taken from it, and the utterances that recognition kept for the report.

    Raises:
        StateError: What recognition kept is not whole.
    """
    loader = PackageLoader("musasr.report", package_path="templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("report.html.j2").render(
        title="Speech recognition under music" + (": ours beside the paper's" if paper.name else ""),
        paper=paper,
        results=results,
        configuration=json.dumps(results["config"], indent=2, ensure_ascii=False),
        tables=[table for table in shown if table.pairs],
        hours={tables.system_name(entry): entry["train_seconds"] / 3600 for entry in results["systems"]},
        verdicts=verdicts,
        figures=[_picture(path, path.stem.replace("_", " ")) for path in figures],
        curves=[_picture(path, path.parent.name) for path in workdir.curves()],
        examples=read_examples(workdir, _conditions(results["config"])),
        best=results["config"]["report"]["best"],
    )


def _conditions(config: dict) -> list[str]:
    """The names of all conditions: clean speech, the main genre, then the others."""
    snrs_db = snrs_of(config)
    return [CLEAN.name, *(one.name for music in music_of(config) for one in under(music, snrs_db))]


def _picture(path: Path, title: str) -> Picture:
    return Picture(title, data_uri(path.read_bytes(), "image/png"))
