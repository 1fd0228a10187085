"""The decoder: agreement with ESPnet's RNNDecoder, lengths, states, gradients."""

import pytest
import torch
from espnet2.asr.decoder.rnn_decoder import RNNDecoder

from musasr.errors import ConfigError
from musasr.recognizers import decoder as decoder_room
from musasr.recognizers.attention_weights import attention_weights, lead_through
from musasr.recognizers.decoder import LocationAttentionDecoder

VOCABULARY, SIZE = 11, 6
ATTENTION = {"adim": 7, "aconv_chans": 3, "aconv_filts": 4}
LENGTHS = torch.tensor([9, 5, 7])


@pytest.fixture(params=[1, 2])
def decoders(request) -> tuple[LocationAttentionDecoder, RNNDecoder]:
    torch.manual_seed(0)
    sizes = {"num_layers": request.param, "hidden_size": 8}
    ours = LocationAttentionDecoder(VOCABULARY, SIZE, **sizes, att_conf=ATTENTION)
    theirs = RNNDecoder(VOCABULARY, SIZE, **sizes, att_conf={"atype": "location", **ATTENTION})
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.mul_(3)  # far from even attention, so that a wrong mask or reordering shows
    theirs.load_state_dict(ours.state_dict())
    return ours.eval(), theirs.eval()


@pytest.fixture
def frames() -> torch.Tensor:
    return torch.randn(3, 9, SIZE, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def units() -> torch.Tensor:
    return torch.randint(1, VOCABULARY, (3, 6), generator=torch.Generator().manual_seed(3))


def test_forward_agrees_with_espnet(decoders, frames, units):
    ours, theirs = decoders
    unit_lengths = torch.tensor([6, 4, 5])
    logits, lengths = ours(frames, LENGTHS, units, unit_lengths)
    expected, _ = theirs(frames, LENGTHS, units, unit_lengths)
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
    assert lengths is unit_lengths


def test_batch_score_agrees_with_score_of_espnet_alone(decoders, frames, units):
    ours, theirs = decoders
    state = [ours.batch_init_state(frames, xs_lengths=LENGTHS)] * 3
    alone = [theirs.init_state(frames[b, :length]) for b, length in enumerate(LENGTHS)]
    for end in range(1, units.size(1) + 1):
        scores, state = ours.batch_score(units[:, :end], state, frames)
        for b, length in enumerate(LENGTHS):
            theirs.att_list[0].reset()  # its cache is per utterance
            expected, alone[b] = theirs.score(units[b, :end], alone[b], frames[b, :length])
            torch.testing.assert_close(scores[b], expected, rtol=1e-4, atol=1e-4)


def test_batch_score_agrees_with_forward(decoders, frames, units):
    ours, _ = decoders
    logits, _ = ours(frames, LENGTHS, units, torch.full((3,), units.size(1)))
    expected = torch.log_softmax(logits, dim=2)
    state = [ours.batch_init_state(frames, xs_lengths=LENGTHS)] * 3
    for place in range(units.size(1)):
        scores, state = ours.batch_score(units[:, : place + 1], state, frames)
        torch.testing.assert_close(scores, expected[:, place], rtol=1e-4, atol=1e-4)


def test_start_without_an_initial_state_reads_the_frames_and_their_mask(decoders, frames, units):
    ours, _ = decoders
    mask = (torch.arange(9) < LENGTHS.unsqueeze(1)).unsqueeze(1)
    memory = ours.batch_init_state(frames, xs_lengths=LENGTHS)
    expected, _ = ours.batch_score(units[:, :1], [memory] * 3, frames)
    scores, _ = ours.batch_score(units[:, :1], [None] * 3, frames, xs_mask=mask)
    torch.testing.assert_close(scores, expected)


def grow(decoder, frames, units, end):
    """Score the first places of 3 utterances x 2 hypotheses; returns the stacked state."""
    state = [decoder.batch_init_state(frames, xs_lengths=LENGTHS)] * 6
    for place in range(1, end + 1):
        _, state = decoder.batch_score(units[:, :place], state, frames)
    return state


def test_states_follow_reordered_hypotheses(decoders, frames):
    ours, _ = decoders
    units = torch.randint(1, VOCABULARY, (6, 4), generator=torch.Generator().manual_seed(4))
    state = grow(ours, frames, units, end=3)
    expected, _ = ours.batch_score(units, state, frames)
    chosen = torch.tensor([[1, 0], [0, 0], [1, 1]])
    flat = (chosen + 2 * torch.arange(3).unsqueeze(1)).flatten()
    reordered = ours.batch_select_state(state, chosen * VOCABULARY + 5)
    torch.testing.assert_close(ours.batch_score(units[flat], reordered, frames)[0], expected[flat])
    one_by_one = [ours.select_state(state, int(index)) for index in flat]
    torch.testing.assert_close(ours.batch_score(units[flat], one_by_one, frames)[0], expected[flat])


@torch.no_grad()
def test_attention_is_computed_once_for_all_that_extend_one_hypothesis(decoders, frames, monkeypatch):
    ours, _ = decoders
    units = torch.randint(1, VOCABULARY, (6, 4), generator=torch.Generator().manual_seed(4))
    state = grow(ours, frames, units, end=3)
    chosen = torch.tensor([[1, 0], [0, 0], [1, 1]])
    flat = (chosen + 2 * torch.arange(3).unsqueeze(1)).flatten()
    expected, _ = ours.batch_score(units, state, frames)
    seen = []
    plain = decoder_room.attend
    monkeypatch.setattr(decoder_room, "attend", lambda *args: seen.append(args[4]) or plain(*args))
    found, after = ours.batch_score(units[flat], ours.batch_select_state(state, chosen * VOCABULARY), frames)
    assert seen == [[2, 1, 1]]
    torch.testing.assert_close(found, expected[flat])
    assert len(after.attention) == len(after.hidden[0]) == 6


@torch.no_grad()
def test_utterances_that_leave_change_nothing_for_the_others(decoders, frames):
    ours, _ = decoders
    units = torch.randint(1, VOCABULARY, (6, 4), generator=torch.Generator().manual_seed(4))
    chosen = torch.tensor([[1, 0], [0, 0], [1, 1]])
    state = ours.batch_select_state(grow(ours, frames, units, end=3), chosen * VOCABULARY)
    expected, _ = ours.batch_score(units, state, frames)
    left = state.of_utterances(torch.tensor([1, 2]))
    assert left.attention.shape == (4, 7)  # the longest of the two has 7 frames
    found, _ = ours.batch_score(units[2:], left, frames[1:])
    torch.testing.assert_close(found, expected[2:])


def test_nothing_leaks_from_one_batch_into_the_next(decoders, frames):
    ours, _ = decoders
    units = torch.randint(1, VOCABULARY, (6, 3), generator=torch.Generator().manual_seed(5))
    expected = grow(ours, frames, units, end=3).hidden[-1]
    state = grow(ours, frames, units, end=2)
    grow(ours, frames.flip(0), units, end=3)
    _, state = ours.batch_score(units, state, frames)
    torch.testing.assert_close(state.hidden[-1], expected)


def test_gradient_reaches_every_parameter_and_the_encoder(decoders, frames, units):
    ours = decoders[0].train()
    frames.requires_grad_()
    logits, _ = ours(frames, LENGTHS, units, torch.tensor([6, 4, 5]))
    logits.pow(2).sum().backward()
    for name, parameter in ours.named_parameters():
        assert parameter.grad is not None, name
        # a constant added to all energies cancels in the softmax
        assert parameter.grad.abs().sum() > 0 or name.endswith("gvec.bias"), name
    assert not frames.grad[1, 5:].any()
    assert frames.grad[1, :5].abs().sum() > 0


def test_gradients_agree_with_espnet(decoders, frames, units):
    for decoder in decoders:
        decoder(frames, LENGTHS, units, torch.tensor([6, 4, 5]))[0].pow(2).sum().backward()
    expected = dict(decoders[1].named_parameters())
    for name, parameter in decoders[0].named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name].grad, rtol=1e-3, atol=1e-3, msg=name)


def test_scheduled_sampling_trains(frames, units):
    decoder = LocationAttentionDecoder(
        VOCABULARY, SIZE, hidden_size=8, sampling_probability=0.5, att_conf=ATTENTION
    ).train()
    optimizer = torch.optim.Adam(decoder.parameters(), lr=0.02)
    wanted, losses = units[:, :6].clamp(min=0), []
    torch.manual_seed(1)
    for _ in range(40):
        logits, _ = decoder(frames, LENGTHS, units, torch.tensor([6, 4, 5]))
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < 0.75 * losses[0]


def test_other_attention_is_refused():
    with pytest.raises(ConfigError, match="dot"):
        LocationAttentionDecoder(VOCABULARY, SIZE, att_conf={"atype": "dot"})


def test_the_attention_of_a_text_is_that_of_espnet(decoders, frames, units):
    ours, theirs = decoders

    class Recogniser(torch.nn.Module):
        """The model around the decoder: its encoder gives the frames of the second utterance."""

        sos = VOCABULARY - 1
        decoder = ours

        def encode(self, waveforms, lengths):
            return frames[1:2], LENGTHS[1:2]

    ids = units[1, :4].tolist()
    weights = attention_weights(Recogniser(), torch.zeros(100), ids)
    seen = []
    theirs.att_list[0].register_forward_hook(lambda module, given, result: seen.append(result[1][0]))
    given = torch.tensor([[VOCABULARY - 1, *ids]])
    logits, _ = theirs(frames[1:2, : LENGTHS[1]], LENGTHS[1:2], given, torch.tensor([5]))
    torch.testing.assert_close(weights, torch.stack(seen), rtol=1e-4, atol=1e-5)
    same, scores = lead_through(ours, frames[1, : LENGTHS[1]], given[0].tolist())
    torch.testing.assert_close(same, weights, rtol=0, atol=0)
    torch.testing.assert_close(scores, logits[0].log_softmax(dim=1), rtol=1e-4, atol=1e-5)
    assert attention_weights(type("Other", (), {"decoder": theirs}), torch.zeros(100), ids) is None
