"""The hand-written gradient of the decoder's first layer against finite differences and torch's own graph."""

import pytest
import torch

from musasr.recognizers.unrolled import AttentionLstmFunction, advance_cell, around, gather_around

B, U, L, A, D, H, K = 2, 3, 6, 4, 3, 2, 3


def arguments(*, with_masks: bool, dtype=torch.float64) -> list[torch.Tensor | None]:
    torch.manual_seed(0)
    sizes = [(B, U, 4 * H), (B, L, A), (B, L, D)]
    from_units, keys, values = (torch.randn(size, dtype=dtype, requires_grad=True) for size in sizes)
    is_padding = torch.tensor([[False] * L, [False] * (L - 2) + [True] * 2])
    start = (~is_padding).to(dtype) / (~is_padding).sum(1, keepdim=True)
    masks = torch.tensor([0.0, 2.0], dtype=dtype)[torch.randint(2, (B, U, H))] if with_masks else None
    sizes = [(A, H), (K, A), (A,), (4 * H, D + H)]
    weights = [torch.randn(size, dtype=dtype, requires_grad=True) for size in sizes]
    return [from_units, keys, values, start.requires_grad_(), is_padding, masks, *weights]


def unrolled_by_autograd(from_units, keys, values, attention, is_padding, masks, *weights):
    query_weight, location_weight, energy_weight, context_weight = weights
    hidden = cell = from_units.new_zeros(B, H)
    outputs = []
    for i in range(U):
        query = hidden if masks is None else hidden * masks[:, i]
        activity = keys + (query @ query_weight.t()).unsqueeze(1) + around(attention, K) @ location_weight
        energy = (activity.sigmoid() @ energy_weight).masked_fill(is_padding, -torch.inf)
        attention = energy.softmax(1)
        context = (attention.unsqueeze(2) * values).sum(1)
        gates = from_units[:, i] + torch.cat([context, hidden], dim=1) @ context_weight.t()
        hidden, cell, _ = advance_cell(gates, cell)
        outputs.append(hidden)
    return torch.stack(outputs, dim=1)


@pytest.mark.parametrize("with_masks", [False, True])
def test_gradients_match_finite_differences(with_masks):
    assert torch.autograd.gradcheck(AttentionLstmFunction.apply, arguments(with_masks=with_masks))


@pytest.mark.parametrize("with_masks", [False, True])
def test_values_and_gradients_are_those_of_the_graph(with_masks):
    ours, theirs = arguments(with_masks=with_masks), arguments(with_masks=with_masks)
    output, expected = AttentionLstmFunction.apply(*ours), unrolled_by_autograd(*theirs)
    torch.testing.assert_close(output, expected)
    output.square().sum().backward()
    expected.square().sum().backward()
    for one, other in zip(ours, theirs, strict=True):
        if one is not None and one.requires_grad:
            torch.testing.assert_close(one.grad, other.grad)


def test_what_is_spread_around_is_gathered_again():
    attention = torch.randn(2, 7, dtype=torch.float64, requires_grad=True)
    spread, gradient = around(attention, 5), torch.randn(2, 7, 5, dtype=torch.float64)
    (expected,) = torch.autograd.grad(spread, attention, gradient)
    torch.testing.assert_close(gather_around(gradient), expected)
