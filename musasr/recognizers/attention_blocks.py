"""Location-aware attention on a CPU, piece by piece: what a piece needs stays in the processor's cache."""

from collections.abc import Sequence
from itertools import accumulate

import torch
import torch.nn.functional as F

BLOCK = 1 << 19  # numbers that are worked on at once
FRAMES = 32  # that a product of `convolve` gives at once


def energies(
    keys: torch.Tensor,
    location: torch.Tensor,
    query: torch.Tensor,
    from_location: torch.Tensor,
    to_energy: torch.Tensor,
    sizes: Sequence[int],
) -> torch.Tensor:
    """Return the sum over a of to_energy[a] sigmoid(keys + location @ from_location + query)[a].

    In one piece the sum in the sigmoid would be made of several passes over far more than a cache holds, and
    their time is that of the memory.

    Args:
        keys: (B, L, A).
        location: (N, L, C) of N hypotheses, those of an utterance side by side.
        query: (N, A).
        from_location: (C, A).
        to_energy: (A,).
        sizes: How many hypotheses each utterance has (B,).

    Returns:
        (N, L).
    """
    num_hypotheses, num_frames, size = len(query), *keys.shape[1:]
    rows = max(1, min(max(sizes), BLOCK // (num_frames * size)))
    # The query as one more feature, always 1: one product makes the sum of both.
    features = F.pad(location, (0, 1), value=1.0)
    weights = torch.cat([from_location.expand(num_hypotheses, -1, -1), query.unsqueeze(1)], dim=1)
    piece, found = query.new_empty(rows, num_frames, size), query.new_empty(num_hypotheses, num_frames)
    ends = list(accumulate(sizes))
    for own_keys, number, end in zip(keys, sizes, ends, strict=True):
        for first in range(end - number, end, rows):
            part = slice(first, min(first + rows, end))
            activity = piece[: part.stop - first]
            torch.baddbmm(own_keys.expand_as(activity), features[part], weights[part], out=activity)
            torch.mv(activity.sigmoid_().view(-1, size), to_energy, out=found[part].view(-1))
    return found


def convolve(attention: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Return what torch's conv1d gives, several frames as one product: three times as fast.

    Args:
        attention: (N, L).
        filters: (C, taps), an odd number of taps.

    Returns:
        (N, L, C).
    """
    (num_filters, taps), num_frames = filters.shape, attention.shape[1]
    num_pieces = -(-num_frames // FRAMES)
    missing = num_pieces * FRAMES - num_frames
    pieces = F.pad(attention, (taps // 2, taps // 2 + missing)).unfold(1, FRAMES + taps - 1, FRAMES)
    # Row by row one column more than needed, cut off at the end: each row begins one place further right.
    rows = F.pad(filters, (0, FRAMES)).unsqueeze(1).expand(-1, FRAMES, -1).flatten(1)
    shifted = rows[:, : FRAMES * (FRAMES + taps - 1)].view(num_filters, FRAMES, -1)
    # As one table: of pieces that overlap in memory torch would make as many small products.
    found = pieces.reshape(-1, pieces.shape[2]) @ shifted.permute(2, 1, 0).flatten(1)
    return found.view(len(attention), -1, num_filters)[:, :num_frames]
