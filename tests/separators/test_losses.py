"""SI-SDR by hand, by fast_bss_eval, and at its edges."""

import fast_bss_eval
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.separators.losses import si_sdr


def draw(seed: int, num_samples: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    reference = torch.randn(2, 2, num_samples, generator=generator)
    return reference + 0.5 * torch.randn(2, 2, num_samples, generator=generator), reference


def test_value_worked_by_hand():
    # <e, s> / |s|^2 = 2: target (2, 0), distortion (0, 1): 10 log10(4 / 1)
    scores = si_sdr(
        estimate=torch.tensor([[[2.0, 1.0]]]),
        reference=torch.tensor([[[1.0, 0.0]]]),
        lengths=torch.tensor([2]),
    )
    assert scores.item() == pytest.approx(6.0206, abs=1e-4)


@pytest.mark.parametrize("zero_mean", [False, True])
@pytest.mark.parametrize("noise", [0.01, 0.5, 10.0])
def test_agrees_with_fast_bss_eval(zero_mean, noise):
    generator = np.random.default_rng(0)
    reference = generator.normal(0.3, 1, (2, 3000))
    estimate = reference + noise * generator.normal(0, 1, (2, 3000))
    expected = [
        fast_bss_eval.si_sdr(reference[i : i + 1], estimate[i : i + 1], zero_mean=zero_mean)[0]
        for i in range(2)
    ]
    scores = si_sdr(
        estimate=torch.tensor(estimate[None], dtype=torch.float32),
        reference=torch.tensor(reference[None], dtype=torch.float32),
        lengths=torch.tensor([3000]),
        zero_mean=zero_mean,
    )
    assert scores[0].tolist() == pytest.approx(expected, abs=1e-2)


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 1000),
    estimate_gain=st.floats(1e-3, 1e3),
    reference_gain=st.floats(1e-3, 1e3),
    sign=st.sampled_from([-1, 1]),
)
def test_scale_changes_nothing(seed, estimate_gain, reference_gain, sign):
    estimate, reference = draw(seed)
    lengths = torch.tensor([400, 350])
    scores = si_sdr(estimate=estimate, reference=reference, lengths=lengths)
    scaled = si_sdr(
        estimate=sign * estimate_gain * estimate, reference=reference_gain * reference, lengths=lengths
    )
    torch.testing.assert_close(scaled, scores, atol=1e-3, rtol=0)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), length=st.integers(20, 400), zero_mean=st.booleans())
def test_padding_changes_nothing(seed, length, zero_mean):
    estimate, reference = draw(seed)
    scores = si_sdr(
        estimate=estimate, reference=reference, lengths=torch.tensor([400, length]), zero_mean=zero_mean
    )
    alone = si_sdr(
        estimate=estimate[1:, :, :length],
        reference=reference[1:, :, :length],
        lengths=torch.tensor([length]),
        zero_mean=zero_mean,
    )
    torch.testing.assert_close(scores[1:], alone, atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("estimate_gain", "reference_gain", "expected"), [(0, 1, -80), (1, 0, -80), (0, 0, -80), (1, 1, 80)]
)
def test_edges_have_finite_values_and_gradients(estimate_gain, reference_gain, expected):
    _, signal = draw(3)
    estimate = (estimate_gain * signal).requires_grad_()
    scores = si_sdr(estimate=estimate, reference=reference_gain * signal, lengths=torch.tensor([400, 400]))
    scores.sum().backward()
    torch.testing.assert_close(scores.detach(), torch.full((2, 2), float(expected)), atol=0.1, rtol=0)
    assert estimate.grad.isfinite().all()


def test_nothing_beyond_the_length_has_a_gradient():
    estimate, reference = draw(7)
    estimate.requires_grad_()
    si_sdr(estimate=estimate, reference=reference, lengths=torch.tensor([400, 250])).sum().backward()
    assert estimate.grad[1, :, :250].any()
    assert not estimate.grad[1, :, 250:].any()


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match="estimate is"):
        si_sdr(estimate=torch.zeros(1, 2, 5), reference=torch.zeros(1, 1, 5), lengths=torch.tensor([5]))
