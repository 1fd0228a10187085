"""How sure a figure is: bootstrap confidence interval, matched-pairs test."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np

FEWEST_SPEAKERS = 5
_BLOCK = 1000  # resamples drawn at once: bounds the memory at utterances x 1000 numbers


def drawn_groups(speakers: Sequence[str]) -> Sequence[str] | None:
    """What a bootstrap draws: speakers, or utterances (None) where speakers are too few to draw."""
    return speakers if len(set(speakers)) >= FEWEST_SPEAKERS else None


def bootstrap_ci95(
    errors: Sequence[float],
    tokens: Sequence[float],
    *,
    groups: Sequence[str] | None = None,
    seed: int,
    num_resamples: int = 1000,
) -> tuple[float, float]:
    """Return the 95 % confidence interval of 100 sum(errors) / sum(tokens), in percent (Bisani & Ney 2004).

    Args:
        errors: Errors of each utterance, (N,); two systems' differences give that of their difference.
        tokens: Reference tokens of each utterance, (N,); none where nothing is said.
        groups: What is drawn with replacement, (N,): the speaker of each utterance, whose utterances are not
            independent; None draws utterances.
        seed: The interval is a function of it and the data.
        num_resamples: How many test sets are drawn.

    Returns:
        The 2.5 and 97.5 percentiles of the drawn rates, in percent.

    Raises:
        ValueError: The lengths differ, or there is no token.
    """
    errors, tokens = np.asarray(errors, np.float64), np.asarray(tokens, np.float64)
    if (
        errors.ndim != 1
        or errors.shape != tokens.shape
        or (groups is not None and len(groups) != len(errors))
    ):
        raise ValueError("errors, tokens and groups must have one entry an utterance")
    errors, tokens = _by_group(errors, groups), _by_group(tokens, groups)
    if tokens.sum() <= 0:
        raise ValueError("there are no tokens to divide by")
    return _percentiles(errors, tokens, seed=seed, num_resamples=num_resamples)


def reduction_ci95(
    errors: Sequence[float],
    other_errors: Sequence[float],
    *,
    groups: Sequence[str] | None = None,
    seed: int,
    num_resamples: int = 1000,
) -> tuple[float, float]:
    """Return the 95 % confidence interval of 100 (1 - sum(errors) / sum(other_errors)), in percent.

    Both systems read the same utterances, which are drawn together. Arguments as in `bootstrap_ci95`.

    Raises:
        ValueError: The other system made no error, so that nothing can be reduced.
    """
    drawn = [_by_group(np.asarray(one, np.float64), groups) for one in (errors, other_errors)]
    if drawn[1].sum() <= 0:
        raise ValueError("there are no errors to reduce")
    low, high = _percentiles(*drawn, seed=seed, num_resamples=num_resamples)
    return 100.0 - high, 100.0 - low


def resampled_ci95(
    measure: Callable[[np.ndarray], float], *, num_items: int, seed: int, num_resamples: int = 1000
) -> tuple[float, float]:
    """Return the 95 % confidence interval of any measure of a set, by sets drawn from it with replacement.

    Args:
        measure: Of the items that were drawn, given as their numbers (N,); a drawn set of which it raises
            ValueError, as it has no such measure, does not count.
        num_items: N.
        seed: The interval is a function of it and the measure.
        num_resamples: How many sets are drawn.

    Raises:
        ValueError: No drawn set has such a measure.
    """
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(num_resamples):
        drawn = generator.integers(num_items, size=num_items)
        with suppress(ValueError):
            values.append(measure(drawn))
    if not values:
        raise ValueError("no drawn set has this measure")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _by_group(values: np.ndarray, groups: Sequence[str] | None) -> np.ndarray:
    """Sums over what is drawn together: the groups, or each utterance alone."""
    if groups is None:
        return values
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    return np.bincount(index, values)


def _percentiles(
    errors: np.ndarray, tokens: np.ndarray, *, seed: int, num_resamples: int
) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of 100 sum(errors) / sum(tokens) over resamples."""
    generator = np.random.default_rng(seed)
    rates = []
    for size in _blocks(num_resamples):
        # How often each of the N is drawn in a resample: N draws with replacement.
        draws = generator.multinomial(len(errors), np.full(len(errors), 1 / len(errors)), size=size)
        drawn_errors, drawn_tokens = draws @ errors, draws @ tokens
        has_tokens = drawn_tokens > 0  # else nothing is said in what was drawn, and it has no rate
        rates.append(100 * drawn_errors[has_tokens] / drawn_tokens[has_tokens])
    low, high = np.percentile(np.concatenate(rates), [2.5, 97.5])
    return float(low), float(high)


def matched_pairs(
    errors_a: Sequence[float], errors_b: Sequence[float], *, seed: int, num_resamples: int = 10000
) -> float:
    """Return the two-sided p value of "both systems err alike" by approximate randomisation.

    Under that hypothesis the two scores of an utterance may be swapped. p is the share of random swaps whose
    summed difference is at least that seen, the one seen included: (1 + count) / (1 + num_resamples).

    Args:
        errors_a: Errors (or any score) of system a for each utterance, (N,).
        errors_b: Those of system b for the same utterances, (N,).
        seed: p is a function of it and the data.
        num_resamples: How many swaps are drawn; the smallest p is 1 / (1 + num_resamples).

    Raises:
        ValueError: The lengths differ.
    """
    errors_a, errors_b = np.asarray(errors_a, np.float64), np.asarray(errors_b, np.float64)
    if errors_a.ndim != 1 or errors_a.shape != errors_b.shape:
        raise ValueError(f"{errors_a.shape} and {errors_b.shape} scores are not pairs")
    differences = errors_a - errors_b
    differences = differences[differences != 0]  # swapping equals changes nothing
    # Sums in another order round differently: what is equal but for rounding counts as at least as large.
    seen = abs(differences.sum()) - 1e-9 * np.abs(differences).sum()
    generator = np.random.default_rng(seed)
    count = 0
    for size in _blocks(num_resamples):
        is_swapped = generator.integers(0, 2, size=(size, len(differences)), dtype=np.int8)
        count += int((np.abs(differences.sum() - 2 * (is_swapped @ differences)) >= seen).sum())
    return (1 + count) / (1 + num_resamples)


def _blocks(total: int) -> list[int]:
    return [min(_BLOCK, total - start) for start in range(0, total, _BLOCK)]
