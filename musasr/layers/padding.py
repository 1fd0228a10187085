"""Which places of a padded batch belong to an utterance: what every part of the models asks."""

import torch


def within_lengths(lengths: torch.Tensor, size: int) -> torch.Tensor:
    """Return which positions belong to an utterance.

    Args:
        lengths: Lengths (B,), on the device of the result.
        size: Length of the padded axis.

    Returns:
        Boolean mask (B, size), false on padding.
    """
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)
