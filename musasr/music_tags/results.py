"""results.json and table.md of a run: every variant's figures, and the claims."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from musasr.corpora.tagged import Track

COLUMNS = (
    ("station", "accuracy", "accuracy"),
    ("tags", "micro_f1", "micro F1"),
    ("tags", "macro_f1", "macro F1"),
    ("tags", "micro_f1_fitted", "micro F1, fitted"),
    ("tags", "macro_f1_fitted", "macro F1, fitted"),
    ("tags", "roc_auc", "ROC-AUC"),
    ("tags", "pr_auc", "PR-AUC"),
)


def describe(tracks: Sequence[Track]) -> dict[str, Any]:
    """How many tracks a set has, and how many of each label."""
    return {
        "num_tracks": len(tracks),
        "station": dict(sorted(Counter(one.station for one in tracks if one.station).items())),
        "tags": dict(sorted(Counter(tag for one in tracks for tag in one.tags).items())),
    }


def table(results: Mapping[str, Any]) -> str:
    """Two tables in Markdown: systems by measures, claims by verdicts."""
    shown = [one for one in COLUMNS if any(one[0] in system for system in results["systems"].values())]
    lines = [
        f"{results['sets']['test']['num_tracks']} test tracks; percent, [95 % interval]. Accuracy of the "
        "station; of tags F1 at 0.5 and at the threshold that dev fits, areas under the curves.",
        "",
        "| system | parameters | seconds | " + " | ".join(words for *_, words in shown) + " |",
        "|---|---|---|" + "---|" * len(shown),
    ]
    for name, system in results["systems"].items():
        cells = [_cell(system.get(head, {}).get(measure)) for head, measure, _ in shown]
        sizes = [_number(system.get(key)) for key in ("num_parameters", "train_seconds")]
        lines.append("| " + " | ".join([name, *sizes, *cells]) + " |")
    lines += ["", *_claims(results["claims"], results["significance"])]
    return "\n".join(lines) + "\n"


def _claims(claims: Sequence[Mapping[str, Any]], significance: float) -> list[str]:
    lines = [
        "Wrong answers a track (station: 0 or 1; tags: at 0.5, of all labels), with and without; p of a "
        f"matched-pairs test; a difference of p above {significance:g} is none.",
        "",
        "| choice | on | with | without | p | theirs | ours |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in claims:
        pair = f"{one['errors']:.3f} ({one['variant']}) | {one['errors_against']:.3f} ({one['against']})"
        theirs = one["theirs"] or "-"
        lines.append(
            f"| {one['words']} | {one['head']} | {pair} | {one['p']:.4f} | {theirs} | {one['ours']} |"
        )
    return lines


def _cell(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "-"
    low, high = figure["ci95"]
    return f"{figure['value']:.1f} [{low:.1f}, {high:.1f}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
