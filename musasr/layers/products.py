"""Matrix products in the shape that a processor likes."""

import torch

ALIGNED = 16  # numbers of 32 bits in a line of a processor's cache


def log_softmax_of(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Return log_softmax(rows @ weight' + bias), without gradients.

    Its rows begin where lines of a processor's cache do: of an odd number of units, where no two rows lie
    alike, a product takes half as long again.

    Args:
        rows: (N, H).
        weight: (V, H).
        bias: (V,).

    Returns:
        (N, V), a part of rows whose length is a multiple of `ALIGNED`.
    """
    size = len(weight)
    logits = rows.new_empty(len(rows), -(-size // ALIGNED) * ALIGNED)
    logits[:, size:] = -torch.inf  # units that there are not: they add nothing to the sum
    torch.addmm(bias, rows, weight.t(), out=logits[:, :size])
    return torch.log_softmax(logits, dim=1)[:, :size]
