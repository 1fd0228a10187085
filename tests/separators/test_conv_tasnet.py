"""Conv-TasNet against ESPnet's with the same weights, alone against padded, and its gradients."""

import pytest
import torch
from espnet2.enh.separator.tcn_separator import TCNSeparator
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.errors import ConfigError
from musasr.layers.recomputing import recompute_activations
from musasr.separators import conv_tasnet, kernels, layers
from musasr.separators.conv_tasnet import ConvTasNetSeparator
from musasr.separators.filterbank import FramedConvDecoder, FramedConvEncoder

SMALL = {
    "input_dim": 12,
    "num_spk": 2,
    "layer": 3,
    "stack": 2,
    "bottleneck_dim": 8,
    "hidden_dim": 10,
    "kernel": 3,
}


def make_separator(**changes) -> ConvTasNetSeparator:
    torch.manual_seed(1)
    separator = ConvTasNetSeparator(**(SMALL | changes))
    with torch.no_grad():  # away from the initial gamma = 1 and beta = 0, which hide mistakes
        for parameter in separator.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return separator


@pytest.mark.parametrize("nonlinear", ["relu", "sigmoid", "tanh", "linear"])
@pytest.mark.parametrize("kernel", [3, 5])
def test_espnet_with_the_same_weights_gives_the_same_output(nonlinear, kernel):
    ours = make_separator(nonlinear=nonlinear, kernel=kernel)
    theirs = TCNSeparator(**(SMALL | {"nonlinear": nonlinear, "kernel": kernel}))
    theirs.load_state_dict(ours.state_dict())
    mixture, lengths = torch.rand(2, 40, 12), torch.tensor([40, 40])
    estimates, _, others = ours(mixture, lengths)
    expected, _, expected_others = theirs(mixture, lengths)
    torch.testing.assert_close(estimates, expected, atol=1e-4, rtol=1e-4)
    assert list(others) == list(expected_others) == ["mask_spk1", "mask_spk2"]


def test_checkpoints_go_both_ways():
    ours, theirs = ConvTasNetSeparator(**SMALL), TCNSeparator(**SMALL)
    ours.load_state_dict(theirs.state_dict())
    assert list(ours.state_dict()) == list(theirs.state_dict())
    mixture = torch.rand(1, 20, 12)
    torch.testing.assert_close(ours(mixture, torch.tensor([20]))[0], theirs(mixture, None)[0])


def test_gradients_equal_those_of_espnet():
    ours, theirs = make_separator(), TCNSeparator(**SMALL)
    theirs.load_state_dict(ours.state_dict())
    mixture, lengths = torch.rand(2, 40, 12), torch.tensor([40, 40])
    for separator in (ours, theirs):
        sum(estimate.square().sum() for estimate in separator(mixture, lengths)[0]).backward()
    expected = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        assert parameter.grad.abs().sum() > 0, name
        torch.testing.assert_close(parameter.grad, expected[name].grad, atol=1e-3, rtol=1e-3)


def kept_bytes(separator, mixture: torch.Tensor, lengths: torch.Tensor) -> int:
    """How much a forward pass keeps for the backward pass, which is done too."""
    kept = []

    def note(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor.numel() * tensor.element_size())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        estimates = separator(mixture, lengths)[0]
    sum(estimate.square().sum() for estimate in estimates).backward()
    return sum(kept)


@pytest.mark.parametrize("lengths", [[40, 40], [40, 31]], ids=["alike", "padded"])
def test_activations_computed_again_give_the_same_gradients_and_are_not_kept(lengths):
    plain, again = make_separator(), make_separator()
    recompute_activations(again, where="training.time.recompute", needs_any=True)
    mixture, lengths = torch.rand(2, 40, 12), torch.tensor(lengths)
    assert 2 * kept_bytes(again, mixture, lengths) < kept_bytes(plain, mixture, lengths)
    for one, other in zip(again.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-6, rtol=1e-6)
    assert list(again.state_dict()) == list(plain.state_dict())


def test_what_cannot_compute_again_says_so_but_where_models_share_the_key():
    model = torch.nn.Linear(2, 2)
    recompute_activations(model, where="training.joint.recompute", needs_any=False)
    with pytest.raises(ConfigError, match="recompute: is for Conv-TasNet"):
        recompute_activations(model, where="training.frequency.recompute", needs_any=True)


@settings(deadline=None, max_examples=15)
@given(lengths=st.lists(st.integers(2, 30), min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_padding_changes_nothing(lengths, seed):
    separator = make_separator(nonlinear="sigmoid")
    mixture = torch.rand(len(lengths), max(lengths) + 3, 12, generator=torch.Generator().manual_seed(seed))
    batch, _, _ = separator(mixture, torch.tensor(lengths))
    for i, length in enumerate(lengths):
        alone, _, _ = separator(mixture[i : i + 1, :length], torch.tensor([length]))
        for padded, expected in zip(batch, alone, strict=True):
            torch.testing.assert_close(padded[i, :length], expected[0], atol=1e-4, rtol=1e-4)
            assert not padded[i, length:].any()


@settings(deadline=None, max_examples=15)
@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=4), kernel=st.sampled_from([1, 3, 5]))
def test_without_gradients_the_output_is_the_same(lengths, kernel):
    separator = make_separator(
        nonlinear="linear", kernel=kernel, layer=5
    )  # dilated beyond some signals' ends
    mixture = torch.rand(len(lengths), max(lengths), 12)
    kept = mixture.clone()
    expected, _, _ = separator(mixture, torch.tensor(lengths))
    with torch.no_grad():
        found, _, _ = separator(mixture, torch.tensor(lengths))
    assert torch.equal(mixture, kept)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_without_gradients_what_never_changes_gives_numbers():
    separator = make_separator()
    with torch.no_grad():
        for name, parameter in separator.named_parameters():  # all channels alike: nothing varies
            parameter.fill_(0.3 if "gamma" not in name else 10.0)
        found = separator(torch.full((1, 50, 12), 7.0), torch.tensor([50]))[0]
    assert torch.stack(found).isfinite().all()


def test_without_gradients_in_bfloat16_little_is_lost():
    separator, mixture = make_separator(nonlinear="linear", layer=5, hidden_dim=64), torch.rand(2, 500, 12)
    lengths = torch.tensor([500, 300])
    expected = torch.stack(separator(mixture, lengths)[0])
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        found = torch.stack(separator(mixture, lengths)[0]).float()
    with torch.autocast("cpu", torch.bfloat16):
        plain = torch.stack(separator(mixture, lengths)[0]).float()
    assert (found - expected).norm() < 1.3 * (plain - expected).norm() < 0.1 * expected.norm()


@pytest.mark.parametrize("is_gpu", [False, True])
def test_gradients_of_a_padded_batch_are_the_sum_of_those_alone(is_gpu, monkeypatch):
    mixture, lengths = torch.rand(2, 30, 12), [30, 17]
    padded, alone = make_separator(), make_separator()
    if is_gpu:  # which computes the batch at once
        for module in (conv_tasnet, kernels, layers):
            monkeypatch.setattr(module, "is_on_cpu", lambda signal: False)
    sum(estimate.square().sum() for estimate in padded(mixture, torch.tensor(lengths))[0]).backward()
    for i, length in enumerate(lengths):
        estimates, _, _ = alone(mixture[i : i + 1, :length], torch.tensor([length]))
        sum(estimate.square().sum() for estimate in estimates).backward()
    for ours, expected in zip(padded.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, expected.grad, atol=1e-3, rtol=1e-3)


def test_waveform_is_the_same_alone_and_padded_between_encoder_and_decoder():
    encoder, decoder = FramedConvEncoder(12, 8, 4), FramedConvDecoder(12, 8, 4)
    separator, lengths = make_separator(), torch.tensor([203, 150])
    waveform = torch.randn(2, 203)
    waveform[1, 150:] = 0
    features, num_frames = encoder(waveform, lengths)
    batch = decoder(separator(features, num_frames)[0][0], lengths)[0]
    features, num_frames = encoder(waveform[1:, :150], lengths[1:])
    alone = decoder(separator(features, num_frames)[0][0], lengths[1:])[0]
    torch.testing.assert_close(batch[1, :150], alone[0], atol=1e-4, rtol=1e-4)
    assert not batch[1, 150:].any()


@pytest.mark.parametrize(
    ("wrong", "message"), [({"nonlinear": "softmax"}, "softmax"), ({"kernel": 4}, "odd")]
)
def test_wrong_options_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        ConvTasNetSeparator(**(SMALL | wrong))
