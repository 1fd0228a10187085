"""CTC prefix scores: against the sum over all alignments, against ESPnet's scorer, in batches."""

import itertools
import math

import pytest
import torch
from espnet2.asr.ctc import CTC
from espnet2.legacy.nets.scorers.ctc import CTCPrefixScorer

from musasr.recognizers.ctc_prefix import LOG_ZERO, CtcPrefixScorer

EOS = 4  # of blank, three letters and eos


def make_ctc(num_units: int = EOS + 1, sharpness: float = 3.0) -> CTC:
    torch.manual_seed(2)
    ctc = CTC(num_units, 6).eval()
    with torch.no_grad():
        ctc.ctc_lo.weight.mul_(sharpness)
    return ctc


def frames_of(*lengths: int) -> torch.Tensor:
    return torch.randn(len(lengths), max(lengths), 6, generator=torch.Generator().manual_seed(4))


def score(scorer: CtcPrefixScorer, state: object, prefix: list[int], frames: torch.Tensor) -> torch.Tensor:
    """Scores (V,) of each next unit of one hypothesis, all of whose units were scored one by one."""
    states = [state]
    for count in range(1, len(prefix) + 1):
        scores, states = scorer.batch_score(torch.tensor([prefix[:count]]), states, frames)
    return scores[0]


def spelled(alignment: tuple[int, ...]) -> list[int]:
    return [unit for unit, _ in itertools.groupby(alignment) if unit != 0]


@pytest.mark.parametrize("prefix", [[], [1], [1, 1], [2, 1, 2], [3, 3, 3]])
@torch.no_grad()
def test_scores_are_sums_over_all_alignments(prefix):
    ctc, frames = make_ctc(), frames_of(5)
    scorer = CtcPrefixScorer(ctc, EOS)
    found = score(scorer, scorer.batch_init_state(frames), [EOS, *prefix], frames)
    probabilities = ctc.softmax(frames)[0].double().tolist()
    begun, ended = torch.zeros(EOS + 1, dtype=torch.double), 0.0
    for alignment in itertools.product(range(EOS + 1), repeat=5):
        units = spelled(alignment)
        probability = math.prod(row[unit] for row, unit in zip(probabilities, alignment, strict=True))
        if units[: len(prefix)] == prefix:
            if len(units) > len(prefix):
                begun[units[len(prefix)]] += probability
            else:
                ended += probability
    everything = begun.sum() + ended
    begun[EOS] = ended
    torch.testing.assert_close(found[1:].exp().double(), begun[1:] / everything, atol=1e-9, rtol=1e-5)
    assert found[0] == LOG_ZERO


@torch.no_grad()
def test_scores_are_espnets():
    """Two utterances of three hypotheses each, with choices of the search in between."""
    num_units, lengths = 12, torch.tensor([40, 23])
    ctc, frames = make_ctc(num_units, sharpness=6.0), frames_of(40, 23)
    ours, theirs = CtcPrefixScorer(ctc, num_units - 1), CTCPrefixScorer(ctc, num_units - 1)
    our_states = [ours.batch_init_state(frames, xs_lengths=lengths)] * 6
    their_states = [theirs.batch_init_state(frames, xs_lengths=lengths)] * 6
    prefixes = torch.full((6, 1), num_units - 1)
    expanded = frames.repeat_interleave(3, dim=0)
    for step in range(8):
        our_scores, our_states = ours.batch_score(prefixes, our_states, expanded)
        their_scores, their_states = theirs.batch_score_partial(prefixes, None, their_states, expanded)
        possible = their_scores > LOG_ZERO / 10
        assert possible.sum() == 6 * (num_units - 1)
        torch.testing.assert_close(our_scores[possible], their_scores[possible], atol=2e-3, rtol=1e-3)
        assert (our_scores[~possible] < LOG_ZERO / 10).all()
        # Of the same hypothesis twice (a repeated unit too), and of another.
        best = our_scores[:, 1:-1].topk(2, dim=1).indices + 1
        again = prefixes[:, -1] if step else best[:, 0]
        hypotheses, units = torch.tensor([0, 0, 2, 0, 1, 1]), torch.stack([best[:, 0], again], 1)
        rows = hypotheses + torch.tensor([0, 0, 0, 3, 3, 3])
        units = units[rows, torch.tensor([0, 1, 0, 1, 0, 1])]
        chosen = (hypotheses * num_units + units).view(2, 3)
        prefixes = torch.cat([prefixes[rows], units.unsqueeze(1)], dim=1)
        our_states = ours.batch_select_state(our_states, chosen)
        their_states = theirs.batch_select_state(their_states, chosen)


@torch.no_grad()
def test_padding_and_neighbours_change_nothing():
    ctc, frames = make_ctc(), frames_of(30, 12)
    scorer = CtcPrefixScorer(ctc, EOS)
    alone = scorer.batch_init_state(frames[1, :12])
    padded = scorer.batch_init_state(frames, xs_lengths=torch.tensor([30, 12]))
    too_long = [EOS, *[1] * 8]
    for prefix in ([EOS], [EOS, 2], [EOS, 2, 2, 1], too_long):
        states = [padded] * 2
        for count in range(1, len(prefix) + 1):
            together, states = scorer.batch_score(torch.tensor([prefix[:count]] * 2), states, frames)
        torch.testing.assert_close(together[1], score(scorer, alone, prefix, frames[1:]))
        one = scorer.select_state(states, 1)
        torch.testing.assert_close(one.forward[0, :, :13], states.forward[1, :, :13])
        assert one.posteriors.lengths.tolist() == [12]


@torch.no_grad()
def test_impossible_prefixes_stay_finite():
    """More units than frames."""
    ctc, frames = make_ctc(), frames_of(3)
    scorer = CtcPrefixScorer(ctc, EOS)
    scores = score(scorer, scorer.batch_init_state(frames), [EOS, 1, 1, 2, 3, 1], frames)
    assert torch.isfinite(scores).all()
