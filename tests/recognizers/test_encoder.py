"""The encoder: lengths, options, gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.layers.blstm import open_forget_gates
from musasr.recognizers.encoder import ConvBlstmEncoder


def make_encoder(**options) -> ConvBlstmEncoder:
    torch.manual_seed(0)
    sizes = {"input_size": 40, "conv_channels": 4, "num_layers": 2, "hidden_size": 8}
    return ConvBlstmEncoder(**{**sizes, **options}).eval()


@settings(max_examples=20, deadline=None)
@given(num_frames=st.integers(1, 40), more=st.integers(0, 30), normalize=st.booleans())
def test_padding_changes_nothing(num_frames, more, normalize):
    encoder = make_encoder(normalize_input=normalize)
    batch = torch.randn(2, num_frames + more, 40, generator=torch.Generator().manual_seed(1)) * 3
    alone, length_alone, _ = encoder(batch[:1, :num_frames], torch.tensor([num_frames]))
    padded, lengths, _ = encoder(batch, torch.tensor([num_frames, num_frames + more]))
    assert lengths[0] == length_alone[0] == alone.size(1) == -(-num_frames // 4)
    assert padded.size(1) == lengths.max()
    torch.testing.assert_close(padded[:1, : alone.size(1)], alone, rtol=1e-4, atol=1e-4)
    assert not padded[0, alone.size(1) :].any()


def test_training_and_evaluation_agree_without_dropout():
    encoder = make_encoder()
    features, lengths = torch.randn(3, 30, 40), torch.tensor([30, 9, 17])
    with torch.no_grad():
        expected = encoder(features, lengths)[0]
    torch.testing.assert_close(encoder.train()(features, lengths)[0], expected, rtol=1e-4, atol=1e-5)


def test_output_is_normalised_behind_the_encoder():
    encoder = make_encoder(projection_size=12)
    frames, _, states = encoder(torch.randn(1, 20, 40), torch.tensor([20]))
    assert states is None
    assert frames.size(2) == encoder.output_size() == 12
    torch.testing.assert_close(frames.mean(dim=2), torch.zeros(1, 5), atol=1e-5, rtol=0)


def test_removing_the_mean_makes_the_level_irrelevant():
    features, lengths = torch.randn(2, 20, 40), torch.tensor([20, 11])
    for normalize, same in ((True, True), (False, False)):
        encoder = make_encoder(normalize_input=normalize)
        louder = encoder(features + 1.5, lengths)[0]
        assert torch.allclose(encoder(features, lengths)[0], louder, atol=1e-4) is same


@pytest.mark.parametrize("projection_size", [None, 12])
def test_gradient_reaches_every_parameter_and_the_input(projection_size):
    encoder = make_encoder(projection_size=projection_size).train()
    features = torch.randn(2, 24, 40, requires_grad=True)
    frames, _, _ = encoder(features, torch.tensor([24, 13]))
    frames.pow(3).sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert features.grad[1, :13].abs().sum() > 0
    assert not features.grad[1, 13:].any()


def test_forget_gates_are_open():
    cell = torch.nn.LSTMCell(3, 5)
    open_forget_gates(cell)
    torch.testing.assert_close((cell.bias_ih + cell.bias_hh)[5:10], torch.ones(5))
