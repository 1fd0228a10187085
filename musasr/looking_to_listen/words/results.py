"""Word error rates of the systems that read, with intervals, and each against the others."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from musasr.metrics.recognition import ErrorRate, corpus_wer
from musasr.metrics.separation import SCORE_LIMIT_DB
from musasr.metrics.significance import bootstrap_ci95, matched_pairs

ALL = "all"  # conditions together
type Rows = Sequence[Mapping[str, Any]]


def collect(rows: Mapping[str, Rows], *, seed: int) -> dict[str, Any]:
    """The section ``words`` of results.json.

    Args:
        rows: System -> what `musasr.looking_to_listen.words.evaluation.read_clips` wrote.
        seed: Of the resampling.
    """
    conditions = list(dict.fromkeys(row["condition"] for one in rows.values() for row in one))
    rates = {name: _rate(of_system) for name, of_system in rows.items()}
    return {
        "num_clips": len({row["clip"] for one in rows.values() for row in one}),
        "results": [
            _result(name, condition, of_system, seed=seed)
            for name, of_system in rows.items()
            for condition in [*conditions, ALL]
        ],
        "comparisons": [
            _comparison((first, rates[first]), (second, rates[second]), seed=seed)
            for first, second in combinations(rows, 2)
        ],
    }


def _rate(rows: Rows) -> ErrorRate:
    texts = [
        {f"{row['condition']}/{row['clip']}": row[field] or "" for row in rows}
        for field in ("reference", "hypothesis")
    ]
    return corpus_wer(*texts)


def _result(name: str, condition: str, rows: Rows, *, seed: int) -> dict[str, Any]:
    those = [row for row in rows if condition in (ALL, row["condition"])]
    rate = _rate(those)
    return {
        "system": name,
        "condition": condition,
        "wer": rate.percent,
        "wer_ci95": list(bootstrap_ci95(rate.utterance_errors, rate.utterance_tokens, seed=seed)),
        "si_sdr_gain": _gain([row for row in those if row["si_sdr_mixture"] < SCORE_LIMIT_DB]),
    }


def _gain(mixtures: Rows) -> float | None:
    """The mean gain of the speech's SI-SDR, dB; None where nothing is under any speech."""
    gains = [row["si_sdr"] - row["si_sdr_mixture"] for row in mixtures]
    return float(np.mean(gains)) if gains else None


def _comparison(one: tuple[str, ErrorRate], other: tuple[str, ErrorRate], *, seed: int) -> dict[str, Any]:
    (first, errors), (second, others) = one, other
    difference = errors.utterance_errors - others.utterance_errors
    return {
        "system": first,
        "against": second,
        "wer_difference": errors.percent - others.percent,
        "wer_difference_ci95": list(bootstrap_ci95(difference, errors.utterance_tokens, seed=seed)),
        "p": matched_pairs(errors.utterance_errors, others.utterance_errors, seed=seed),
    }
