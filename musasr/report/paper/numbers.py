"""The paper's own numbers (Woo et al. 2020, Tables I and II), looked up by system."""

from functools import cache
from importlib import resources

import yaml

from musasr.recipe.conditions import BASELINE, BEST, CLEAN, Condition
from musasr.recipe.systems import System

TABLE2_SYSTEMS = {"mixture": BASELINE, "joint": BEST}


@cache
def _numbers() -> dict[tuple[str, str], dict]:
    """Return (system, music) -> row, where music is "anime" or a genre of Table II."""
    text = resources.files("musasr.report.paper").joinpath("paper_tables.yaml").read_text(encoding="utf-8")
    tables = yaml.safe_load(text)
    rows = {}
    for row in tables["table1"]:
        system = System(row["front_end"], row["back_end"], row["fine_tune"])
        rows[system.name, "anime"] = row
    for row in tables["table2"]:
        rows[TABLE2_SYSTEMS[row["system"]], row["genre"]] = row
    return rows


def paper_score(system: str, condition: Condition, score: str) -> float | None:
    """Return the paper's figure of one table cell, None where its tables have none.

    Args:
        system: Name as in LIST, such as "time+mixture:both".
        condition: Music and SNR; clean speech is in Table I.
        score: "wer" (percent) or "sdr" (dB).
    """
    column = "clean" if condition.snr_db is None else str(condition.snr_db)
    return _numbers().get((system, condition.music), {}).get(score, {}).get(column)


def paper_average(system: str, music: str, score: str) -> float | None:
    """Return the paper's mean over 5, 0 and -5 dB; as printed where its table has the column.

    Args:
        system: Name as in LIST.
        music: "anime" or a genre of Table II; "clean" has one figure.
        score: "wer" (percent) or "sdr" (dB).
    """
    if music == CLEAN.name:
        return paper_score(system, CLEAN, score)
    cells = _numbers().get((system, music), {}).get(score)
    if cells is None:
        return None
    return cells.get("avg", sum(cells[snr] for snr in ("5", "0", "-5")) / 3)
