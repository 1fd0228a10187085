"""The table of an ablation: each variant's WER and SDR, and how it stands to the first one's."""

from collections.abc import Sequence
from dataclasses import dataclass

from musasr.corpora.contract import MAIN_GENRE
from musasr.metrics.significance import matched_pairs
from musasr.recipe.conditions import CLEAN, Condition, under
from musasr.recipe.systems import System
from musasr.recipe.workdir import Workdir
from musasr.report.measurement import Measurement, TestSpeech, confidence, measure, pooled_errors
from musasr.report.tables import p_text


@dataclass(frozen=True)
class Row:
    """One system as one variant made it.

    Attributes:
        name: What the table calls it.
        measurements: Of every condition: clean speech, and the main genre at each SNR.
        seconds: Of its own training, without what it started from; None where it is a reference.
        settings: The variant's changes.
    """

    name: str
    measurements: dict[Condition, Measurement]
    seconds: float | None = None
    settings: tuple[str, ...] = ()

    @property
    def has_words(self) -> bool:
        """Whether the system recognises; else it ends after its separator."""
        return self.measurements[CLEAN].words is not None

    @property
    def music(self) -> list[Measurement]:
        """The conditions with music."""
        return [one for condition, one in self.measurements.items() if condition != CLEAN]


def measure_row(
    name: str,
    system: System,
    workdir: Workdir,
    speech: TestSpeech,
    *,
    snrs_db: Sequence[float],
    **more: object,
) -> Row:
    """Count the errors that a system made in a variant's folder.

    Raises:
        StateError: A condition is not recognised.
    """
    conditions = (CLEAN, *under(MAIN_GENRE, snrs_db))
    found = {
        condition: measure(system, condition, workdir=workdir, speech=speech) for condition in conditions
    }
    return Row(name, found, **more)


def compare(
    rows: Sequence[Row], *, first: str, clean: str | None, speech: TestSpeech, seed: int
) -> list[dict]:
    """What ablation.json holds: one entry a row.

    ``p`` is of the difference to row ``first`` under music (its conditions pooled), ``p_clean`` of the
    difference to row ``clean`` on clean speech: matched pairs over utterances. Of a system that ends after
    its separator ``sdr`` alone is known: the rest of WER is empty, or None.

    Args:
        rows: References and variants.
        first: Name of the row that variants are compared with.
        clean: Name of the row that clean speech is compared with; None where no words come out.
        speech: The references that they were scored against.
        seed: Of bootstrap and tests.
    """
    named = {row.name: row for row in rows}
    entries = []
    for row in rows:
        entry = {"name": row.name, "settings": list(row.settings), "seconds": row.seconds, "wer": {}}
        entry |= dict.fromkeys(("average", "average_ci95", "p", "p_clean"))
        if row.has_words:
            wer = {condition.name: float(one.words.percent) for condition, one in row.measurements.items()}
            under_music = [rate for name, rate in wer.items() if name != CLEAN.name]
            entry |= {
                "wer": wer,
                "average": sum(under_music) / len(under_music),
                "average_ci95": list(confidence(row.music, speech, seed=seed)),
                "p": _p(row.music, named[first].music, seed=seed),
                "p_clean": _p([row.measurements[CLEAN]], [named[clean].measurements[CLEAN]], seed=seed),
            }
        entries.append(entry | {"sdr": _sdr(row)})
    return entries


def _sdr(row: Row) -> dict[str, float]:
    """Mean SDR of the speech estimates under each condition with music, dB."""
    found = {condition.name: one.separation["sdr"] for condition, one in row.measurements.items()}
    return {name: float(one.mean()) for name, one in found.items() if one is not None}


def markdown(entries: Sequence[dict], *, first: str, clean: str | None, on: str) -> str:
    """The table as GitHub Markdown."""
    if clean is None:
        return _separation_table(entries, on=on)
    average = next(entry["average"] for entry in entries if entry["name"] == first)
    snrs = [name.removeprefix(f"{MAIN_GENRE}_") for name in entries[0]["wer"] if name != CLEAN.name]
    lines = [
        f"| {on} set | clean | p | {' | '.join(f'{snr} dB' for snr in snrs)} "
        "| avg | change % | p | SDR, dB | training, min |",
        "|---|--:|--:|" + "--:|" * len(snrs) + "--:|--:|--:|--:|--:|",
        *(_line(entry, average, first=first, clean=clean) for entry in entries),
        "",
        f"WER in %; avg: of {', '.join(snrs)} dB, with its 95 % confidence interval. Change % and the second "
        f"p: against {first}; the first p: against {clean} on clean speech (matched pairs over utterances). "
        f"SDR at {', '.join(snrs)} dB.",
    ]
    return "\n".join(lines) + "\n"


def _separation_table(entries: Sequence[dict], *, on: str) -> str:
    """The table where no words come out."""
    snrs = [name.removeprefix(f"{MAIN_GENRE}_") for name in entries[0]["sdr"]]
    lines = [
        f"| {on} set | {' | '.join(f'SDR {snr} dB' for snr in snrs)} | training, min |",
        "|---|" + "--:|" * (len(snrs) + 1),
    ]
    for entry in entries:
        cells = [f"{one:.2f}" for one in entry["sdr"].values()]
        lines.append(f"| `{entry['name']}` | {' | '.join(cells)} | {_minutes(entry['seconds'])} |")
    return "\n".join(lines) + "\n"


def _line(entry: dict, average: float, *, first: str, clean: str) -> str:
    wer, seconds = entry["wer"], entry["seconds"]
    is_first, is_clean = entry["name"] == first, entry["name"] == clean
    change = 100 * (entry["average"] - average) / average if average else 0.0
    interval = "[{:.1f}, {:.1f}]".format(*entry["average_ci95"])
    cells = [
        f"`{entry['name']}`",
        f"{wer[CLEAN.name]:.2f}",
        "-" if is_clean else p_text(entry["p_clean"]),
        *(f"{rate:.2f}" for name, rate in wer.items() if name != CLEAN.name),
        f"{entry['average']:.2f} {interval}",
        "-" if is_first else f"{change:+.1f}",
        "-" if is_first else p_text(entry["p"]),
        " / ".join(f"{one:.2f}" for one in entry["sdr"].values()) or "-",
        _minutes(seconds),
    ]
    return "| " + " | ".join(cells) + " |"


def _minutes(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 60:.1f}"


def _p(ours: Sequence[Measurement], others: Sequence[Measurement], *, seed: int) -> float:
    return matched_pairs(pooled_errors(ours)[0], pooled_errors(others)[0], seed=seed)
