"""Two tables, ours beside the paper's: one structure for Markdown, terminal and HTML.

Table I has every system under the main genre, Table II those that are recognised under other genres too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from musasr.corpora.contract import MAIN_GENRE, SUNG_GENRE
from musasr.metrics.significance import FEWEST_SPEAKERS
from musasr.recipe.conditions import CLEAN, Condition, genres_in_training, music_of, snrs_of, under
from musasr.recipe.systems import System
from musasr.report.paper.numbers import Paper

NO_FIGURE = "-"


def p_text(p: float) -> str:
    """A p value as tables say it."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


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

    @property
    def in_paper(self) -> bool:
        """Whether the paper has any figure of it."""
        return any(cell.value is not None for cell in self.paper)


@dataclass(frozen=True)
class Table:
    """One table; ``columns`` name the cells of each row."""

    title: str
    columns: list[str]
    pairs: list[Pair]
    notes: list[str]

    @property
    def has_paper(self) -> bool:
        """Whether the paper has any figure of it: else its rows are left out."""
        return any(pair.in_paper for pair in self.pairs)


def system_name(entry: dict) -> str:
    """The name of an entry of ``systems``, as ``--systems`` spells it."""
    return System(entry["front_end"], entry["back_end"], entry["fine_tune"]).name


def find_result(entry: dict, condition: Condition) -> dict | None:
    """A system's entry for one condition, None where it was not measured."""
    wanted = (condition.test_set, condition.genre, condition.snr_db)
    for result in entry["results"]:
        if (result["test_set"], result["genre"], result["snr_db"]) == wanted:
            return result
    return None


def find_average(entry: dict, music: str) -> dict | None:
    """A system's mean over the SNRs of one kind of music, None where it was not measured."""
    genre = None if music == MAIN_GENRE else music
    return next((average for average in entry["averages"] if average["genre"] == genre), None)


def table1(results: dict, paper: Paper) -> Table:
    """Table I: WER under the main genre, its mean, that against the baseline's, and SDR."""
    snrs_db, baseline = snrs_of(results["config"]), results["config"]["report"]["baseline"]
    music = under(MAIN_GENRE, snrs_db)
    entries = {system_name(entry): entry for entry in results["systems"]}
    ours = find_average(entries[baseline], MAIN_GENRE)["wer"] if baseline in entries else None
    theirs = paper.average(baseline, music, "wer") if baseline else None
    pairs = [
        Pair(name, _ours_of_table1(entry, music, ours), _papers_of_table1(paper, name, music, theirs))
        for name, entry in entries.items()
    ]
    names = _snr_columns(snrs_db)
    notes = [
        "WER in %, SDR in dB; 95 % confidence intervals by bootstrap over speakers (over utterances where "
        f"the test set has fewer than {FEWEST_SPEAKERS} speakers).",
        f"avg: mean of {_listed(snrs_db)}; change %: of avg, relative to that of {baseline}.",
        *_mixture_notes(results, music),
    ]
    columns = ["clean", *names, "avg", "change %", *_sdr_columns(names)]
    return Table(f"Table I: recognition under background music ({MAIN_GENRE})", columns, pairs, notes)


def table2(results: dict, paper: Paper) -> Table:
    """Table II: some systems over other genres than the main one; the paper's training had none of them."""
    names, genres = _snr_columns(snrs_of(results["config"])), music_of(results["config"])[1:]
    entries = {system_name(entry): entry for entry in results["systems"]}
    pairs = [
        _pair_of_table2(results, paper, name, entries[name], genre)
        for name in results["config"]["report"]["under_genres"]
        for genre in genres
        if name in entries and find_average(entries[name], genre)
    ]
    heard = [genre for genre in genres_in_training(results["config"]) if genre in genres]
    told = [
        "genres that were not in training" + (f", but for {', '.join(heard)} (other titles)" if heard else "")
    ]
    if SUNG_GENRE in genres:
        told.append(f"{SUNG_GENRE} has sung lyrics")
    notes = [f"WER in %, SDR in dB; {'; '.join(told)}."]
    columns = [*names, "avg", *_sdr_columns(names)]
    return Table("Table II: recognition under other genres", columns, pairs, notes)


def markdown(table: Table) -> str:
    """A table as GitHub Markdown, confidence intervals in their cells."""
    lines = [f"## {table.title}", "", "| system | | " + " | ".join(table.columns) + " |"]
    lines.append("|---|---|" + "--:|" * len(table.columns))
    for pair in table.pairs:
        ours = [f"{cell.text} {cell.interval_text}".strip() for cell in pair.ours]
        lines.append(f"| {pair.label} | ours | " + " | ".join(ours) + " |")
        if table.has_paper:
            lines.append("| | paper | " + " | ".join(cell.text for cell in pair.paper) + " |")
    if not table.pairs:
        lines += ["", "Nothing of this table was measured."]
    return "\n".join([*lines, "", *[f"{note}  " for note in table.notes]]) + "\n"


def _snr_columns(snrs_db: Sequence[float]) -> list[str]:
    return [f"{snr_db:g} dB" for snr_db in snrs_db]


def _sdr_columns(names: Sequence[str]) -> list[str]:
    return [f"SDR {name}" for name in names]


def _listed(snrs_db: Sequence[float]) -> str:
    """SNRs in words: "5, 0 and -5 dB"."""
    *others, last = (f"{snr_db:g}" for snr_db in snrs_db)
    return f"{', '.join(others)} and {last} dB" if others else f"{last} dB"


def _ours_of_table1(entry: dict, music: list[Condition], baseline: float | None) -> list[Cell]:
    average = find_average(entry, MAIN_GENRE)
    return [
        *[_wer(find_result(entry, condition)) for condition in (CLEAN, *music)],
        _wer(average),
        Cell(_change(average["wer"], baseline), form="+.1f"),
        *[Cell(find_result(entry, condition)["sdr"]) for condition in music],
    ]


def _papers_of_table1(paper: Paper, name: str, music: list[Condition], baseline: float | None) -> list[Cell]:
    average = paper.average(name, music, "wer")
    return [
        *_cells([CLEAN, *music], lambda condition: paper.score(name, condition, "wer")),
        Cell(average),
        Cell(_change(average, baseline), form="+.1f"),
        *_cells(music, lambda condition: paper.score(name, condition, "sdr")),
    ]


def _pair_of_table2(results: dict, paper: Paper, name: str, entry: dict, genre: str) -> Pair:
    music = under(genre, snrs_of(results["config"]))
    found, average = [find_result(entry, condition) for condition in music], find_average(entry, genre)
    ours = [*[_wer(one) for one in (*found, average)], *[Cell(result["sdr"]) for result in found]]
    papers = [
        *_cells(music, lambda condition: paper.score(name, condition, "wer")),
        Cell(paper.average(name, music, "wer")),
        *_cells(music, lambda condition: paper.score(name, condition, "sdr")),
    ]
    return Pair(f"{name}, {genre}", ours, papers)


def _cells(conditions: list[Condition], score: Callable[[Condition], float | None]) -> list[Cell]:
    return [Cell(score(condition)) for condition in conditions]


def _wer(result: dict) -> Cell:
    interval = result["wer_ci95"]
    return Cell(result["wer"], None if interval is None else tuple(interval))


def _change(average: float | None, baseline: float | None) -> float | None:
    """The relative change in percent, None where there is nothing (or 0) to compare with."""
    return 100 * (average - baseline) / baseline if baseline and average is not None else None


def _mixture_notes(results: dict, music: list[Condition]) -> list[str]:
    """The SDR of the mixtures themselves, from the first system that knows it."""
    for entry in results["systems"]:
        values = [find_result(entry, condition)["sdr_mixture"] for condition in music]
        if None not in values:
            figures = ", ".join(f"{value:.2f}" for value in values)
            at = ", ".join(f"{condition.snr_db:g}" for condition in music)
            return [f"SDR of the mixtures themselves at {at} dB (ours): {figures} dB."]
    return []
