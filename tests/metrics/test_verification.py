"""The equal error rate, beside scikit-learn's curve."""

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from musasr.metrics.verification import equal_error_rate


def test_a_rate_by_hand():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3])
    is_same = np.array([1, 1, 0, 1, 0, 0])
    assert equal_error_rate(scores=scores, is_same=is_same) == pytest.approx(1 / 3)
    assert equal_error_rate(scores=is_same.astype(float), is_same=is_same) == 0
    assert equal_error_rate(scores=np.zeros(6), is_same=is_same) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_where_sklearns_curve_crosses(seed):
    generator = np.random.default_rng(seed)
    is_same = generator.random(300) < 0.3
    scores = (generator.normal(size=300) + is_same).round(1)  # with equal scores
    alarms, hits, _ = roc_curve(is_same, scores, drop_intermediate=False)
    fine = np.linspace(0, 1, 200_001)
    crossing = fine[np.argmin(np.abs(np.interp(fine, alarms, hits) - (1 - fine)))]
    assert equal_error_rate(scores=scores, is_same=is_same) == pytest.approx(crossing, abs=2e-5)


def test_one_kind_alone_has_none():
    with pytest.raises(ValueError, match="pairs of one speaker and pairs of two"):
        equal_error_rate(scores=np.ones(2), is_same=np.ones(2))
