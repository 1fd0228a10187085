import pytest
import torch

from musasr.joint import match_level


def sources(seed=0, size=2000):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 2, size, generator=generator)


@pytest.mark.parametrize("factors", [(1.0, 1.0), (-3.0, 0.01), (100.0, -0.5)])
def test_level_and_sign_of_perfect_estimates_come_back(factors):
    truth = sources()
    scaled = truth * torch.tensor(factors)[None, :, None]
    torch.testing.assert_close(match_level(scaled, truth.sum(dim=1)), truth, atol=1e-3, rtol=1e-3)


def test_a_silent_estimate_gives_finite_output_and_gradient():
    estimates = torch.stack([sources()[:, 0], torch.zeros(2, 2000)], dim=1).requires_grad_()
    matched = match_level(estimates, sources().sum(dim=1))
    matched.sum().backward()
    assert torch.isfinite(matched).all()
    assert torch.isfinite(estimates.grad).all()


def test_padding_does_not_change_the_level():
    truth = sources()
    padded = torch.nn.functional.pad(truth * 0.3, (0, 500))
    mixture = torch.nn.functional.pad(truth.sum(dim=1), (0, 500))
    torch.testing.assert_close(
        match_level(padded, mixture)[..., :2000],
        match_level(truth * 0.3, truth.sum(dim=1)),
        atol=1e-4,
        rtol=1e-4,
    )


def test_levels_are_computed_in_full_precision_under_autocast():
    """On a GPU a solve refuses what autocast made bfloat16 of."""
    generator = torch.Generator().manual_seed(0)
    estimates = torch.randn(2, 2, 500, generator=generator)
    mixture = (estimates * torch.tensor([0.3, 2.0])[None, :, None]).sum(dim=1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        levelled = match_level(estimates, mixture)
    torch.testing.assert_close(levelled.sum(dim=1), mixture)
    torch.testing.assert_close(levelled, match_level(estimates, mixture), rtol=0, atol=0)
