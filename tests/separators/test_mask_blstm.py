"""Masks between 0 and 1 on the mixture's spectrum, the same alone and padded."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.separators.mask_blstm import MaskBlstmSeparator
from musasr.separators.stft import StftDecoder, StftEncoder


def make_separator(**changes) -> MaskBlstmSeparator:
    torch.manual_seed(1)
    return MaskBlstmSeparator(**({"input_dim": 9, "num_layers": 2, "hidden_size": 6} | changes))


@pytest.mark.parametrize("is_log_amplitude", [False, True])
def test_masks_scale_the_mixture_and_keep_its_phase(is_log_amplitude):
    spectrum = torch.randn(2, 11, 9, dtype=torch.complex64)
    separator = make_separator(is_log_amplitude=is_log_amplitude)
    estimates, lengths, masks = separator(spectrum, torch.tensor([11, 7]))
    assert len(estimates) == separator.num_spk == 2
    assert list(masks) == ["mask_spk1", "mask_spk2"]
    for estimate, mask in zip(estimates, masks.values(), strict=True):
        assert (mask >= 0).all()
        assert (mask <= 1).all()
        torch.testing.assert_close(estimate, spectrum * mask)
    assert lengths.tolist() == [11, 7]


@settings(deadline=None, max_examples=15)
@given(lengths=st.lists(st.integers(1, 20), min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_padding_changes_nothing(lengths, seed):
    generator = torch.Generator().manual_seed(seed)
    spectrum = torch.randn(len(lengths), max(lengths) + 2, 9, dtype=torch.complex64, generator=generator)
    separator = make_separator()
    batch, _, _ = separator(spectrum, torch.tensor(lengths))
    for i, length in enumerate(lengths):
        alone, _, _ = separator(spectrum[i : i + 1, :length], torch.tensor([length]))
        for padded, expected in zip(batch, alone, strict=True):
            torch.testing.assert_close(padded[i, :length], expected[0], atol=1e-4, rtol=1e-4)
            assert not padded[i, length:].any()


def test_gradients_reach_every_parameter_from_the_waveform():
    encode, separate, decode = StftEncoder(), make_separator(input_dim=257), StftDecoder()
    lengths = torch.tensor([1600, 1000])
    spectrum, num_frames = encode(torch.randn(2, 1600), lengths)
    estimates, _, _ = separate(spectrum, num_frames)
    sum(decode(estimate, lengths)[0].square().sum() for estimate in estimates).backward()
    for name, parameter in separate.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_a_silent_mixture_has_finite_gradients():
    separate = make_separator()
    spectrum = torch.zeros(1, 5, 9, dtype=torch.complex64, requires_grad=True)
    estimates, _, _ = separate(spectrum, None)
    sum(estimate.abs().sum() for estimate in estimates).backward()
    assert torch.view_as_real(spectrum.grad).isfinite().all()
