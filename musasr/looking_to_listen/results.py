"""Figures of a run: what each model, shown what, gives, and how sure that is."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from musasr.atomic import read_json
from musasr.errors import StateError
from musasr.looking_to_listen.controls import RIGHT
from musasr.looking_to_listen.evaluation import BEST_ORDER, SCORES, UNPROCESSED
from musasr.looking_to_listen.kinds import all_kinds
from musasr.machine import processor_name
from musasr.metrics.significance import bootstrap_ci95, matched_pairs

AGAIN = "run musasr evaluate looking_to_listen"
PERCENT = 100.0


def collect(folders: Mapping[str, Path], config: Mapping[str, Any], *, commit: str) -> dict[str, Any]:
    """The content of results.json.

    Args:
        folders: Variant -> its folder.
        config: The run's.
        commit: Of the checkout.

    Raises:
        StateError: A variant is not evaluated.
    """
    scores = {variant: _scores(folder / "test" / SCORES) for variant, folder in folders.items()}
    tables = {kind: _tables(scores, kind) for kind in all_kinds(config)}
    seed, seen = config["seed"], _is_seen(config)
    return {
        "system": config["system"],
        "config": json.loads(json.dumps(config)),
        "commit": commit,
        "machine": processor_name(),
        "results": [row for kind, of_kind in tables.items() for row in _rows(kind, of_kind, seen, seed=seed)],
        "comparisons": [
            {"kind": kind, **one}
            for kind, of_kind in tables.items()
            for one in _comparisons(of_kind, seen, seed=seed)
        ],
        "missing": {name: reason for one in scores.values() for name, reason in one["missing"].items()},
    }


def _is_seen(config: Mapping[str, Any]) -> dict[str, bool]:
    """Which variants see faces."""
    return {name: one["face_encoder"] is not None for name, one in config["variants"].items()}


class Table:
    """Scores of a variant's test voices of a kind of mixtures, by what it was shown."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]):
        """Lay the voices of all mixtures out in order."""
        self.mixtures = [row["mixture"] for row in rows for _ in row["voices"]]
        self.scores = [voice["scores"] for row in rows for voice in row["voices"]]
        self.metrics = list(self.scores[0][UNPROCESSED])
        self.has_orders = any(len(row["voices"]) > 1 for row in rows)

    def of(self, shown: str, metric: str) -> np.ndarray:
        """(N,) dB."""
        return np.array([one[shown][metric] for one in self.scores])

    def by_mixture(self, shown: str, metric: str) -> np.ndarray:
        """Means of a mixture's voices, which are not independent: (mixtures,) dB."""
        values, mixtures = self.of(shown, metric), np.array(self.mixtures)
        return np.array([values[mixtures == one].mean() for one in dict.fromkeys(self.mixtures)])


def _scores(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise StateError("is not evaluated", where=path.parent, mend=AGAIN)
    return read_json(path, mend=AGAIN, keys=["rows", "missing"])


def _tables(scores: Mapping[str, Mapping[str, Any]], kind: str) -> dict[str, Table]:
    """The tables of the variants that were tested on a kind.

    Raises:
        StateError: There is none.
    """
    rows = {name: [row for row in one["rows"] if row["kind"] == kind] for name, one in scores.items()}
    if not any(rows.values()):
        raise StateError(f"no variant is evaluated on {kind}", mend=AGAIN)
    return {name: Table(of_kind) for name, of_kind in rows.items() if of_kind}


def _rows(
    kind: str, tables: Mapping[str, Table], seen: Mapping[str, bool], *, seed: int
) -> list[dict[str, Any]]:
    """The mixtures of a kind as they are, and what each variant makes of them."""
    unprocessed = _row(None, UNPROCESSED, next(iter(tables.values())), seed=seed)
    found = [
        _row(variant, shown, table, seed=seed)
        for variant, table in tables.items()
        for shown in _rows_of(table, is_seen=seen[variant])
    ]
    return [{"kind": kind, **row} for row in (unprocessed, *found)]


def _rows_of(table: Table, *, is_seen: bool) -> list[str]:
    """What was shown; the best order only where nothing says whose estimate is whose."""
    names = [name for name in table.scores[0] if name not in (UNPROCESSED, BEST_ORDER)]
    return names if is_seen or not table.has_orders else [*names, BEST_ORDER]


def _row(variant: str | None, shown: str, table: Table, *, seed: int) -> dict[str, Any]:
    row: dict[str, Any] = {"variant": variant, "shown": shown, "num_mixtures": len(set(table.mixtures))}
    for metric in table.metrics:
        gains = table.by_mixture(shown, metric) - table.by_mixture(UNPROCESSED, metric)
        row[metric] = float(table.of(shown, metric).mean())
        row[f"{metric}_improvement"] = float(gains.mean())
        row[f"{metric}_improvement_ci95"] = mean_ci95(gains, seed=seed)
    return row


def mean_ci95(values: np.ndarray, *, seed: int) -> list[float]:
    """The 95 % confidence interval of a mean, by bootstrap."""
    return list(bootstrap_ci95(values / PERCENT, np.ones(len(values)), seed=seed))


def _comparisons(tables: Mapping[str, Table], seen: Mapping[str, bool], *, seed: int) -> list[dict[str, Any]]:
    """Each model that looks against each that does not, and against itself with other faces."""
    found = []
    for variant, table in tables.items():
        if not seen[variant]:
            continue
        right = (variant, RIGHT, table)
        found += [
            _comparison(right, (other, shown, tables[other]), seed=seed)
            for other in tables
            if not seen[other]
            for shown in _rows_of(tables[other], is_seen=False)
        ]
        others = [name for name in _rows_of(table, is_seen=True) if name != RIGHT]
        found += [_comparison(right, (variant, shown, table), seed=seed) for shown in others]
    return found


def _comparison(one: tuple[str, str, Table], other: tuple[str, str, Table], *, seed: int) -> dict[str, Any]:
    first, second = (table.by_mixture(shown, "si_sdr") for _, shown, table in (one, other))
    return {
        "variant": one[0],
        "shown": one[1],
        "against": other[0],
        "against_shown": other[1],
        "si_sdr_difference": float((first - second).mean()),
        "si_sdr_difference_ci95": mean_ci95(first - second, seed=seed),
        "p": matched_pairs(first, second, seed=seed),
    }
