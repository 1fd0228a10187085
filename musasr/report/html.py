"""One static report.html that needs no other file and no network."""

import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from musasr.recipe.workdir import Workdir
from musasr.report import tables
from musasr.report.paper import verdicts
from musasr.report.paper.numbers import Paper

ROLES = ("mixture", "estimate", "reference")


@dataclass(frozen=True)
class Picture:
    """A PNG with its heading, as a data URI."""

    title: str
    source: str


@dataclass(frozen=True)
class Listening:
    """One utterance to listen to.

    Attributes:
        condition: Its condition, such as "anime_0".
        utterance_id: Its key.
        recordings: Role (mixture, estimate, reference) -> data URI.
    """

    condition: str
    utterance_id: str
    recordings: dict[str, str]


def render(
    results: dict, shown: list[tables.Table], paper: Paper, *, figures: list[Path], workdir: Workdir
) -> str:
    """The report as one page.

    Args:
        results: What results.collect returned.
        shown: The tables.
        paper: Whose figures stand in them beside ours.
        figures: PNG files of WER and SDR.
        workdir: Training curves are taken from it; of the recordings in its folder ``results``,
            audio/<condition>/<utterance_id>/{mixture,estimate,reference}.wav, the first utterance of each
            condition is put on the page.
    """
    loader = PackageLoader("musasr.report", package_path="templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("report.html.j2").render(
        title="Speech recognition under music" + (": ours beside the paper's" if paper.name else ""),
        paper=paper,
        results=results,
        configuration=json.dumps(results["config"], indent=2, ensure_ascii=False),
        tables=shown,
        hours={tables.system_name(entry): entry["train_seconds"] / 3600 for entry in results["systems"]},
        verdicts=verdicts,
        figures=[Picture(path.stem.replace("_", " "), _embed(path, "image/png")) for path in figures],
        curves=[Picture(path.parent.name, _embed(path, "image/png")) for path in workdir.curves()],
        listening=_listening(workdir.results / "audio"),
    )


def _listening(directory: Path) -> list[Listening]:
    """Return the first utterance of each condition: more would swell the page by megabytes."""
    found = []
    for condition in sorted(path for path in directory.glob("*") if path.is_dir()):
        utterances = sorted(path for path in condition.iterdir() if path.is_dir())
        for utterance in utterances[:1]:
            paths = {role: utterance / f"{role}.wav" for role in ROLES}
            recordings = {role: _embed(path, "audio/wav") for role, path in paths.items() if path.is_file()}
            found.append(Listening(condition.name, utterance.name, recordings))
    return found


def _embed(path: Path, media_type: str) -> str:
    """Return a file as a data URI."""
    return f"data:{media_type};base64,{b64encode(path.read_bytes()).decode('ascii')}"
