"""A tagger's scores of a set against the truth: figures with confidence intervals, errors of each track."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from musasr.corpora.tagged import Track
from musasr.metrics import tagging
from musasr.metrics.significance import resampled_ci95
from musasr.music_tags.labels import Labels

type Scores = Mapping[str, np.ndarray]


def truth_of(tracks: Sequence[Track], labels: Labels) -> dict[str, np.ndarray]:
    """0 and 1 (N, K) of each head."""
    rows = [labels.truth(one) for one in tracks]
    return {head: np.stack([row[head] for row in rows]) for head in labels.heads()}


def figures(
    scores: Scores, truth: Scores, *, threshold: float | None, num_resamples: int, seed: int
) -> dict[str, Any]:
    """Of each head: accuracy in percent, or F1 and areas, each with its 95 % interval over drawn test tracks.

    Args:
        scores: Probabilities (N, K) by head.
        truth: 0 and 1.
        threshold: Of tags, as dev had it fitted; None: tags are not asked.
        num_resamples: Test sets that are drawn.
        seed: Of them.
    """
    found: dict[str, Any] = {}
    for head in scores:
        measures = STATION if head == "station" else _of_tags(threshold)
        found[head] = {
            name: _with_interval(measure, scores[head], truth[head], num_resamples, seed)
            for name, measure in measures.items()
        }
    if "tags" in scores:
        found["tags"]["threshold"] = threshold
    return found


def roc_auc_of(tags: Sequence[str], *, scores: np.ndarray, truth: np.ndarray) -> dict[str, float | None]:
    """Of each tag the area under its ROC curve, percent; None of one that all tracks have, or none."""
    found: dict[str, float | None] = {}
    for index, tag in enumerate(tags):
        held = truth[:, index]
        is_told = 0 < held.sum() < len(held)
        own = {"scores": scores[:, [index]], "truth": truth[:, [index]]}
        found[tag] = round(100 * tagging.roc_auc(**own), 2) if is_told else None
    return found


def errors(scores: Scores, truth: Scores) -> dict[str, np.ndarray]:
    """Wrong answers (N,) of each track by head: of its station 0 or 1; of all tags, at 0.5, how many."""
    found = {}
    for head, values in scores.items():
        if head == "station":
            found[head] = (values.argmax(1) != truth[head].argmax(1)).astype(float)
        else:
            said = values >= tagging.THRESHOLD
            found[head] = (said != (truth[head] > 0.5)).sum(1).astype(float)
    return found


def majority(train: Scores, num_items: int) -> dict[str, np.ndarray]:
    """The answers of who has heard nothing: how often each label holds in training, for every item."""
    return {head: np.tile(values.mean(0), (num_items, 1)) for head, values in train.items()}


STATION: Mapping[str, Callable] = {"accuracy": tagging.accuracy}


def _of_tags(threshold: float | None) -> dict[str, Callable]:
    fitted = {"threshold": tagging.THRESHOLD if threshold is None else threshold}
    return {
        "micro_f1": tagging.micro_f1,
        "macro_f1": tagging.macro_f1,
        "micro_f1_fitted": lambda **given: tagging.micro_f1(**given, **fitted),
        "macro_f1_fitted": lambda **given: tagging.macro_f1(**given, **fitted),
        "roc_auc": tagging.roc_auc,
        "pr_auc": tagging.pr_auc,
    }


def _with_interval(
    measure: Callable, scores: np.ndarray, truth: np.ndarray, num_resamples: int, seed: int
) -> dict[str, Any]:
    low, high = resampled_ci95(
        lambda drawn: 100 * measure(scores=scores[drawn], truth=truth[drawn]),
        num_items=len(truth),
        num_resamples=num_resamples,
        seed=seed,
    )
    value = 100 * measure(scores=scores, truth=truth)
    return {"value": round(value, 2), "ci95": [round(low, 2), round(high, 2)]}
