"""The mean of several taggers' probabilities, weighted as makes the dev set's answers likeliest."""

from collections.abc import Sequence

import numpy as np

ROUNDS = 500
SMALLEST = 1e-7  # probability: no tagger is so sure of what is wrong


def fit_weights(members: Sequence[np.ndarray], truth: np.ndarray, *, several: bool) -> np.ndarray:
    """The weights (M,), from 0 and 1 in sum, under which the truth is likeliest: the EM of a mixture.

    The likelihood is concave in the weights, so that this is its one maximum.

    Args:
        members: Probabilities (N, K) of each.
        truth: (N, K) of 0 and 1.
        several: Whether labels are each a question of its own, or one of them holds.
    """
    likelihoods = []
    for scores in members:
        hit = np.where(truth > 0.5, scores, 1 - scores).ravel() if several else (scores * truth).sum(1)
        likelihoods.append(np.clip(hit, SMALLEST, 1))
    table = np.stack(likelihoods, axis=1)
    weights = np.full(len(members), 1 / len(members))
    for _ in range(ROUNDS):
        shares = weights * table
        weights = (shares / shares.sum(1, keepdims=True)).mean(0)
    return weights


def mix(members: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """The weighted mean (N, K) of probabilities."""
    return np.einsum("m,mnk->nk", weights, np.stack(members))
