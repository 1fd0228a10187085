"""What the scorers of the search share: the layout of its hypotheses, those of an utterance side by side."""

import torch


def extended_hypotheses(best_ids: torch.Tensor, *, num_units: int, num_hypotheses: int) -> torch.Tensor:
    """Return which of all hypotheses each chosen one extends.

    Args:
        best_ids: (B, K) values hypothesis * V + unit, hypotheses counted within the utterance.
        num_units: V.
        num_hypotheses: How many there were, B * H.

    Returns:
        Indices (B * K,) of the B * H hypotheses.
    """
    num_utterances = len(best_ids)
    first = torch.arange(num_utterances, device=best_ids.device) * (num_hypotheses // num_utterances)
    return (best_ids.div(num_units, rounding_mode="floor") + first.unsqueeze(1)).flatten()


def own_rows(values: torch.Tensor, kept: torch.Tensor, num_utterances: int) -> torch.Tensor:
    """Return the rows of some utterances' hypotheses.

    Args:
        values: (N, ...) with N = B * K.
        kept: Which utterances.
        num_utterances: B.
    """
    return values.view(num_utterances, -1, *values.shape[1:])[kept.to(values.device)].flatten(0, 1)
