"""How far compressed spectra are from those of the true sources: the paper's L2."""

from itertools import permutations

import torch
from torch import Tensor


def squared_distances(estimates: Tensor, references: Tensor) -> Tensor:
    """Mean squared distance of each source's complex spectra (B, S, L, F): (B, S)."""
    return (estimates - references).abs().square().mean(dim=(2, 3))


def assigned_loss(estimates: Tensor, references: Tensor) -> Tensor:
    """The mean over utterances and sources, each estimate held against the source of its face."""
    return squared_distances(estimates, references).mean()


def permuted_loss(estimates: Tensor, references: Tensor) -> Tensor:
    """The same with the best order of each utterance's sources: nothing says which estimate is whose."""
    orders = permutations(range(references.shape[1]))
    losses = [squared_distances(estimates, references[:, list(order)]).mean(dim=1) for order in orders]
    return torch.stack(losses).amin(dim=0).mean()
