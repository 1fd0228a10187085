"""Speaker verification: how often same is taken for different, and different for same."""

import numpy as np


def equal_error_rate(*, scores: np.ndarray, is_same: np.ndarray) -> float:
    """The rate, from 0 to 1, at the threshold where false alarms are as frequent as misses.

    Between two thresholds both rates are taken as straight lines.

    Args:
        scores: (N,), higher where two voices are more alike.
        is_same: (N,), whether they are one person's.

    Raises:
        ValueError: All pairs are of one kind.
    """
    is_same = np.asarray(is_same, dtype=bool)
    num_same, num_different = int(is_same.sum()), int((~is_same).sum())
    if not num_same or not num_different:
        raise ValueError("an equal error rate wants pairs of one speaker and pairs of two")
    order = np.argsort(-np.asarray(scores), kind="stable")
    ranked, values = is_same[order], np.asarray(scores)[order]
    ends = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # equal scores are accepted together
    misses = 1 - np.append(0, ranked.cumsum()[ends]) / num_same
    alarms = np.append(0, (~ranked).cumsum()[ends]) / num_different
    after = int(np.argmax(alarms >= misses))
    gap, next_gap = misses[after - 1] - alarms[after - 1], misses[after] - alarms[after]
    part = gap / (gap - next_gap)
    return float(alarms[after - 1] + part * (alarms[after] - alarms[after - 1]))
