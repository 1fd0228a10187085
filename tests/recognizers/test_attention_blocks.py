"""Attention piece by piece is attention in one piece, and the convolution by products is torch's."""

import pytest
import torch
from espnet2.legacy.nets.pytorch_backend.rnn.attentions import AttLoc
from torch.nn import functional

from musasr.recognizers import attention, attention_blocks
from musasr.recognizers.attention import attend, blocks_pay, remember


@pytest.mark.parametrize(("num_frames", "taps"), [(1, 3), (5, 21), (64, 7), (65, 7), (150, 201), (128, 1)])
def test_convolution_by_products_equals_torchs(num_frames, taps):
    torch.manual_seed(0)
    attention, filters = torch.rand(3, num_frames), torch.randn(4, taps)
    expected = functional.conv1d(attention.unsqueeze(1), filters.unsqueeze(1), padding=taps // 2)
    found = attention_blocks.convolve(attention, filters)
    torch.testing.assert_close(found, expected.transpose(1, 2), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("block", [1, 200, 500, 1 << 19])  # of one hypothesis, of two, of all of an utterance
def test_pieces_of_any_size_give_what_one_piece_gives(block, monkeypatch):
    monkeypatch.setattr(attention_blocks, "BLOCK", block)
    torch.manual_seed(0)
    module = AttLoc(12, 10, 8, 3, 4)  # frames of 12, queries of 10, 8 in between; 3 filters of 9 taps
    lengths = torch.tensor([12, 7])
    memory = remember(module, torch.randn(2, 12, 12), torch.arange(12) < lengths[:, None])
    query, before = torch.randn(6, 10), torch.rand(6, 12).softmax(dim=1)
    with torch.no_grad():
        assert blocks_pay(query)
        found = attend(module, memory, query, before)
        monkeypatch.setattr(attention, "blocks_pay", lambda query: False)
        expected = attend(module, memory, query, before)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert not found[1][3:, 7:].any()


def test_gradients_and_mixed_types_take_the_plain_way():
    query = torch.randn(2, 3)
    assert not blocks_pay(query)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert not blocks_pay(query)
