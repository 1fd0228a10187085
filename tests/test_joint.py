import pytest
import torch

from musasr.joint import MUSIC, SPEECH, match_level, separation_loss


def sources(seed=0, size=2000):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 2, size, generator=generator)


@pytest.mark.parametrize("factors", [(1.0, 1.0), (-3.0, 0.01), (100.0, -0.5)])
def test_level_and_sign_of_perfect_estimates_come_back(factors):
    truth = sources()
    scaled = truth * torch.tensor(factors)[None, :, None]
    torch.testing.assert_close(match_level(scaled, truth.sum(dim=1)), truth, atol=1e-3, rtol=1e-3)


def test_a_silent_estimate_gives_finite_output_and_gradient():
    estimates = torch.stack([sources()[:, SPEECH], torch.zeros(2, 2000)], dim=1).requires_grad_()
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


def test_utterances_without_music_do_not_count():
    references = sources()
    estimates = references + 0.1 * sources(1)
    lengths = torch.tensor([2000, 2000])
    alone, _ = separation_loss(estimates[:1], references[:1], lengths[:1])
    without = references.clone()
    without[1, MUSIC] = 0
    loss, stats = separation_loss(estimates, without, lengths)
    torch.testing.assert_close(loss, alone)
    assert stats["si_sdr_speech"] == pytest.approx(20.0, abs=1.0)


def test_a_batch_without_any_music_has_no_separation_loss():
    references = sources()
    references[:, MUSIC] = 0
    loss, stats = separation_loss(sources(1).requires_grad_(), references, torch.tensor([2000, 2000]))
    assert loss == 0
    assert loss.requires_grad
    assert stats == {}
