"""LASS-Net's parts: sizes of the authors' networks, one mask in any batch, gradients, a BERT's weights."""

import pytest
import torch
from torch import nn

from musasr.errors import ConfigError, DataError
from musasr.separators.lass.film import AffineFilm, BiasFilm
from musasr.separators.lass.lass_net import build_lass
from musasr.separators.lass.masks import MASKS
from musasr.separators.lass.query_net import QueryNet
from musasr.separators.lass.res_unet import ResUNet
from musasr.separators.stft import StftEncoder

STFT = {"n_fft": 64, "win_length": 64, "hop_length": 32}
TEXT = {"num_pieces": 50, "size": 16, "num_layers": 1, "num_heads": 2, "hidden_size": 32, "most_pieces": 12}
SMALL = {"channels": [4, 6], "blocks": 1}


def network(cue="text", **changes):
    torch.manual_seed(0)
    query = TEXT if cue == "text" else {"num_tags": 5, "size": 16}
    return build_lass(
        **{"cue": cue, "query": query, "unet": {**SMALL, "film": "affine"}, "stft": STFT} | changes
    )


def cues(number=2):
    return torch.randint(1, 50, (number, 6), generator=torch.Generator().manual_seed(1))


def waves(*sizes):
    generator = torch.Generator().manual_seed(2)
    return [0.1 * torch.randn(size, generator=generator) for size in sizes]


def with_phases(**changes):
    """A network that turns phases, with the weights of one that does not, its rotation zero as it begins."""
    model = network(mask="phase", loss="waveform", **changes)
    state = model.state_dict()
    for name, value in network(**changes).state_dict().items():
        state[name] = torch.cat([value, state[name][1:]]) if name.startswith("unet.last") else value
    model.load_state_dict(state)
    return model


def count(module, part=""):
    return sum(value.numel() for name, value in module.named_parameters() if part in name)


def test_the_papers_unet_has_the_authors_number_of_parameters():
    with torch.device("meta"):
        unet = ResUNet(film="bias")
    assert round(count(unet) / 1e6, 2) == 52.23
    assert round(count(unet, ".film.") / 1e6, 2) == 14.60


def test_bert_mini_has_its_number_of_parameters():
    query = QueryNet(num_pieces=30522)
    bert = count(query) - 256 * 257  # without the layer behind it
    assert bert == 11_104_768 - 2 * 256  # nor the vectors of two kinds of segment, which the places hold


def test_ten_seconds_are_the_papers_spectrum():
    spectrum, frames = StftEncoder(1024, 1024, 512)(torch.zeros(1, 320_000), torch.tensor([320_000]))
    assert spectrum.shape == (1, 626, 513)
    assert frames.item() == 626


def test_films_do_what_the_equations_say():
    signal, query = torch.randn(2, 3, 4, 5), torch.rand(2, 8)
    bias, affine = BiasFilm(8, 3), AffineFilm(8, 3)
    beta = bias.layers(query)
    assert (beta >= 0).all()
    torch.testing.assert_close(bias(signal, query), signal + beta.view(2, 3, 1, 1))
    gamma, shift = affine.layers(query).split(3, dim=1)
    expected = (1 + gamma).view(2, 3, 1, 1) * signal + shift.view(2, 3, 1, 1)
    torch.testing.assert_close(affine(signal, query), expected)


@pytest.mark.parametrize("cue", ["text", "tags"])
@pytest.mark.parametrize("film", ["bias", "affine"])
def test_gradients_reach_every_parameter(cue, film):
    model = network(cue, unet={**SMALL, "film": film})
    given = cues() if cue == "text" else torch.eye(5)[:2]
    mixture = torch.stack(waves(2000, 2000))
    loss, _, weight = model(mixture, 0.5 * mixture, given)
    loss.backward()
    unreached = {name for name, value in model.named_parameters() if value.grad is None}
    assert weight == 2
    assert unreached == set()


@pytest.mark.parametrize("mask", ["magnitude", "phase"])
def test_a_mixture_gives_the_same_alone_and_in_a_padded_batch(mask):
    model = network(mask=mask, loss="waveform").eval()
    nn.init.normal_(model.unet.last.weight)  # so that phases turn
    short, long = waves(1500, 4100)
    batch = torch.zeros(2, 4100)
    batch[0, :1500], batch[1] = short, long
    with torch.no_grad():
        alone = model.separate(short[None], torch.tensor([1500]), cues()[:1])
        both = model.separate(batch, torch.tensor([1500, 4100]), cues())
    torch.testing.assert_close(both[0, :, :1500], alone[0], atol=1e-6, rtol=1e-4)


def test_estimates_follow_the_mixtures_level_and_sum_to_it():
    model = network().eval()
    mixture = torch.stack(waves(2000))
    with torch.no_grad():
        plain = model.separate(mixture, torch.tensor([2000]), cues(1))
        quiet = model.separate(0.01 * mixture, torch.tensor([2000]), cues(1))
        silent = model.separate(0 * mixture, torch.tensor([2000]), cues(1))
    torch.testing.assert_close(quiet, 0.01 * plain, atol=1e-7, rtol=1e-3)
    torch.testing.assert_close(plain.sum(dim=1), mixture)
    assert silent.abs().max() == 0


def test_queries_change_the_estimate_and_their_padding_does_not():
    model = network().eval()
    mixture, lengths = torch.stack(waves(2000, 2000)), torch.tensor([2000, 2000])
    mixture[1] = mixture[0]
    padded = torch.cat([cues(), torch.zeros(2, 4, dtype=torch.long)], dim=1)
    with torch.no_grad():
        plain = model.separate(mixture, lengths, cues())
        longer = model.separate(mixture, lengths, padded)
    assert not torch.allclose(plain[0], plain[1], atol=1e-4)
    torch.testing.assert_close(plain, longer, atol=1e-6, rtol=1e-4)


def test_the_loss_is_l1_of_magnitudes_at_the_mixtures_level():
    model = network().eval()
    mixture = torch.stack(waves(2000))
    target, lengths = 0.3 * mixture, torch.tensor([2000])
    with torch.no_grad():
        loss, scores, _ = model(mixture, target, cues(1))
        estimate = model.separate(mixture, lengths, cues(1))[:, 0]
        level = mixture.square().mean().sqrt()
        spectrum = model.encoder(mixture / level, lengths)[0]
        masked = spectrum * model.mask(spectrum, None, cues(1))
    expected = (masked.abs() - 0.3 * spectrum.abs()).abs().mean()
    torch.testing.assert_close(loss, expected)
    projected = (estimate * target).sum() / target.square().sum() * target
    by_hand = 10 * torch.log10(projected.square().sum() / (projected - estimate).square().sum())
    torch.testing.assert_close(scores["si_sdr"], by_hand, atol=1e-3, rtol=1e-3)


def test_without_rotation_a_mask_of_phases_is_that_of_magnitudes():
    plain, turning = network().eval(), with_phases().eval()
    mixture, lengths = torch.stack(waves(2000, 2000)), torch.tensor([2000, 2000])
    with torch.no_grad():
        expected = plain.separate(mixture, lengths, cues())
        torch.testing.assert_close(turning.separate(mixture, lengths, cues()), expected, atol=1e-6, rtol=1e-5)


def test_a_mask_of_phases_turns_them_by_the_angle_of_its_maps_and_keeps_the_size():
    maps = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(3))
    mask = MASKS["phase"].make(maps)
    angle = torch.atan2(maps[:, 2], 1 + maps[:, 1])
    torch.testing.assert_close(mask, torch.polar(torch.sigmoid(maps[:, 0]), angle))
    vanishing = torch.tensor([0.0, -1.0, 0.0]).view(1, 3, 1, 1).requires_grad_()
    MASKS["phase"].make(vanishing).abs().sum().backward()
    assert vanishing.grad.isfinite().all()


def losses_of_steps(model):
    mixture = torch.stack(waves(2000, 2000))
    target = torch.roll(mixture, 3, dims=1)  # the same sizes, nearly; other phases
    optimizer, losses = torch.optim.Adam(model.unet.last.parameters(), lr=0.05), []
    for _ in range(8):
        loss, _, _ = model.train()(mixture, target, cues())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_steps_lower_the_loss_and_phases_more_so_than_magnitudes_alone():
    turning, plain = losses_of_steps(with_phases()), losses_of_steps(network(loss="waveform"))
    assert turning[0] == pytest.approx(plain[0], rel=0.1)  # dropout
    assert turning[-1] < turning[0]
    assert turning[0] - turning[-1] > 1.1 * (plain[0] - plain[-1])


@pytest.mark.slow
def test_a_berts_weights_give_its_states():
    transformers = pytest.importorskip("transformers")
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.BertConfig(vocab_size=50, max_position_embeddings=12, **sizes)
    torch.manual_seed(3)
    theirs = transformers.BertModel(config).eval()
    ours = QueryNet(**{**TEXT, "num_layers": 2}).eval()
    ours.load_bert(theirs.state_dict())
    pieces = cues()
    pieces[1, 4:] = 0
    with torch.no_grad():
        expected = theirs(pieces, attention_mask=(pieces != 0).long()).last_hidden_state
        states = ours.encode(pieces)
    torch.testing.assert_close(states[0], expected[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(states[1, :4], expected[1, :4], atol=1e-5, rtol=1e-4)


def test_what_is_frozen_learns_and_drops_nothing_but_in_its_last_layer():
    query = QueryNet(**TEXT | {"size": 8, "width": 16, "frozen": True}).train()
    assert query(cues()).shape == (2, 8)
    torch.testing.assert_close(query.signed(cues()), query.signed(cues()))
    query.signed(cues()).sum().backward()
    learns = {name for name, value in query.named_parameters() if value.grad is not None}
    assert learns == {"last.weight", "last.bias"}


def test_a_bert_that_does_not_fit_is_one_line():
    with pytest.raises(DataError, match=r"the BERT has no weight 'embeddings.word_embeddings.weight'"):
        QueryNet(**TEXT).load_bert({})


@pytest.mark.slow
def test_a_bert_of_another_size_is_one_line():
    transformers = pytest.importorskip("transformers")
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    other = transformers.BertModel(transformers.BertConfig(vocab_size=50, **sizes))
    with pytest.raises(DataError, match=r"the BERT's weights have other shapes; give width"):
        QueryNet(**TEXT).load_bert(other.state_dict())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unet": {**SMALL, "film": "afine"}}, r"film: unknown film 'afine'; did you mean 'affine'"),
        ({"loss": "l2"}, r"loss: unknown loss 'l2'"),
        ({"mask": "phases"}, r"mask: unknown mask 'phases'; did you mean 'phase'"),
        ({"mask": "phase"}, r"network.mask: phase: turns phases, of which a loss of magnitudes says nothing"),
        ({"query": {**TEXT, "pooling": "last"}}, r"pooling: unknown pooling 'last'"),
    ],
)
def test_what_there_is_not_is_one_line(changes, message):
    with pytest.raises(ConfigError, match=message):
        network(**changes)


def test_an_unknown_cue_and_bins_that_cannot_be_halved_are_one_line():
    with pytest.raises(ConfigError, match=r"cue: unknown cue 'face'"):
        network("face", query={})
    odd = network(stft={"n_fft": 100, "win_length": 64, "hop_length": 32})
    with pytest.raises(ConfigError, match=r"51 bins cannot be halved 2 times; take n_fft = a power of 2"):
        odd.separate(torch.rand(1, 900), torch.tensor([900]), cues(1))
