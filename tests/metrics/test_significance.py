from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.metrics.significance import bootstrap_ci95, matched_pairs


def test_the_interval_is_that_of_the_binomial():
    # 2000 one-word utterances, 30 % wrong: standard error sqrt(0.3 * 0.7 / 2000) = 1.025 %
    errors = np.arange(2000) % 10 < 3
    low, high = bootstrap_ci95(errors, np.ones(2000), seed=1, num_resamples=4000)
    assert low == pytest.approx(30 - 1.96 * 1.025, abs=0.2)
    assert high == pytest.approx(30 + 1.96 * 1.025, abs=0.2)


def test_speakers_widen_the_interval():
    # each speaker is all wrong or all right: 20 draws count, not 2000
    speakers = [f"s{index // 100}" for index in range(2000)]
    errors = np.repeat(np.arange(20) % 2, 100)
    by_utterance = bootstrap_ci95(errors, np.ones(2000), seed=1)
    low, high = bootstrap_ci95(errors, np.ones(2000), groups=speakers, seed=1)
    assert high - low > 4 * (by_utterance[1] - by_utterance[0])
    assert high - low == pytest.approx(2 * 196 * np.sqrt(0.25 / 20), rel=0.15)


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=30),
    seed=st.integers(0, 99),
)
def test_the_interval_is_ordered_repeatable_and_within_the_extremes(counts, seed):
    errors, tokens = np.array(counts).T
    low, high = bootstrap_ci95(errors, tokens, seed=seed)
    rates = 100 * errors / tokens
    assert rates.min() - 1e-9 <= low <= high <= rates.max() + 1e-9
    assert (low, high) == bootstrap_ci95(errors, tokens, seed=seed)


def test_equal_rates_leave_no_doubt():
    assert bootstrap_ci95([1, 2], [10, 20], seed=0) == pytest.approx((10, 10))


def test_differences_may_be_negative():
    low, high = bootstrap_ci95([-3, -2, -4, -3], [10, 10, 10, 10], seed=0)
    assert -40 <= low < high <= -20


@pytest.mark.parametrize("groups", [None, ["a", "b"]])
def test_a_draw_in_which_nothing_is_said_has_no_rate(groups):
    # drawn are a a, a b, b a (rates 50, 150, 150) and b b, which has no token
    assert bootstrap_ci95([1, 2], [2, 0], groups=groups, seed=0) == (50, 150)


def test_what_cannot_be_divided_is_refused():
    with pytest.raises(ValueError, match="one entry an utterance"):
        bootstrap_ci95([1], [1, 2], seed=0)
    with pytest.raises(ValueError, match="one entry an utterance"):
        bootstrap_ci95([1, 2], [1, 2], groups=["s"], seed=0)
    with pytest.raises(ValueError, match="no tokens"):
        bootstrap_ci95([1, 2], [0, 0], seed=0)
    with pytest.raises(ValueError, match="not pairs"):
        matched_pairs([1], [1, 2], seed=0)


def test_p_is_that_of_all_swaps():
    errors_a, errors_b = np.array([3, 5, 2, 7, 4, 6, 1, 8]), np.array([2, 3, 2, 4, 5, 3, 1, 4])
    differences = errors_a - errors_b
    swaps = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=8)
    ]
    exact = np.mean(np.array(swaps) >= abs(differences.sum()))
    assert matched_pairs(errors_a, errors_b, seed=3, num_resamples=20000) == pytest.approx(exact, abs=0.01)


def test_alike_systems_differ_by_chance_and_unlike_ones_do_not():
    errors = np.random.default_rng(0).integers(0, 5, 300)
    assert matched_pairs(errors, errors, seed=0) == 1.0
    assert matched_pairs(errors + 1, errors, seed=0) == pytest.approx(1 / 10001)
    assert matched_pairs(errors, np.roll(errors, 1), seed=0) > 0.9


@settings(max_examples=20, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20),
    seed=st.integers(0, 9),
)
def test_p_is_symmetric_and_repeatable(pairs, seed):
    errors_a, errors_b = np.array(pairs).T
    p = matched_pairs(errors_a, errors_b, seed=seed, num_resamples=500)
    assert 0 < p <= 1
    assert p == matched_pairs(errors_b, errors_a, seed=seed, num_resamples=500)
