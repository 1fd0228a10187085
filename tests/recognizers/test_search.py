"""Batched beam search: one utterance alone and in a batch, against ESPnet, bounds, empty results."""

from itertools import product

import pytest
import torch
from espnet2.asr.ctc import CTC
from espnet2.asr.decoder.rnn_decoder import RNNDecoder
from espnet2.asr.espnet_model import ESPnetASRModel
from espnet2.legacy.nets.batch_beam_search import BatchBeamSearch
from espnet2.legacy.nets.scorer_interface import BatchScorerInterface
from espnet2.legacy.nets.scorers.ctc import CTCPrefixScorer

from musasr.errors import ConfigError
from musasr.recognizers.decoder import LocationAttentionDecoder
from musasr.recognizers.encoder import ConvBlstmEncoder
from musasr.recognizers.features import LogMelFrontend
from musasr.recognizers.search import (
    TokenHypothesis,
    build_search,
    recognize_batch,
    recognize_nbest,
    to_tokens,
)

TOKENS = ["<blank>", "<unk>", *"abcdefghij", "<sos/eos>"]
ATTENTION = {"adim": 8, "aconv_chans": 3, "aconv_filts": 4}


def make_model(ctc_weight: float, seed: int = 0, tokens: list[str] = TOKENS) -> ESPnetASRModel:
    torch.manual_seed(seed)
    frontend = LogMelFrontend()
    encoder = ConvBlstmEncoder(frontend.output_size(), conv_channels=4, num_layers=1, hidden_size=8)
    decoder = LocationAttentionDecoder(
        len(tokens), encoder.output_size(), num_layers=2, hidden_size=12, att_conf=ATTENTION
    )
    ctc = CTC(len(tokens), encoder.output_size())
    with torch.no_grad():
        for parameter in [*decoder.parameters(), *ctc.parameters()]:
            parameter.mul_(4)  # a random model that prefers something
    return ESPnetASRModel(
        len(tokens), tokens, frontend, None, None, None, encoder, None, decoder, ctc, None,
        ctc_weight=ctc_weight, lsm_weight=0.1, report_cer=False, report_wer=False,
    ).eval()  # fmt: skip


@pytest.fixture(params=[0.0, 0.3], ids=["attention", "with_ctc"])
def model(request) -> ESPnetASRModel:
    return make_model(request.param)


@pytest.fixture
def waveforms() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(4, 16000, generator=torch.Generator().manual_seed(6)), torch.tensor(
        [16000, 7000, 12000, 3000]
    )


def make_search(model, beam_size=4, **options):
    return build_search(model, beam_size=beam_size, ctc_weight=model.ctc_weight, **options)


@pytest.mark.parametrize("maxlenratio", [0.0, 0.5])
@pytest.mark.parametrize("length_bonus", [0.0, 0.7])
def test_alone_and_in_a_batch_the_result_is_the_same(model, waveforms, maxlenratio, length_bonus):
    search = make_search(model, length_bonus=length_bonus)
    with torch.no_grad():
        together = recognize_batch(search, *model.encode(*waveforms), maxlenratio=maxlenratio)
        for index, (waveform, length) in enumerate(zip(*waveforms, strict=True)):
            encoded = model.encode(waveform[None, :length], length[None])
            (alone,) = recognize_batch(search, *encoded, maxlenratio=maxlenratio)
            assert together[index].token_ids == alone.token_ids
            assert together[index].score == pytest.approx(alone.score, abs=1e-3)
    assert len({tuple(hypothesis.token_ids) for hypothesis in together}) > 1


class OneByOneDecoder(RNNDecoder, BatchScorerInterface):
    """ESPnet's decoder; the interface's own batch_score loops over the hypotheses."""


@pytest.mark.filterwarnings("ignore:.*not parallelized")
def test_result_is_that_of_espnets_search_with_espnets_decoder(model, waveforms):
    decoder = OneByOneDecoder(
        len(TOKENS), model.encoder.output_size(), num_layers=2, hidden_size=12,
        att_conf={"atype": "location", **ATTENTION},
    ).eval()  # fmt: skip
    decoder.load_state_dict(model.decoder.state_dict())
    ours = make_search(model, length_bonus=0.2)
    scorers = {"decoder": decoder, "length_bonus": ours.scorers["length_bonus"]}
    if model.ctc_weight > 0:
        scorers["ctc"] = CTCPrefixScorer(model.ctc, model.eos)
    theirs = BatchBeamSearch(
        scorers, ours.weights, beam_size=4, vocab_size=len(TOKENS), sos=model.sos, eos=model.eos
    )  # fmt: skip
    with torch.no_grad():
        frames, lengths = model.encode(*waveforms)
        found = recognize_batch(ours, frames, lengths)
        for hypothesis, encoded, length in zip(found, frames, lengths, strict=True):
            best = theirs(encoded[:length])[0]
            units = [unit for unit in best.yseq.tolist() if unit != model.eos]
            assert hypothesis.token_ids == units
            assert hypothesis.score == pytest.approx(float(best.score), abs=1e-3)


def test_nbest_is_sorted_and_begins_with_the_best(model, waveforms):
    with torch.no_grad():
        encoded = model.encode(*waveforms)
    best = recognize_batch(make_search(model), *encoded)
    nbest = recognize_nbest(make_search(model, num_best=3), *encoded)
    for first, hypotheses in zip(best, nbest, strict=True):
        scores = [hypothesis.score for hypothesis in hypotheses]
        assert scores == sorted(scores, reverse=True)
        assert hypotheses[0].token_ids == first.token_ids
        assert len(hypotheses) == 3


def count_steps(decoder: LocationAttentionDecoder) -> list[int]:
    """Return a list that grows by one at every decoding step."""
    steps, score = [], decoder.batch_score
    decoder.batch_score = lambda *args, **options: steps.append(1) or score(*args, **options)
    return steps


@pytest.mark.parametrize("length_bonus", [0.0, 0.4])
@pytest.mark.parametrize("num_best", [1, 3])
def test_stopping_early_changes_nothing(model, waveforms, length_bonus, num_best):
    with torch.no_grad():
        model.decoder.output.bias[model.eos] += 8.0  # short hypotheses, of which many end early
        encoded = model.encode(*waveforms)
    search = make_search(model, length_bonus=length_bonus, num_best=num_best)
    steps = count_steps(model.decoder)
    found = recognize_nbest(search, *encoded, maxlenratio=-15)
    num_steps, search.is_decided = len(steps), lambda *_: False
    assert recognize_nbest(search, *encoded, maxlenratio=-15) == found
    assert num_steps < len(steps) - num_steps


def test_utterances_whose_search_has_ended_leave_the_batch(model, waveforms):
    with torch.no_grad():
        model.decoder.output.bias[model.eos] = -1e4  # each ends where it has to
        frames, lengths = model.encode(*waveforms)
    search, seen, score = make_search(model), [], model.decoder.batch_score
    model.decoder.batch_score = lambda units, *args: seen.append(len(units)) or score(units, *args)
    recognize_batch(search, frames, lengths, maxlenratio=0.5)
    bounds = (lengths * 0.5).int().tolist()
    assert seen == [4 * sum(step < bound for bound in bounds) for step in range(max(bounds))]


def test_search_ends_although_the_end_never_comes(model, waveforms):
    with torch.no_grad():
        model.decoder.output.bias[model.eos] = -1e4
        frames, lengths = model.encode(*waveforms)
    for maxlenratio, bounds in (
        (0.0, lengths.tolist()),
        (0.5, (lengths * 0.5).int().tolist()),
        (-3, [3] * 4),
    ):
        found = recognize_batch(make_search(model), frames, lengths, maxlenratio=maxlenratio)
        assert all(len(h.token_ids) <= bound for h, bound in zip(found, bounds, strict=True))


@pytest.fixture(params=[0.0, 0.3], ids=["attention", "with_ctc"])
def few_units(request) -> ESPnetASRModel:
    """A recogniser with fewer units than a usual beam."""
    return make_model(request.param, tokens=["<blank>", "<unk>", *"abcde", "<sos/eos>"])


def assert_alike(one: list[TokenHypothesis], other: list[TokenHypothesis]) -> None:
    assert [hypothesis.token_ids for hypothesis in one] == [hypothesis.token_ids for hypothesis in other]
    for first, second in zip(one, other, strict=True):
        assert first.score == pytest.approx(second.score, abs=1e-3)


@pytest.mark.parametrize("maxlenratio", [0.0, 0.3, -1, -4])
@pytest.mark.parametrize("beam_size", [7, 8, 10, 30])
def test_a_beam_as_wide_as_the_units_or_wider_finds_what_espnets_does(
    few_units, waveforms, beam_size, maxlenratio
):
    ours = make_search(few_units, beam_size=beam_size, num_best=10)
    theirs = BatchBeamSearch(
        ours.scorers, ours.weights, beam_size=beam_size, vocab_size=8, sos=few_units.sos, eos=few_units.eos
    )
    with torch.no_grad():
        frames, lengths = few_units.encode(*waveforms)
        together = recognize_nbest(ours, frames, lengths, maxlenratio=maxlenratio)
        # ESPnet's own takes several utterances; of one alone it asks for more hypotheses than there are.
        expected = theirs(frames, maxlenratio=maxlenratio, x_lengths=lengths)
        for index, (found, hypotheses) in enumerate(zip(together, expected, strict=True)):
            best = to_tokens(hypotheses[0], few_units.eos)
            assert_alike(found[:1], [best])
            part = frames[index : index + 1, : lengths[index]], lengths[index : index + 1]
            (alone,) = recognize_nbest(ours, *part, maxlenratio=maxlenratio)
            assert_alike(alone, found)


@torch.no_grad()
def test_a_beam_that_holds_everything_is_the_search_of_everything(waveforms):
    model = make_model(0.0, tokens=["<blank>", "<unk>", *"abcde", "<sos/eos>"])
    frames, lengths = model.encode(*waveforms)
    scores = {}
    for units in product(range(8), repeat=2):  # with 2 units at most, <eos> behind the second costs nothing
        given = torch.tensor([[model.eos, units[0]]])
        logits, _ = model.decoder(frames[:1, : lengths[0]], lengths[:1], given, torch.tensor([2]))
        first, second = logits[0].log_softmax(dim=1)
        if units[0] == model.eos:
            scores[()] = float(first[model.eos])
        else:
            spelt = tuple(unit for unit in units if unit != model.eos)
            scores[spelt] = float(first[units[0]] + second[units[1]])
    ranked = sorted(scores.items(), key=lambda entry: -entry[1])
    search = make_search(model, beam_size=64, num_best=10)
    (found,) = recognize_nbest(search, frames[:1], lengths[:1], maxlenratio=-2)
    assert_alike(found, [TokenHypothesis(list(units), score) for units, score in ranked[:10]])


def test_no_frames_and_no_ended_hypothesis_say_so(model, waveforms):
    with torch.no_grad():
        frames, lengths = model.encode(*waveforms)
    search = make_search(model)
    empty, other = recognize_batch(search, frames[:2], torch.tensor([0, int(lengths[1])]))
    assert (empty.token_ids, empty.score, empty.is_found) == ([], None, False)
    assert other.is_found
    too_long = recognize_batch(search, frames[:2], lengths[:2], maxlenratio=-2, minlenratio=-50)
    assert [hypothesis.is_found for hypothesis in too_long] == [False, False]
    assert recognize_batch(search, frames[:0], lengths[:0]) == []


def test_ctc_weight_needs_ctc():
    with pytest.raises(ConfigError, match="without CTC"):
        build_search(make_model(0.0), beam_size=2, ctc_weight=0.3)
    with pytest.raises(ConfigError, match="beam_size"):
        build_search(make_model(0.0), beam_size=0)


def test_training_gradient_reaches_every_parameter_and_the_waveform(waveforms):
    model = make_model(0.3).train()
    speech, lengths = waveforms
    speech.requires_grad_()
    text = torch.randint(2, len(TOKENS) - 1, (4, 5))
    loss, _, _ = model(speech, lengths, text, torch.tensor([5, 2, 4, 1]))
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
    assert speech.grad[1, :7000].abs().sum() > 0
    assert not speech.grad[1, 7000:].any()
