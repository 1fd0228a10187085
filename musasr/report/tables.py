"""Tables I and II, ours beside the paper's: one structure for Markdown, terminal and HTML."""

from collections.abc import Callable
from dataclasses import dataclass

from musasr.recipe.conditions import BASELINE, BEST, CLEAN, GENRES, SNRS_DB, Condition, under
from musasr.recipe.systems import System
from musasr.report.measurement import FEWEST_SPEAKERS
from musasr.report.paper.numbers import paper_average, paper_score

NO_FIGURE = "-"
SNR_COLUMNS = [f"{snr_db} dB" for snr_db in SNRS_DB]


@dataclass(frozen=True)
class Cell:
    """One figure, with its 95 % confidence interval where it has one; ``value`` None is an empty cell."""

    value: float | None
    interval: tuple[float, float] | None = None
    form: str = ".2f"

    @property
    def text(self) -> str:
        """The figure as it is printed."""
        return NO_FIGURE if self.value is None else f"{self.value:{self.form}}"

    @property
    def interval_text(self) -> str:
        """The interval as it is printed, empty where there is none."""
        return "" if self.interval is None else "[{:.1f}, {:.1f}]".format(*self.interval)


@dataclass(frozen=True)
class Pair:
    """Two rows of a table: what we measured and what the paper says."""

    label: str
    ours: list[Cell]
    paper: list[Cell]


@dataclass(frozen=True)
class Table:
    """One table; ``columns`` name the cells of each row."""

    title: str
    columns: list[str]
    pairs: list[Pair]
    notes: list[str]


def system_name(entry: dict) -> str:
    """Return the name in LIST of an entry of ``systems``."""
    return System(entry["front_end"], entry["back_end"], entry["fine_tune"]).name


def find_result(entry: dict, condition: Condition) -> dict | None:
    """Return a system's entry for one condition, None where it was not measured."""
    wanted = (condition.test_set, condition.genre, condition.snr_db)
    for result in entry["results"]:
        if (result["test_set"], result["genre"], result["snr_db"]) == wanted:
            return result
    return None


def find_average(entry: dict, music: str) -> dict | None:
    """Return a system's mean over the SNRs of one kind of music, None where it was not measured."""
    genre = under(music)[0].genre
    return next((average for average in entry["averages"] if average["genre"] == genre), None)


def table1(results: dict) -> Table:
    """Return Table I: WER under anime music, its mean, that against mixture ASR's, and SDR."""
    entries = {system_name(entry): entry for entry in results["systems"]}
    columns = ["clean", *SNR_COLUMNS, "avg", "change %", *[f"SDR {name}" for name in SNR_COLUMNS]]
    baseline = find_average(entries[BASELINE], "anime")["wer"] if BASELINE in entries else None
    pairs = [
        Pair(name, _ours_of_table1(entry, baseline), _paper_of_table1(name))
        for name, entry in entries.items()
    ]
    notes = [
        "WER in %, SDR in dB; 95 % confidence intervals by bootstrap over speakers (over utterances where "
        f"the test set has fewer than {FEWEST_SPEAKERS} speakers).",
        f"avg: mean of 5, 0 and -5 dB; change %: of avg, relative to that of {BASELINE}.",
        *_mixture_notes(results),
    ]
    return Table("Table I: recognition under background music (anime)", columns, pairs, notes)


def table2(results: dict) -> Table:
    """Return Table II: mixture ASR and the best joint model over genres that training did not have."""
    entries = {system_name(entry): entry for entry in results["systems"]}
    columns = [*SNR_COLUMNS, "avg", *[f"SDR {name}" for name in SNR_COLUMNS]]
    pairs = [
        Pair(f"{name}, {genre}", _ours_of_table2(entries[name], genre), _paper_of_table2(name, genre))
        for name in (BASELINE, BEST)
        for genre in GENRES
        if name in entries and find_average(entries[name], genre)
    ]
    notes = ["WER in %, SDR in dB; genres that were not in training; popular has sung lyrics."]
    return Table("Table II: recognition under unseen genres", columns, pairs, notes)


def markdown(table: Table) -> str:
    """Return a table as GitHub Markdown, confidence intervals in their cells."""
    lines = [f"## {table.title}", "", "| system | | " + " | ".join(table.columns) + " |"]
    lines.append("|---|---|" + "--:|" * len(table.columns))
    for pair in table.pairs:
        ours = [f"{cell.text} {cell.interval_text}".strip() for cell in pair.ours]
        lines.append(f"| {pair.label} | ours | " + " | ".join(ours) + " |")
        lines.append("| | paper | " + " | ".join(cell.text for cell in pair.paper) + " |")
    if not table.pairs:
        lines += ["", "Nothing of this table was measured."]
    return "\n".join([*lines, "", *[f"{note}  " for note in table.notes]]) + "\n"


def _ours_of_table1(entry: dict, baseline: float | None) -> list[Cell]:
    average = find_average(entry, "anime")
    return [
        *[_wer(find_result(entry, condition)) for condition in (CLEAN, *under("anime"))],
        _wer(average),
        Cell(_change(average["wer"], baseline), form="+.1f"),
        *[Cell(find_result(entry, condition)["sdr"]) for condition in under("anime")],
    ]


def _paper_of_table1(name: str) -> list[Cell]:
    average, baseline = paper_average(name, "anime", "wer"), paper_average(BASELINE, "anime", "wer")
    return [
        *_cells([CLEAN, *under("anime")], lambda condition: paper_score(name, condition, "wer")),
        Cell(average),
        Cell(_change(average, baseline), form="+.1f"),
        *_cells(under("anime"), lambda condition: paper_score(name, condition, "sdr")),
    ]


def _ours_of_table2(entry: dict, genre: str) -> list[Cell]:
    found = [find_result(entry, condition) for condition in under(genre)]
    average = find_average(entry, genre)
    return [*[_wer(one) for one in (*found, average)], *[Cell(result["sdr"]) for result in found]]


def _paper_of_table2(name: str, genre: str) -> list[Cell]:
    return [
        *_cells(under(genre), lambda condition: paper_score(name, condition, "wer")),
        Cell(paper_average(name, genre, "wer")),
        *_cells(under(genre), lambda condition: paper_score(name, condition, "sdr")),
    ]


def _cells(conditions: list[Condition], score: Callable[[Condition], float | None]) -> list[Cell]:
    return [Cell(score(condition)) for condition in conditions]


def _wer(result: dict) -> Cell:
    return Cell(result["wer"], tuple(result["wer_ci95"]))


def _change(average: float, baseline: float | None) -> float | None:
    """Return the relative change in percent, None where there is nothing (or 0) to compare with."""
    return 100 * (average - baseline) / baseline if baseline else None


def _mixture_notes(results: dict) -> list[str]:
    """Return the SDR of the mixtures themselves, from the first system that knows it."""
    for entry in results["systems"]:
        values = [find_result(entry, condition)["sdr_mixture"] for condition in under("anime")]
        if None not in values:
            figures = ", ".join(f"{value:.2f}" for value in values)
            return [f"SDR of the mixtures themselves at 5, 0, -5 dB (ours): {figures} dB."]
    return []
