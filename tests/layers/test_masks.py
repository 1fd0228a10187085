"""Masks by length: what belongs to an utterance stays to the bit, zeros stand elsewhere."""

import math

import pytest
import torch

from musasr.layers.padding import valid_frames, within_lengths, zero_beyond, zero_outside

LENGTHS = torch.tensor([3, 0, 5])


def by_hand(values: torch.Tensor, axis: int) -> torch.Tensor:
    """A copy whose padding is written over, utterance by utterance."""
    expected = values.clone()
    for index, length in enumerate(LENGTHS.tolist()):
        expected[index].movedim(axis - 1, 0)[length:] = 0
    return expected


def test_within_lengths_is_true_up_to_each_length():
    assert within_lengths(LENGTHS, 5).sum(dim=1).tolist() == [3, 0, 5]
    assert within_lengths(LENGTHS, 5)[0].tolist() == [True, True, True, False, False]


def test_nothing_is_masked_where_nothing_is_padded():
    full = torch.tensor([5, 5])
    values = torch.randn(2, 5)
    assert valid_frames(full, 5) is None
    assert valid_frames(None, 5) is None
    assert torch.equal(valid_frames(LENGTHS, 5), within_lengths(LENGTHS, 5))
    assert zero_outside(values, None, axis=1) is values


@pytest.mark.parametrize(("shape", "axis"), [((3, 5), 1), ((3, 5, 4), 1), ((3, 4, 5), 2), ((3, 2, 5, 4), 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.complex64])
def test_only_the_padding_becomes_zero_on_any_axis(shape, axis, dtype):
    values = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    masked = zero_beyond(values, LENGTHS, axis=axis)
    assert torch.equal(masked, by_hand(values, axis))
    assert masked.dtype == dtype
    assert torch.equal(zero_outside(values, valid_frames(LENGTHS, 5), axis=axis), masked)


def test_what_stands_in_the_padding_reaches_neither_values_nor_gradients():
    values = torch.ones(3, 5)
    values[0, 3:] = math.nan
    values.requires_grad_()
    masked = zero_beyond(values, LENGTHS, axis=1)
    masked.square().sum().backward()
    assert torch.equal(values.grad, 2 * within_lengths(LENGTHS, 5).float())


def test_the_layout_stays_as_it_is():
    frames_first = torch.randn(3, 5, 4).transpose(1, 2)
    assert zero_beyond(frames_first, LENGTHS, axis=2).stride() == frames_first.stride()
