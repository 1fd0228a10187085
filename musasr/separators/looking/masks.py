"""Complex masks of what a network gives: each part within bounds, below zero too."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

# Compression of the complex ideal ratio mask (Wang & Wang 2016): parts stay within -+ K, C is the slope.
WANG_K, WANG_C = 10.0, 0.1


def sigmoid(scores: Tensor, bounds: Sequence[float]) -> Tensor:
    """Values between the two bounds, low + (high - low) sigmoid(score)."""
    low, high = bounds
    return low + (high - low) * torch.sigmoid(scores)


def tanh(scores: Tensor, bounds: Sequence[float]) -> Tensor:
    """K tanh(C score / 2), whatever the bounds are: nearly linear where masks usually are."""
    return WANG_K * torch.tanh(WANG_C / 2 * scores)


MASKS: dict[str, Callable[[Tensor, Sequence[float]], Tensor]] = {"sigmoid": sigmoid, "tanh": tanh}


def complex_masks(scores: Tensor, num_sources: int, mask: str, bounds: Sequence[float]) -> Tensor:
    """Masks (B, S, L, F), complex, of scores (B, L, S * 2 * F): of each source real parts, then imaginary."""
    parts = MASKS[mask](scores, bounds).unflatten(2, (num_sources, 2, -1))
    return torch.complex(parts[:, :, :, 0], parts[:, :, :, 1]).transpose(1, 2)
