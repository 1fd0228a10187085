"""Complex masks by bands: the same alone and padded, with and without gradients, at any level."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.layers.recomputing import recompute_activations
from musasr.separators import band_split
from musasr.separators.band_split import BandSplitSeparator, BandwiseConv
from musasr.separators.stft import StftDecoder, StftEncoder

SMALL = {
    "input_dim": 19,
    "band_width": 4,
    "band_channels": 6,
    "hidden_dim": 8,
    "across_dim": 10,
    "layer": 2,
    "stack": 2,
}


def make_separator(**changes) -> BandSplitSeparator:
    torch.manual_seed(1)
    separator = BandSplitSeparator(**(SMALL | changes))
    with torch.no_grad():  # away from the initial gamma = 1 and beta = 0, which hide mistakes
        for parameter in separator.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return separator


def make_spectrum(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("num_spk", [1, 2, 3])
def test_masks_are_complex_and_meet_the_mixture(num_spk):
    spectrum = make_spectrum(2, 11, 19)
    separator = make_separator(num_spk=num_spk)
    estimates, lengths, masks = separator(spectrum, torch.tensor([11, 7]))
    assert len(estimates) == separator.num_spk == num_spk
    assert list(masks) == [f"mask_spk{i + 1}" for i in range(num_spk)]
    for estimate, mask in zip(estimates, masks.values(), strict=True):
        torch.testing.assert_close(estimate, spectrum * mask)
        assert mask.imag.abs().sum() > 0
    assert lengths.tolist() == [11, 7]


@settings(deadline=None, max_examples=15)
@given(lengths=st.lists(st.integers(1, 20), min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_padding_changes_nothing(lengths, seed):
    spectrum = make_spectrum(len(lengths), max(lengths) + 2, 19, seed=seed)
    separator = make_separator()
    batch, _, _ = separator(spectrum, torch.tensor(lengths))
    for i, length in enumerate(lengths):
        alone, _, _ = separator(spectrum[i : i + 1, :length], torch.tensor([length]))
        for padded, expected in zip(batch, alone, strict=True):
            torch.testing.assert_close(padded[i, :length], expected[0], atol=1e-4, rtol=1e-4)
            assert not padded[i, length:].any()


def gradients_of(separator, spectrum, lengths) -> list[torch.Tensor]:
    separator.zero_grad()
    sum(estimate.abs().square().sum() for estimate in separator(spectrum, lengths)[0]).backward()
    return [parameter.grad.clone() for parameter in separator.parameters()]


def test_a_batch_at_once_and_one_by_one_are_the_same(monkeypatch):
    # A GPU takes the batch at once; what stands in the padding, it does not hear either.
    spectrum, lengths = make_spectrum(3, 14, 19), torch.tensor([14, 5, 9])
    separator = make_separator()
    expected, gradients = separator(spectrum, lengths)[0], gradients_of(separator, spectrum, lengths)
    monkeypatch.setattr(band_split, "is_on_cpu", lambda signal: False)
    spectrum[1, 5:] = 7.0
    torch.testing.assert_close(separator(spectrum, lengths)[0], expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(gradients_of(separator, spectrum, lengths), gradients, atol=1e-3, rtol=1e-3)


def test_without_gradients_the_masks_are_the_same():
    spectrum, lengths = make_spectrum(2, 40, 19), torch.tensor([40, 23])
    separator = make_separator()
    expected = separator(spectrum, lengths)[0]
    with torch.inference_mode():
        torch.testing.assert_close(separator(spectrum, lengths)[0], expected, atol=1e-4, rtol=1e-4)


def test_masks_of_16_bit_products_are_close():
    spectrum = make_spectrum(2, 40, 19)
    separator = make_separator()
    expected = separator(spectrum, None)[0]
    with torch.autocast("cpu", torch.bfloat16):
        estimates = separator(spectrum, None)[0]
    for estimate, exact in zip(estimates, expected, strict=True):
        assert estimate.dtype is torch.complex64
        assert (estimate - exact).abs().square().mean() < 1e-2 * exact.abs().square().mean()


def test_what_is_computed_again_is_the_same():
    spectrum = make_spectrum(2, 12, 19)
    separator = make_separator()
    kept = gradients_of(separator, spectrum, None)
    recompute_activations(separator, where="test", needs_any=True)
    torch.testing.assert_close(gradients_of(separator, spectrum, None), kept)


@pytest.mark.parametrize("level", [1e-2, 30.0])
def test_masks_do_not_depend_on_the_level(level):
    spectrum = make_spectrum(1, 30, 19)
    masks = make_separator()(spectrum, None)[2]
    others = make_separator()(level * spectrum, None)[2]
    for name, mask in masks.items():
        torch.testing.assert_close(others[name], mask, atol=1e-3, rtol=1e-3)


def test_bands_are_convolved_by_themselves():
    convolve = BandwiseConv(3, 2, 4)
    signal = torch.randn(1, 6, 5)
    changed = signal.clone()
    changed[:, 2:4] += 1.0
    difference = (convolve(signal) - convolve(changed)).abs().amax(dim=(0, 2))
    assert (difference[4:8] > 0).all()
    assert not difference[:4].any()
    assert not difference[8:].any()
    torch.testing.assert_close(convolve(signal)[:, :4], convolve.weight[:4] @ signal[:, :2])


def test_every_parameter_has_a_gradient_from_the_waveform_and_silence_a_finite_one():
    encode, separate, decode = StftEncoder(), make_separator(input_dim=257), StftDecoder()
    lengths = torch.tensor([1600, 1000])
    for waveform, is_silent in ((torch.randn(2, 1600), False), (torch.zeros(2, 1600), True)):
        separate.zero_grad()
        spectrum, num_frames = encode(waveform.requires_grad_(), lengths)
        estimates, _, _ = separate(spectrum, num_frames)
        sum(decode(estimate, lengths)[0].square().sum() for estimate in estimates).backward()
        assert waveform.grad.isfinite().all()
        for name, parameter in separate.named_parameters():
            assert parameter.grad.isfinite().all(), name
            assert is_silent or parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"kernel": 2}, "an even kernel has no middle"), ({"band_width": 0}, "has one bin or more")],
)
def test_sizes_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make_separator(**changes)
