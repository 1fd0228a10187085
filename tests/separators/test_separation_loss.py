"""L_SEP: which utterances and which of their sources count; two sources give what they always gave."""

import pytest
import torch

from musasr.separators.losses import separation_loss, si_sdr

TWO, THREE = ("speech", "music"), ("speech", "singing", "music")
LENGTHS = torch.tensor([2000, 1500, 1800, 2000])


def draw(num_sources: int, *silent: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Estimates and references of four utterances; ``silent`` (utterance, source) have no reference."""
    generator = torch.Generator().manual_seed(num_sources)
    references = torch.randn(4, num_sources, 2000, generator=generator)
    estimates = references + 0.3 * torch.randn(references.shape, generator=generator)
    for utterance, source in silent:
        references[utterance, source] = 0
    return estimates.requires_grad_(), references


def of_two(estimates, references, lengths):
    """The loss as it was when there were speech and music and nothing else."""
    has_music = references[:, 1].abs().amax(dim=-1) > 0
    if not has_music.any():
        return estimates.sum() * 0.0, {}
    parts = {"reference": references[has_music], "lengths": lengths[has_music]}
    loss = (-si_sdr(estimate=estimates[has_music], **parts).mean(dim=1)).mean()
    scores = si_sdr(estimate=estimates[has_music].detach(), **parts).mean(dim=0)
    return loss, {"loss_sep": loss.detach(), "si_sdr_speech": scores[0], "si_sdr_music": scores[1]}


@pytest.mark.parametrize("clean", [(), (1,), (0, 2, 3), (0, 1, 2, 3)])
def test_for_two_sources_value_and_gradient_are_to_the_bit_what_they_were(clean):
    outcomes = []
    for formula in (of_two, lambda *parts: separation_loss(*parts, sources=TWO)):
        estimates, references = draw(2, *((utterance, 1) for utterance in clean))
        loss, stats = formula(estimates, references, LENGTHS)
        loss.backward()
        outcomes.append((loss, estimates.grad, stats))
    (loss, gradient, stats), (loss_now, gradient_now, stats_now) = outcomes
    assert torch.equal(loss, loss_now)
    assert torch.equal(gradient, gradient_now)
    assert stats.keys() == stats_now.keys()
    assert all(torch.equal(value, stats_now[name]) for name, value in stats.items())
    assert gradient.any() or len(clean) == 4


def test_the_loss_is_a_mean_over_utterances_of_means_over_their_sounding_sources():
    estimates, references = draw(3, (0, 1), (2, 0), (2, 2), (3, 2))
    scores = si_sdr(estimate=estimates, reference=references, lengths=LENGTHS).detach()
    # In utterance 2 the singing is alone: no mixture.
    expected = -((scores[0, 0] + scores[0, 2]) / 2 + scores[1].mean() + (scores[3, 0] + scores[3, 1]) / 2) / 3
    loss, stats = separation_loss(estimates, references, LENGTHS, sources=THREE)
    torch.testing.assert_close(loss, expected)
    by_source = {
        "si_sdr_speech": scores[[0, 1, 3], 0].mean(),
        "si_sdr_singing": scores[[1, 3], 1].mean(),
        "si_sdr_music": scores[[0, 1], 2].mean(),
    }
    assert stats.keys() == {"loss_sep", *by_source}
    for name, value in by_source.items():
        torch.testing.assert_close(stats[name], value)


def test_what_does_not_count_has_a_gradient_of_zero():
    silent = [(0, 1), (2, 0), (2, 2), (3, 2)]
    estimates, references = draw(3, *silent)
    separation_loss(estimates, references, LENGTHS, sources=THREE)[0].backward()
    has_gradient = estimates.grad.abs().sum(dim=-1) > 0
    counts = torch.ones(4, 3, dtype=torch.bool)
    for place in [*silent, (2, 1)]:
        counts[place] = False
    assert torch.equal(has_gradient, counts)


def test_a_source_that_sounds_nowhere_has_no_score():
    estimates, references = draw(3, *((utterance, 1) for utterance in range(4)))
    loss, stats = separation_loss(estimates, references, LENGTHS, sources=THREE)
    assert stats.keys() == {"loss_sep", "si_sdr_speech", "si_sdr_music"}
    without, _ = separation_loss(estimates[:, ::2], references[:, ::2], LENGTHS, sources=TWO)
    torch.testing.assert_close(loss, without)


def test_a_batch_without_any_mixture_has_a_loss_of_zero_with_a_gradient():
    estimates, references = draw(2, *((utterance, 1) for utterance in range(4)))
    loss, stats = separation_loss(estimates, references, LENGTHS, sources=TWO)
    loss.backward()
    assert (loss, stats) == (0, {})
    assert not estimates.grad.any()


def test_a_model_of_one_source_learns_from_each_utterance_where_it_sounds():
    estimates, references = draw(1, (1, 0))
    scores = si_sdr(estimate=estimates, reference=references, lengths=LENGTHS)
    loss, stats = separation_loss(estimates, references, LENGTHS, sources=("target",))
    torch.testing.assert_close(loss, -scores[[0, 2, 3]].mean())
    torch.testing.assert_close(stats["si_sdr_target"], -loss.detach())
