"""What the scorers of the search share: the layout of its hypotheses, those of an utterance side by side."""

from dataclasses import dataclass

import numpy as np
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


@dataclass(frozen=True)
class Distinct:
    """Which hypotheses are to be computed once for all that extend the same one.

    Attributes:
        rows: One hypothesis of each kind (U,), those of an utterance side by side.
        sizes: How many kinds each utterance has (B,).
        places: Of every hypothesis (N,), its kind's place among the rows.
    """

    rows: torch.Tensor
    sizes: list[int]
    places: torch.Tensor


def find_distinct(origins: torch.Tensor, num_utterances: int) -> Distinct:
    """Find those that extend different hypotheses, on a CPU.

    Args:
        origins: Which hypothesis each of N = B * K extends, ids that rise with the utterance.
        num_utterances: B.
    """
    _, rows, places = np.unique(origins.numpy(), return_index=True, return_inverse=True)
    sizes = np.bincount(rows // (len(origins) // num_utterances), minlength=num_utterances)
    return Distinct(torch.from_numpy(rows), sizes.tolist(), torch.from_numpy(places))
