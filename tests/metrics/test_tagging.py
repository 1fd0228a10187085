"""Each score of tags beside scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics

from musasr.metrics import tagging


@pytest.fixture(params=range(4))
def case(request):
    generator = np.random.default_rng(request.param)
    truth = (generator.random((60, 7)) < 0.3).astype(int)
    scores = np.clip(0.4 * truth + 0.7 * generator.random((60, 7)), 0, 1).round(2)  # with equal scores
    return {"scores": scores, "truth": truth}


def test_f1_at_a_half_and_at_the_fitted_threshold(case):
    truth, scores = case["truth"], case["scores"]
    fitted = tagging.fitted_threshold(**case)
    for threshold in (0.5, fitted):
        said = scores >= threshold
        micro = metrics.f1_score(truth, said, average="micro", zero_division=0)
        macro = metrics.f1_score(truth, said, average="macro", zero_division=0)
        assert tagging.micro_f1(**case, threshold=threshold) == pytest.approx(micro)
        assert tagging.macro_f1(**case, threshold=threshold) == pytest.approx(macro)
    best = max(tagging.micro_f1(**case, threshold=one) for one in np.unique(scores))
    assert tagging.micro_f1(**case, threshold=fitted) == best


def test_areas(case):
    truth, scores = case["truth"], case["scores"]
    assert tagging.roc_auc(**case) == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert tagging.pr_auc(**case) == pytest.approx(metrics.average_precision_score(truth, scores))


def test_accuracy():
    truth = np.eye(3)[[0, 1, 2, 2]]
    scores = np.array([[3, 1, 1], [1, 3, 1], [1, 3, 1], [1, 1, 3]])
    expected = metrics.accuracy_score(truth.argmax(1), scores.argmax(1))
    assert tagging.accuracy(scores=scores, truth=truth) == expected == 0.75


def test_labels_of_all_or_of_none_have_no_area():
    scores, truth = np.array([[0.1, 0.2], [0.9, 0.3]]), np.array([[0, 1], [1, 1]])
    assert tagging.roc_auc(scores=scores, truth=truth) == 1
    with pytest.raises(ValueError, match="no label is both true and false"):
        tagging.pr_auc(scores=scores[:, 1:], truth=truth[:, 1:])
