"""The table of an ablation: each variant's WER, and how it stands to the first one's."""

from collections.abc import Sequence
from dataclasses import dataclass

from musasr.metrics.significance import matched_pairs
from musasr.recipe.conditions import CLEAN, Condition, under
from musasr.recipe.workdir import Workdir
from musasr.report.measurement import Measurement, TestSpeech, confidence, measure, pooled_errors

MUSIC = under("anime")
CONDITIONS = (CLEAN, *MUSIC)


@dataclass(frozen=True)
class Row:
    """One system as one variant made it.

    Attributes:
        name: What the table calls it.
        measurements: Of every condition.
        seconds: Of its own training, without what it started from; None where it is a reference.
        settings: The variant's changes.
    """

    name: str
    measurements: dict[Condition, Measurement]
    seconds: float | None = None
    settings: tuple[str, ...] = ()

    @property
    def music(self) -> list[Measurement]:
        """The three conditions with music."""
        return [self.measurements[condition] for condition in MUSIC]


def measure_row(name: str, system: str, workdir: Workdir, speech: TestSpeech, **more: object) -> Row:
    """Count the errors that a system made in a variant's folder.

    Raises:
        StateError: A condition is not decoded.
    """
    measurements = {
        condition: measure(system, condition, workdir=workdir, speech=speech) for condition in CONDITIONS
    }
    return Row(name, measurements, **more)


def compare(rows: Sequence[Row], *, first: str, clean: str, speech: TestSpeech, seed: int) -> list[dict]:
    """What ablation.json holds: one entry a row.

    ``p`` is of the difference to row ``first`` under music (three conditions pooled), ``p_clean`` of the
    difference to row ``clean`` on clean speech: matched pairs over utterances.

    Args:
        rows: References and variants.
        first: Name of the row that variants are compared with.
        clean: Name of the row that clean speech is compared with.
        speech: The references that they were scored against.
        seed: Of bootstrap and tests.
    """
    named = {row.name: row for row in rows}
    entries = []
    for row in rows:
        entry = {"name": row.name, "settings": list(row.settings), "seconds": row.seconds}
        entry["wer"] = {
            condition.name: float(row.measurements[condition].words.percent) for condition in CONDITIONS
        }
        entry["average"] = sum(entry["wer"][condition.name] for condition in MUSIC) / len(MUSIC)
        entry["average_ci95"] = list(confidence(row.music, speech, seed=seed))
        entry["p"] = _p(row.music, named[first].music, seed=seed)
        entry["p_clean"] = _p([row.measurements[CLEAN]], [named[clean].measurements[CLEAN]], seed=seed)
        entries.append(entry)
    return entries


def markdown(entries: Sequence[dict], *, first: str, clean: str, on: str) -> str:
    """The table as GitHub Markdown."""
    average = next(entry["average"] for entry in entries if entry["name"] == first)
    lines = [
        f"| {on} set | clean | p | 5 dB | 0 dB | -5 dB | avg | change % | p | training, min |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_line(entry, average, first=first, clean=clean) for entry in entries),
        "",
        "WER in %; avg: of 5, 0 and -5 dB, with its 95 % confidence interval. Change % and the second p: "
        f"against {first}; the first p: against {clean} on clean speech (matched pairs over utterances).",
    ]
    return "\n".join(lines) + "\n"


def _line(entry: dict, average: float, *, first: str, clean: str) -> str:
    wer, seconds = entry["wer"], entry["seconds"]
    is_first, is_clean = entry["name"] == first, entry["name"] == clean
    change = 100 * (entry["average"] - average) / average if average else 0.0
    interval = "[{:.1f}, {:.1f}]".format(*entry["average_ci95"])
    cells = [
        f"`{entry['name']}`",
        f"{wer[CLEAN.name]:.2f}",
        "-" if is_clean else _p_text(entry["p_clean"]),
        *(f"{wer[condition.name]:.2f}" for condition in MUSIC),
        f"{entry['average']:.2f} {interval}",
        "-" if is_first else f"{change:+.1f}",
        "-" if is_first else _p_text(entry["p"]),
        "-" if seconds is None else f"{seconds / 60:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _p(ours: Sequence[Measurement], others: Sequence[Measurement], *, seed: int) -> float:
    return matched_pairs(pooled_errors(ours)[0], pooled_errors(others)[0], seed=seed)


def _p_text(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
