"""Products in aligned rows are torch's."""

import pytest
import torch

from musasr.layers.products import ALIGNED, log_softmax_of


@torch.no_grad()
@pytest.mark.parametrize("num_units", [1, ALIGNED - 1, ALIGNED, 3 * ALIGNED + 5])
def test_log_softmax_in_aligned_rows_is_torchs(num_units):
    torch.manual_seed(0)
    layer, rows = torch.nn.Linear(7, num_units), torch.randn(4, 7)
    found = log_softmax_of(rows, layer.weight, layer.bias)
    assert found.stride(0) % ALIGNED == 0
    torch.testing.assert_close(found, torch.log_softmax(layer(rows), dim=1))
