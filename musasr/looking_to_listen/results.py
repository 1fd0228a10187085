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
    tables = {variant: _table(folder / "test" / SCORES) for variant, folder in folders.items()}
    seed, seen = config["seed"], _is_seen(config)
    rows = [
        _row(variant, shown, table, seed=seed)
        for variant, table in tables.items()
        for shown in _rows_of(table, is_seen=seen[variant])
    ]
    unprocessed = _row(None, UNPROCESSED, next(iter(tables.values())), seed=seed)
    return {
        "system": config["system"],
        "config": json.loads(json.dumps(config)),
        "commit": commit,
        "machine": processor_name(),
        "results": [unprocessed, *rows],
        "comparisons": _comparisons(tables, seen, seed=seed),
        "missing": {name: reason for table in tables.values() for name, reason in table.missing.items()},
    }


def _is_seen(config: Mapping[str, Any]) -> dict[str, bool]:
    """Which variants see faces."""
    return {name: one["face_encoder"] is not None for name, one in config["variants"].items()}


class Table:
    """Scores of a variant's test voices, by what it was shown."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], missing: Mapping[str, str] | None = None):
        """Lay the voices of all mixtures out in order.

        Args:
            rows: Of the mixtures.
            missing: Metrics that they have not, and why.
        """
        self.missing = missing or {}
        self.mixtures = [row["mixture"] for row in rows for _ in row["voices"]]
        self.scores = [voice["scores"] for row in rows for voice in row["voices"]]
        self.metrics = list(self.scores[0][UNPROCESSED])

    def of(self, shown: str, metric: str) -> np.ndarray:
        """(N,) dB."""
        return np.array([one[shown][metric] for one in self.scores])

    def by_mixture(self, shown: str, metric: str) -> np.ndarray:
        """Means of a mixture's voices, which are not independent: (mixtures,) dB."""
        values, mixtures = self.of(shown, metric), np.array(self.mixtures)
        return np.array([values[mixtures == one].mean() for one in dict.fromkeys(self.mixtures)])


def _table(path: Path) -> Table:
    if not path.is_file():
        raise StateError("is not evaluated", where=path.parent, mend=AGAIN)
    return Table(**read_json(path, mend=AGAIN, keys=["rows", "missing"]))


def _rows_of(table: Table, *, is_seen: bool) -> list[str]:
    """What was shown; the best order only where nothing says whose estimate is whose."""
    names = [name for name in table.scores[0] if name not in (UNPROCESSED, BEST_ORDER)]
    return names if is_seen else [*names, BEST_ORDER]


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
            for other, is_seen in seen.items()
            if not is_seen
            for shown in (RIGHT, BEST_ORDER)
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
