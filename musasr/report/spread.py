"""How far the figures of pooled runs spread, and what all of them together say, as Markdown."""

from collections.abc import Callable, Sequence

from musasr.corpora.contract import MAIN_GENRE
from musasr.recipe.conditions import CLEAN, Condition, snrs_of, under
from musasr.report import tables
from musasr.report.paper import verdicts
from musasr.report.paper.numbers import Paper

Figure = Callable[[dict], float | None]  # of a system's entry in results.json


def markdown(pooled: dict) -> str:
    """Each figure's mean over the runs and its range, the tables of all utterances, and the verdicts on them.

    Args:
        pooled: What :func:`musasr.report.pooling.pool` returned.
    """
    paper = Paper.load(pooled["config"]["report"]["paper"])
    parts = [_table(pooled), tables.markdown(tables.table1(pooled, paper))]
    second = tables.table2(pooled, paper)
    if second.pairs:
        parts.append(tables.markdown(second))
    return "\n".join([*parts, verdicts.markdown(pooled)])


def _table(pooled: dict) -> str:
    runs = pooled["runs"]
    figures = _figures(snrs_of(pooled["config"]))
    seeds = ", ".join(str(one["seed"]) for one in runs)
    lines = [
        f"## {len(runs)} runs: mean (least to most)",
        "",
        f"| system | {' | '.join(figures)} |",
        "|---|" + "--:|" * len(figures),
        *(_line(index, runs, figures) for index in range(len(runs[0]["systems"]))),
        "",
        f"WER in %, SDR in dB. Seeds: {seeds}. Commits: {pooled['commit']}.",
    ]
    if pooled["left_out"]:
        lines.append(f"Not in every run, and left out: {', '.join(pooled['left_out'])}.")
    return "\n".join(lines) + "\n"


def _figures(snrs_db: Sequence[float]) -> dict[str, Figure]:
    """Heading -> what stands below it."""

    def result(condition: Condition, score: str) -> Figure:
        return lambda entry: tables.find_result(entry, condition)[score]

    music = under(MAIN_GENRE, snrs_db)
    return {
        "clean": result(CLEAN, "wer"),
        **{f"{one.snr_db:g} dB": result(one, "wer") for one in music},
        "avg": lambda entry: tables.find_average(entry, MAIN_GENRE)["wer"],
        **{f"SDR {one.snr_db:g} dB": result(one, "sdr") for one in music},
    }


def _line(index: int, runs: Sequence[dict], figures: dict[str, Figure]) -> str:
    entries = [one["systems"][index] for one in runs]
    cells = [_cell([figure(entry) for entry in entries]) for figure in figures.values()]
    return f"| {tables.system_name(entries[0])} | {' | '.join(cells)} |"


def _cell(values: Sequence[float | None]) -> str:
    if None in values:
        return tables.NO_FIGURE
    return f"{sum(values) / len(values):.2f} ({min(values):.2f} to {max(values):.2f})"
