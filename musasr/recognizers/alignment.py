"""Which frames belong to which unit of a known sequence: by CTC, by attention, or evenly."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Span:
    """The frames of one unit.

    Attributes:
        start: The first, counted from 0; with `even_spans` and `monotone_spans` it may be a fraction.
        end: One behind the last.
        probability: Of the unit there, 0 to 1; None where nothing says so.
    """

    start: float
    end: float
    probability: float | None = None


def ctc_spans(log_probabilities: Tensor, unit_ids: Sequence[int], *, blank: int = 0) -> list[Span] | None:
    """The frames of each unit on the best path that spells them (torchaudio's forced alignment).

    Blank frames belong to no unit. A unit's probability is the highest that CTC gives it in its frames.

    Args:
        log_probabilities: Of CTC, (L, V).
        unit_ids: The sequence, without blanks.
        blank: Index of CTC's blank.

    Returns:
        A span for each unit, in order; None where no path spells them: the frames are too few, or one is the
        blank, which an attention decoder may write.
    """
    import torchaudio.functional as F

    repeats = sum(one == other for one, other in pairwise(unit_ids))
    if len(log_probabilities) < len(unit_ids) + repeats or blank in unit_ids:
        return None
    if not unit_ids:
        return []
    targets = torch.tensor([list(unit_ids)], dtype=torch.int32)
    path, scores = F.forced_align(log_probabilities.float().cpu()[None].contiguous(), targets, blank=blank)
    tokens = path[0].tolist()
    probabilities = scores[0].exp().tolist()
    return [
        Span(start, end, min(1.0, max(probabilities[start:end])))
        for start, end in _runs(tokens)
        if tokens[start] != blank
    ]


def monotone_spans(weights: np.ndarray, probabilities: Sequence[float]) -> list[Span]:
    """The frames of each unit where the units share all frames in order, by what attention looked at.

    Of all ways to cut the frames into one run for each unit it takes the one whose runs hold the most
    attention: the dynamic program max_{cuts} sum_u sum_{l in run u} weights[u, l].

    Args:
        weights: How much unit u looked at frame l, (U, L); rows may be scaled as one likes.
        probabilities: Of each unit (U,).

    Returns:
        U spans that follow one another from frame 0 to L; evenly spread where U is above L.
    """
    num_units, num_frames = weights.shape
    if num_units > num_frames:
        return even_spans(num_units, num_frames, probabilities)
    total = np.full(num_units, -np.inf)
    has_moved = np.zeros((num_frames, num_units), dtype=bool)
    for frame in range(num_frames):
        from_before = np.concatenate([[0.0 if frame == 0 else -np.inf], total[:-1]])
        has_moved[frame] = from_before > total
        total = np.maximum(total, from_before) + weights[:, frame]
    starts = np.zeros(num_units + 1, dtype=int)
    starts[num_units] = end = num_frames
    for unit in range(num_units - 1, -1, -1):
        end = next(frame for frame in range(end - 1, -1, -1) if has_moved[frame, unit])
        starts[unit] = end
    return [
        Span(int(start), int(end), float(probability))
        for start, end, probability in zip(starts[:-1], starts[1:], probabilities, strict=True)
    ]


def even_spans(num_units: int, num_frames: float, probabilities: Sequence[float] | None = None) -> list[Span]:
    """Spans of one length for each unit: where nothing says more."""
    edges = np.linspace(0.0, num_frames, num_units + 1).tolist()
    sureness = [None] * num_units if probabilities is None else [float(one) for one in probabilities]
    return [Span(*span) for span in zip(edges[:-1], edges[1:], sureness, strict=True)]


def _runs(tokens: Sequence[int]) -> list[tuple[int, int]]:
    """First index, and one behind the last, of each run of one token."""
    edges = [index for index in range(1, len(tokens)) if tokens[index] != tokens[index - 1]]
    return list(zip([0, *edges], [*edges, len(tokens)], strict=True))
