"""results.json and table.md: means with intervals, what is significant, what the controls say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from musasr.lass.test_list import IDEAL, UNPROCESSED
from musasr.metrics.significance import bootstrap_ci95, matched_pairs

CALLED = {"text": "caption", "tags": "right tags", "example": "example"}  # the row of the right query, by cue
RIGHT = ("caption", "unseen")  # of a text's queries, those that have a row of their own
Rows = Mapping[tuple[str, str], Mapping[str, Mapping[str, float]]]  # (system, asked) -> mixture -> scores


def collect(
    rows: Iterable[Mapping[str, Any]],
    *,
    config: Mapping[str, Any],
    commit: str,
    trainings: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """What results.json holds.

    Args:
        rows: `musasr.lass.evaluation.Row`, as mappings.
        config: The resolved configuration.
        commit: That made them.
        trainings: Seconds and parameters of each variant.

    Returns:
        ``config``, ``commit``, ``trainings``, ``systems`` (a row each: system, asked, means in dB, an
        interval), ``controls`` (of each variant), ``comparisons`` (pairs of rows: difference in dB and p).
    """
    scores: dict[tuple[str, str], dict[str, Mapping[str, float]]] = {}
    for row in rows:
        scores.setdefault((row["system"], row["asked"]), {})[row["mixture_id"]] = row["scores"]
    seed = config["seed"]
    shown = [key for key, by_mixture in scores.items() if "sdr" in next(iter(by_mixture.values()))]
    return {
        "config": config,
        "commit": commit,
        "trainings": trainings,
        "systems": [_system(key, scores, seed) for key in shown],
        "controls": {name: _controls(name, config["variants"][name]["cue"], scores) for name in trainings},
        "comparisons": _comparisons(shown, scores, seed),
    }


def _system(key: tuple[str, str], scores: Rows, seed: int) -> dict[str, Any]:
    """One row: means, and the improvements over the mixtures themselves."""
    own, before = scores[key], scores[UNPROCESSED, ""]
    improved = [own[name]["si_sdr"] - before[name]["si_sdr"] for name in own]
    found = {"system": key[0], "asked": key[1], "num_mixtures": len(own)}
    for name in ("sdr", "sir", "sar", "si_sdr"):
        found[name] = _mean(one[name] for one in own.values())
    found["sdr_improvement"] = found["sdr"] - _mean(one["sdr"] for one in before.values())
    found["si_sdr_improvement"] = _mean(improved)
    interval = bootstrap_ci95(improved, [1.0] * len(improved), seed=seed)
    return found | {"si_sdr_improvement_ci95": [bound / 100 for bound in interval]}


def _controls(name: str, cue: str, scores: Rows) -> dict[str, float]:
    """What happens where something else is asked for, in dB."""
    right = scores[name, CALLED[cue]]
    before = scores[UNPROCESSED, ""]
    wrong, swapped = scores[name, "wrong"], scores[name, "swapped"]
    found = {
        "si_sdr": _mean(one["si_sdr"] for one in right.values()),
        "wrong_query_fall": _difference(right, wrong, "si_sdr"),
        "swapped_query_fall": _difference(right, swapped, "si_sdr"),
        "swapped_query_improvement_of_the_other": _difference(swapped, before, "si_sdr_background"),
        "right_query_level": _mean(one["level_db"] for one in right.values()),
        "absent_query_level": _mean(one["level_db"] for one in wrong.values()),
    }
    if cue == "text":
        for wording in ("paraphrase", "unseen"):
            found[f"{wording}_difference"] = _difference(scores[name, wording], right, "si_sdr")
    return found


def _comparisons(shown: Sequence[tuple[str, str]], scores: Rows, seed: int) -> list[dict[str, Any]]:
    """Each row of a text model against each row of a tag model: difference in dB, and its p."""
    texts = [key for key in shown if key[1] in RIGHT]
    others = [key for key in shown if key not in texts and key[0] not in (UNPROCESSED, IDEAL)]
    found = []
    for one in texts:
        for other in others:
            if not other[1].startswith(one[1]) and other[1] != "right tags":
                continue
            names = sorted(scores[one])
            pair = [[scores[key][name]["si_sdr"] for name in names] for key in (one, other)]
            difference = float(np.mean(pair[0]) - np.mean(pair[1]))
            p_value = matched_pairs(*pair, seed=seed)
            found.append({"row": one, "against": other, "difference": difference, "p_value": p_value})
    return found


def _difference(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> float:
    return _mean(one[mixture][name] - other[mixture][name] for mixture in one)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def table(results: Mapping[str, Any]) -> str:
    """The same as Markdown."""
    lines = [
        "| system | asked | SDR | SDRi | SIR | SAR | SI-SDR | SI-SDRi (95 %) |",
        "|---|---|---|---|---|---|---|---|",
        *map(_line, results["systems"]),
        "",
        "| control | " + " | ".join(results["controls"]) + " | wanted |",
        "|---|" + "---|" * (len(results["controls"]) + 1),
    ]
    for name, (said, wanted) in CONTROLS.items():
        values = [_shown(own.get(name)) for own in results["controls"].values()]
        lines.append(f"| {said} | " + " | ".join(values) + f" | {wanted} |")
    lines += ["", "| row | against | difference, dB | p |", "|---|---|---|---|"]
    for one in results["comparisons"]:
        names = (", ".join(one[side]) for side in ("row", "against"))
        lines.append("| " + " | ".join(names) + f" | {one['difference']:+.2f} | {one['p_value']:.4f} |")
    number = results["systems"][0]["num_mixtures"]
    return "\n".join([*lines, "", f"{number} mixtures, dB; differences are of SI-SDR.", ""])


def _line(row: Mapping[str, Any]) -> str:
    low, high = row["si_sdr_improvement_ci95"]
    values = [row[name] for name in ("sdr", "sdr_improvement", "sir", "sar", "si_sdr")]
    shown = " | ".join(map(_shown, values))
    improved = f"{row['si_sdr_improvement']:.2f} [{low:.2f}, {high:.2f}]"
    return f"| {row['system']} | {row['asked']} | {shown} | {improved} |"


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return "inf" if value >= 79 else f"{value:.2f}"


CONTROLS = {
    "wrong_query_fall": ("a sound that is not there is asked for: SI-SDR falls by", "5 or more"),
    "swapped_query_fall": ("the other sound is asked for: SI-SDR falls by", "as much"),
    "swapped_query_improvement_of_the_other": ("and the other's SI-SDR is improved by", "as the right one's"),
    "right_query_level": ("level of what is asked for, below the mixture", "-3"),
    "absent_query_level": ("level where it is not there", "far below"),
    "paraphrase_difference": ("another wording that trainings draw: SI-SDR changes by", "less than 1"),
    "unseen_difference": ("a wording that no training sees: by", "less than 1"),
}
