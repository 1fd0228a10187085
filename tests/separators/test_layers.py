"""gLN's two ways, a CPU's and a GPU's, on a CPU: the same values and the same gradients."""

import pytest
import torch
from espnet2.enh.separator.tcn_separator import TCNSeparator
from torch.nn import functional

from musasr.layers.padding import valid_frames
from musasr.separators import kernels, layers
from musasr.separators.conv_tasnet import ConvTasNetSeparator
from musasr.separators.layers import EPSILON, GlobalLayerNorm, normalise_by_reductions

SMALL = {"input_dim": 12, "layer": 3, "stack": 2, "bottleneck_dim": 8, "hidden_dim": 10, "kernel": 3}
LENGTHS = [[50, 50, 50], [50, 20, 1], [7, 50, 33]]


def as_on_a_gpu(monkeypatch):
    """Take the paths of a GPU, whatever the device."""
    for module in (layers, kernels):
        monkeypatch.setattr(module, "is_on_cpu", lambda signal: False)


def make_norm() -> GlobalLayerNorm:
    norm = GlobalLayerNorm(6)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return norm


def of_own_frames(norm, signal, lengths):
    """Torch's group norm of each utterance alone, zero in the padding."""
    gamma, beta = norm.gamma.flatten(), norm.beta.flatten()
    alone = [
        functional.group_norm(one[None, :, :length], 1, gamma, beta, EPSILON)[0]
        for one, length in zip(signal, lengths, strict=True)
    ]
    size = signal.shape[2]
    return torch.stack([functional.pad(one, (0, size - one.shape[1])) for one in alone])


def with_lengths(norm, signal, lengths):
    return norm(signal, valid_frames(torch.tensor(lengths), signal.shape[2]))


def output_and_gradients(norm, signal, lengths, *, by):
    signal = signal.clone().requires_grad_()
    output = by(norm, signal, lengths)
    (output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum().backward()
    return [output, signal.grad, *(parameter.grad for parameter in norm.parameters())]


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("offset", [0.0, 3.0])
@pytest.mark.parametrize("is_gpu", [False, True])
def test_an_utterance_is_normalised_as_torchs_group_norm_does_alone(lengths, offset, is_gpu, monkeypatch):
    torch.manual_seed(0)
    signal, norm = offset + torch.randn(3, 6, 50), make_norm()
    expected = output_and_gradients(norm, signal, lengths, by=of_own_frames)
    norm.zero_grad()
    if is_gpu:
        as_on_a_gpu(monkeypatch)
    found = output_and_gradients(norm, signal, lengths, by=with_lengths)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_an_utterance_far_from_zero_is_normalised_as_exactly():
    torch.manual_seed(0)
    signal, gamma, beta = 1000 + torch.randn(2, 6, 50), torch.randn(6), torch.randn(6)
    expected = functional.group_norm(signal.double(), 1, gamma.double(), beta.double(), EPSILON)
    ours = normalise_by_reductions(signal, gamma, beta, None, EPSILON)
    torch.testing.assert_close(ours.double(), expected, atol=1e-3, rtol=1e-3)


def test_what_stands_in_the_padding_does_not_matter():
    torch.manual_seed(0)
    signal, gamma, beta = torch.randn(2, 6, 50), torch.randn(6), torch.randn(6)
    is_inside = valid_frames(torch.tensor([50, 20]), 50)
    clean = normalise_by_reductions(signal, gamma, beta, is_inside, EPSILON)
    signal[1, :, 20:] = torch.nan
    spoilt = normalise_by_reductions(signal, gamma, beta, is_inside, EPSILON)
    assert torch.equal(spoilt, clean)
    assert not spoilt[1, :, 20:].any()


def test_gradients_match_finite_differences():
    torch.manual_seed(0)
    signal = torch.randn(2, 3, 7, dtype=torch.float64, requires_grad=True)
    gamma, beta = (torch.randn(3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    is_inside = valid_frames(torch.tensor([7, 4]), 7)
    assert torch.autograd.gradcheck(normalise_by_reductions, (signal, gamma, beta, is_inside, 1e-5))


def test_sixteen_bits_of_a_signal_lose_none_of_its_mean():
    torch.manual_seed(0)
    signal = (5 + torch.randn(2, 6, 4000)).bfloat16()
    ours = normalise_by_reductions(signal, torch.ones(6), torch.zeros(6), None, EPSILON)
    expected = functional.group_norm(signal.double(), 1, eps=EPSILON)
    torch.testing.assert_close(ours.double(), expected, atol=1e-4, rtol=1e-4)


def test_the_network_by_a_gpus_paths_equals_espnets(monkeypatch):
    torch.manual_seed(0)
    ours, theirs = ConvTasNetSeparator(**SMALL), TCNSeparator(**SMALL, norm_type="gLN")
    theirs.load_state_dict(ours.state_dict())
    mixture, lengths = torch.rand(2, 40, 12), torch.tensor([40, 40])
    as_on_a_gpu(monkeypatch)
    torch.testing.assert_close(ours(mixture, lengths)[0], theirs(mixture, lengths)[0], atol=1e-5, rtol=1e-5)
