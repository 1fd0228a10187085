"""Tags and classes: accuracy, F1, ROC-AUC and PR-AUC, each equal to scikit-learn's.

Truth is (N, K) of 0 and 1, scores (N, K) are higher where a label is likelier.
"""

import numpy as np

THRESHOLD = 0.5


def accuracy(*, scores: np.ndarray, truth: np.ndarray) -> float:
    """How often the highest score is the true class's, from 0 to 1."""
    return float((scores.argmax(1) == truth.argmax(1)).mean())


def micro_f1(*, scores: np.ndarray, truth: np.ndarray, threshold: float = THRESHOLD) -> float:
    """F1 of all decisions together; 0 where nothing is said and nothing is true."""
    said, true = scores >= threshold, truth.astype(bool)
    return float(_f1((said & true).sum(), said.sum(), true.sum()))


def macro_f1(*, scores: np.ndarray, truth: np.ndarray, threshold: float = THRESHOLD) -> float:
    """The mean of the labels' own F1."""
    said, true = scores >= threshold, truth.astype(bool)
    return float(_f1((said & true).sum(0), said.sum(0), true.sum(0)).mean())


def fitted_threshold(*, scores: np.ndarray, truth: np.ndarray) -> float:
    """The score from which on labels are said for the best micro F1; of equally good ones the highest."""
    values, true = scores.ravel(), truth.ravel().astype(bool)
    order = np.argsort(-values, kind="stable")
    ends = _last_of_equals(values[order])
    f1 = _f1(true[order].cumsum()[ends], ends + 1, true.sum())
    return float(values[order][ends[f1.argmax()]])


def roc_auc(*, scores: np.ndarray, truth: np.ndarray) -> float:
    """The mean over labels of the area under the ROC curve: how often a true item outscores a false one.

    Labels that all items have, or none, have no such area and are left out.

    Raises:
        ValueError: No label is left.
    """
    return _mean_over_labels(_roc_auc, scores, truth)


def pr_auc(*, scores: np.ndarray, truth: np.ndarray) -> float:
    """The mean over labels of the average precision; labels are left out, and it raises, as in `roc_auc`."""
    return _mean_over_labels(_average_precision, scores, truth)


def _mean_over_labels(measure, scores: np.ndarray, truth: np.ndarray) -> float:
    columns = [k for k in range(truth.shape[1]) if 0 < truth[:, k].sum() < len(truth)]
    if not columns:
        raise ValueError("no label is both true and false of some item")
    return float(np.mean([measure(scores[:, k], truth[:, k].astype(bool)) for k in columns]))


def _roc_auc(scores: np.ndarray, true: np.ndarray) -> float:
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (counts.cumsum() - (counts - 1) / 2)[inverse]  # from 1; equal scores share their mean rank
    num_true, num_false = true.sum(), (~true).sum()
    return (ranks[true].sum() - num_true * (num_true + 1) / 2) / (num_true * num_false)


def _average_precision(scores: np.ndarray, true: np.ndarray) -> float:
    order = np.argsort(-scores, kind="stable")
    ends = _last_of_equals(scores[order])
    hits = true[order].cumsum()[ends]
    return float((np.diff(hits, prepend=0) / true.sum() * hits / (ends + 1)).sum())


def _last_of_equals(ranked: np.ndarray) -> np.ndarray:
    """The last place of each run of equal values."""
    return np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)


def _f1(hits, said, true):
    return 2 * hits / np.maximum(said + true, 1)
