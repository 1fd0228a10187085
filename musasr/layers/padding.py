"""Which places of a padded batch belong to an utterance, and zeros in the others: the one home of both."""

import torch
from torch import Tensor


def within_lengths(lengths: Tensor, size: int) -> Tensor:
    """Return which positions belong to an utterance.

    Args:
        lengths: Lengths (B,), on the device of the result.
        size: Length of the padded axis.

    Returns:
        Boolean mask (B, size), false on padding.
    """
    return torch.arange(size, device=lengths.device) < lengths.unsqueeze(1)


def valid_frames(lengths: Tensor | None, num_frames: int) -> Tensor | None:
    """Return which frames are inside their utterance, or None if all are.

    Args:
        lengths: Valid frames of each utterance, (B,); None says that nothing is padded.
        num_frames: Frames L of the batch.

    Returns:
        Boolean (B, L), True inside; None where no frame is padded, so that callers can take the fast path.
    """
    if lengths is None or bool((lengths >= num_frames).all()):
        return None
    return within_lengths(lengths, num_frames)


def zero_outside(values: Tensor, is_inside: Tensor | None, *, axis: int) -> Tensor:
    """Return the values with zeros outside the utterances, whatever stands there (not-a-numbers too).

    Args:
        values: (B, ...), one axis of them padded.
        is_inside: Boolean (B, size) from `within_lengths` or `valid_frames`; None for no padding.
        axis: The padded axis, whose length is size.
    """
    if is_inside is None:
        return values
    shape = [1] * values.dim()
    shape[0], shape[axis] = is_inside.shape
    # Unlike masked_fill, `where` keeps the strides of its input: the products behind it depend on them.
    return torch.where(is_inside.view(shape), values, 0.0)


def zero_beyond(values: Tensor, lengths: Tensor, *, axis: int) -> Tensor:
    """Return the values with zeros beyond each utterance's length.

    Args:
        values: (B, ...), one axis of them padded.
        lengths: Lengths (B,) along that axis, on the values' device.
        axis: The padded axis.
    """
    return zero_outside(values, within_lengths(lengths, values.shape[axis]), axis=axis)
