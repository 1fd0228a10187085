"""Sources go by name, in any order and number; a cue goes through the joint model to the separator."""

from collections import OrderedDict

import pytest
import torch
from espnet2.enh.espnet_model import ESPnetEnhancementModel
from espnet2.enh.separator.abs_separator import AbsSeparator
from small_models import batch, options
from torch import nn

from musasr.errors import ConfigError, DataError
from musasr.joint import JointModel, match_level
from musasr.separators.stft import StftDecoder, StftEncoder
from musasr.tasks.preprocessor import MixingPreprocessor
from musasr.training.train import build


class CuedSeparator(AbsSeparator):
    """Two masks that are there from the start; the cue says which of them makes the first source."""

    num_spk = 2

    def __init__(self, num_bins: int, cue_size: int):
        super().__init__()
        self.masks = nn.Parameter(torch.rand(2, num_bins, generator=torch.Generator().manual_seed(0)))
        self.cue_encoder = nn.Linear(cue_size, 1, bias=False)
        self.seen = None

    def forward(self, input, ilens, additional=None):
        self.seen = additional
        is_swapped = torch.sigmoid(self.cue_encoder(additional["cue"])).unsqueeze(2)  # (B, 1, 1)
        first, second = self.masks
        masks = torch.lerp(first, second, is_swapped), torch.lerp(second, first, is_swapped)
        return [input * mask for mask in masks], ilens, OrderedDict()


class Echo(nn.Module):
    """A recogniser whose loss is the power of what it hears."""

    def forward(self, speech, speech_lengths, text, text_lengths):
        self.heard = speech
        return speech.square().mean(), {}, None


def cued_model(recogniser=None, **settings):
    parts = {"encoder": StftEncoder(), "decoder": StftDecoder(), "separator": CuedSeparator(257, 3)}
    separation = ESPnetEnhancementModel(**parts, mask_module=None, loss_wrappers=None)
    return JointModel(separation, recogniser, **settings)


CUE = torch.tensor([[50.0, 0.0, 0.0], [-50.0, 0.0, 0.0]])


def test_a_cue_chooses_the_source_that_comes_first():
    model = cued_model()
    with torch.no_grad():
        model.enh_model.separator.cue_encoder.weight.fill_(1.0)
        one = batch()
        given = model.separate(one["speech"], one["speech_lengths"], CUE)
        other = model.separate(one["speech"], one["speech_lengths"], cue=-CUE)
    torch.testing.assert_close(given, other.flip(1))
    assert not torch.allclose(given[:, 0], given[:, 1])


def test_gradients_of_a_batchs_loss_reach_the_cue_encoder_and_the_cue():
    model = cued_model(Echo())
    cue = (0.01 * CUE).requires_grad_()
    model(**batch(), cue=cue, cue_lengths=torch.tensor([3, 3]))[0].backward()
    separator = model.enh_model.separator
    assert separator.cue_encoder.weight.grad[0, 0] != 0
    assert cue.grad[:, 0].all()
    assert separator.seen["cue"] is cue
    assert separator.seen["cue_lengths"].tolist() == [3, 3]


def test_several_cues_reach_the_separator_by_their_names():
    model, one = cued_model(), batch()
    cues = {"cue": CUE, "face": torch.zeros(2, 8)}
    model.separate(one["speech"], one["speech_lengths"], cues)
    assert model.enh_model.separator.seen.keys() == cues.keys()
    assert all(model.enh_model.separator.seen[name] is cue for name, cue in cues.items())


def test_our_separators_are_deaf_to_a_cue():
    model, one = build(options("smoke", "time"), where="test").eval(), batch()
    with torch.no_grad():
        plain = model.separate(one["speech"], one["speech_lengths"])
        cued = model.separate(one["speech"], one["speech_lengths"], CUE)
    assert torch.equal(plain, cued)


def test_the_recogniser_reads_the_source_that_is_called_speech():
    model, one = cued_model(Echo(), sources=("music", "speech")), batch()
    with torch.no_grad():
        _, stats, _ = model(**one, cue=CUE)
        estimates = model.separate(one["speech"], one["speech_lengths"], CUE)
    assert torch.equal(model.s2t_model.heard, estimates[:, 1])
    assert torch.equal(model.pick(estimates, "music"), estimates[:, 0])
    assert {name for name in stats if name.startswith("si_sdr")} == {"si_sdr_music", "si_sdr_speech"}


def three_sources(*parts, **model_conf):
    args = options(
        "smoke", "time", *parts, model_conf={"sources": ["speech", "singing", "music"], **model_conf}
    )
    args.enh_separator_conf = args.enh_separator_conf | {"num_spk": 3}
    return args


def test_sources_come_from_espnets_model_conf():
    model = build(three_sources("recognizer"), where="test")
    assert model.sources == ("speech", "singing", "music")
    one = batch()
    one["speech_ref3"] = one["speech"] - one["speech_ref1"]
    _, stats, _ = model(**one)
    assert {"si_sdr_speech", "si_sdr_singing", "si_sdr_music"} < stats.keys()


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (["speech", "singing", "music"], r"model_conf.sources speech, singing, music: the separator gives 2"),
        (
            ["speech", "speech"],
            r"sources speech, speech: the separator gives 2 sources; name each of them once",
        ),
        (
            ["voice", "music"],
            r"sources voice, music: a recogniser reads 'speech', and no source is called so",
        ),
    ],
)
def test_names_that_do_not_fit_the_model_are_one_line(sources, message):
    args = options("smoke", "time", "recognizer", model_conf={"sources": sources})
    with pytest.raises(ConfigError, match=message):
        build(args, where="test")


def test_a_separator_alone_may_name_its_sources_as_it_likes():
    args = options("smoke", "time", model_conf={"sources": ["vocals", "accompaniment"]})
    assert build(args, where="test").sources == ("vocals", "accompaniment")


def test_a_batch_without_a_sources_reference_is_one_line():
    with pytest.raises(DataError, match=r"the batch has no speech_ref3, the reference of 'music'"):
        build(three_sources(), where="test")(**batch())


def test_three_sources_come_back_at_their_levels_where_one_is_silent():
    truth = torch.randn(2, 3, 2000, generator=torch.Generator().manual_seed(0))
    truth[1, 1] = 0
    estimates = (truth * torch.tensor([-3.0, 0.01, 20.0])[None, :, None]).requires_grad_()
    matched = match_level(estimates, truth.sum(dim=1))
    torch.testing.assert_close(matched, truth, atol=1e-3, rtol=1e-3)
    matched.square().sum().backward()
    assert estimates.grad.isfinite().all()


class Mixer:
    """A mixture whose parts can be told from each other."""

    def __call__(self, utterance_id, speech, *, epoch):
        from musasr.mixing.dynamic import Mixture

        return Mixture(mixture=speech + 2, speech=speech, music=speech * 0 + 2, singing=speech * 0 + 0.5)


@pytest.mark.parametrize(
    "sources", [("speech", "music"), ("music", "speech"), ("music",), ("speech", "singing", "music")]
)
def test_references_stand_in_the_order_of_the_sources(sources):
    preprocess = MixingPreprocessor(True, mixer=Mixer(), units=None, sources=sources)
    arrays = preprocess("u", {"speech": torch.ones(4).numpy()})
    # Who separates what is sung as well calls the rest music.
    values = {"speech": 1.0, "singing": 0.5, "music": 1.5 if "singing" in sources else 2.0}
    expected = {f"speech_ref{number}": values[source] for number, source in enumerate(sources, start=1)}
    assert {name: float(array[0]) for name, array in arrays.items() if name != "speech"} == expected


def test_a_source_that_mixing_does_not_give_is_one_line():
    message = r"model_conf.sources: mixing gives no source 'noise'; known here: speech, music, singing"
    with pytest.raises(ConfigError, match=message):
        MixingPreprocessor(True, mixer=Mixer(), units=None, sources=("speech", "noise", "music"))
