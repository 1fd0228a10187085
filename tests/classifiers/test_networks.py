"""Sizes of the networks as their authors' are, what shapes they map, and losses worked out by hand."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from musasr.classifiers.features import MelPower, MusicFeatures, mel_filters
from musasr.classifiers.losses import AngularPrototypical, BinaryCrossEntropy, CrossEntropy, FocalLoss
from musasr.classifiers.networks import Classifier, SpeakerEmbedder, TagAttention
from musasr.classifiers.pooling import POOLINGS
from musasr.classifiers.se_resnet import SeResNet
from musasr.errors import ConfigError

MOOD = {"labels": [f"mood{i}" for i in range(100)], "several": True, "hidden_size": 256, "loss": "bce"}
STATION = {"labels": ["lonely", "party", "focus", "rest"], "several": False, "hidden_size": 128, "loss": "ce"}
CRNN = {
    "reduction": 4,
    "first_pool": (2, 2),
    "strides": (1, 1, 1, 1),
    "pools": ((2, 2), (2, 4), (4, 4), (4, 4)),
    "last_norm": True,
}
ONE_AXIS = {**CRNN, "num_axes": 1, "first_pool": 2, "pools": (2, 4, 4, 4)}


def size_of(module: torch.nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def classifier(**trunk) -> Classifier:
    heads = {"mood": MOOD, "station": STATION}
    return Classifier(SeResNet(num_bands=128, **trunk), pooling="gru", heads=heads)


@pytest.mark.parametrize(("embedding_size", "millions"), [(256, 1.404), (512, 1.437)])
def test_the_speakers_network_is_as_large_as_resnetse34l(embedding_size, millions):
    assert round(size_of(SpeakerEmbedder(embedding_size=embedding_size)) / 1e6, 3) == millions


@pytest.mark.parametrize(("trunk", "millions"), [(CRNN, 1.549), (ONE_AXIS, 0.684)])
def test_the_taggers_are_as_large_as_the_rush_teams(trunk, millions):
    assert round(size_of(classifier(**trunk)) / 1e6, 3) == millions


def test_seven_thousand_frames_leave_27_steps():
    with torch.inference_mode():
        assert SeResNet(num_bands=128, **ONE_AXIS)(torch.zeros(1, 128, 7000)).shape == (1, 27, 128)
        narrow = SeResNet(num_bands=128, channels=(1, 1, 1, 1), **{**CRNN, "reduction": 1})
        assert narrow(torch.zeros(1, 128, 7000)).shape == (1, 27, 1)


@pytest.mark.parametrize("name", POOLINGS)
def test_each_pooling_makes_one_vector_of_any_number_of_frames(name):
    pooling = POOLINGS[name](6)
    for length in (1, 9):
        assert pooling(torch.randn(3, length, 6)).shape == (3, pooling.num_outputs)


def test_equal_frames_are_their_own_mean_and_do_not_deviate():
    frames = torch.randn(2, 1, 6).expand(2, 5, 6)
    for name in ("mean", "sap"):
        assert torch.allclose(POOLINGS[name](6)(frames), frames[:, 0], atol=1e-6)
    deviation = POOLINGS["asp"](6)(frames)[:, 6:]
    assert torch.allclose(deviation, torch.full((2, 6), 1e-5**0.5), atol=1e-3)


def test_a_voice_alone_and_in_a_batch_has_the_same_vector():
    torch.manual_seed(0)
    network = SpeakerEmbedder(embedding_size=8, trunk={"channels": [8, 8, 8, 8], "num_blocks": [1, 1, 1, 1]})
    waveforms = torch.randn(3, 8000)
    with torch.inference_mode():
        together = network.eval().embed(waveforms)
        assert torch.allclose(network.embed(waveforms[1:2])[0], together[1], atol=1e-5)


def test_mel_bands_of_a_sine_peak_where_the_sine_is():
    time = torch.arange(16000) / 16000
    power = MelPower(num_bands=40, num_fft=512, window_size=400, hop=160, window="hamming")(
        torch.sin(2 * torch.pi * 1000 * time)[None]
    )
    assert power.shape == (1, 40, 101)
    mel = 2595 * np.log10(1 + 8000 / 700)  # band b's middle is (b + 1) / 41 of the scale
    expected = 2595 * np.log10(1 + 1000 / 700) / mel * 41 - 1
    assert abs(int(power[0, :, 50].argmax()) - expected) < 1


def test_mel_filters_are_librosas_of_htk_without_norm():
    librosa = pytest.importorskip("librosa")
    expected = librosa.filters.mel(sr=16000, n_fft=2048, n_mels=128, htk=True, norm=None)
    assert np.allclose(mel_filters(128, 2048).numpy(), expected, atol=1e-5)


def test_music_features_are_the_logarithm_of_one_and_ten_times_the_power():
    features = MusicFeatures()
    waveform = torch.randn(1, 16000)
    assert torch.allclose(10 ** features(waveform), 1 + 10 * features.mel(waveform), rtol=1e-3)


def test_losses_by_hand():
    logits = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    targets = torch.tensor([[1.0, 0.0], [0.25, 0.75]])
    first = -np.log(np.exp(2) / (np.exp(2) + 1))
    assert float(CrossEntropy()(logits, targets)) == pytest.approx((first + np.log(2)) / 2)
    assert float(FocalLoss(gamma=0.0)(logits, targets)) == pytest.approx((first + np.log(2)) / 2)
    missed = 1 - np.exp(2) / (np.exp(2) + 1)
    expected = (missed**2 * first + 0.25 * np.log(2)) / 2
    assert float(FocalLoss(gamma=2.0)(logits, targets)) == pytest.approx(expected)
    assert float(FocalLoss(gamma=0.0, several=True)(logits, targets)) == pytest.approx(
        float(BinaryCrossEntropy()(logits, targets))
    )


def test_the_angular_prototypical_loss_by_hand():
    embeddings = torch.tensor([[[1.0, 0.0], [2.0, 0.0]], [[0.0, 3.0], [1.0, 1.0]]])
    cosines = torch.tensor([[1.0, 0.5**0.5], [0.0, 0.5**0.5]])
    expected = functional.cross_entropy(10 * cosines - 5, torch.tensor([0, 1]))
    assert AngularPrototypical()(embeddings).item() == pytest.approx(float(expected), rel=1e-5)


def test_the_attention_map_scales_channels_and_its_tagger_stays():
    tiny = {**ONE_AXIS, "channels": (8, 8, 8, 8), "num_blocks": (1, 1, 1, 1)}
    tagger = classifier(**tiny)
    attention = TagAttention(tagger, head="mood", num_channels=8, num_groups=4)
    network = Classifier(
        SeResNet(num_bands=128, **tiny), pooling="sap", heads={"station": STATION}, attention=attention
    )
    features = torch.rand(2, 128, 300)
    assert attention(features).shape == (2, 8)
    assert torch.allclose(attention(features).mean(1), torch.ones(2), atol=1e-5)
    before = {name: one.clone() for name, one in tagger.state_dict().items()}
    loss, _, _ = network.train()(features, station=torch.eye(4)[:2])
    loss.backward()
    assert attention.map.weight.grad.abs().sum() > 0
    assert all(one.grad is None for one in tagger.parameters())
    assert all(torch.equal(one, before[name]) for name, one in tagger.state_dict().items())


def test_what_is_not_there_is_said():
    with pytest.raises(ConfigError, match="unknown pooling 'sapp'; did you mean 'sap'"):
        SpeakerEmbedder(pooling="sapp")
    with pytest.raises(ConfigError, match="unknown loss 'cee'"):
        Classifier(
            SeResNet(num_bands=128, **ONE_AXIS), pooling="sap", heads={"station": {**STATION, "loss": "cee"}}
        )
    with pytest.raises(ConfigError, match="differ in length"):
        SeResNet(num_bands=40, channels=(16, 32))
    with pytest.raises(ConfigError, match="3 is no number of axes; give 1 or 2"):
        SeResNet(num_bands=40, num_axes=3)
    with pytest.raises(ConfigError, match="8 channels do not go into 3 groups"):
        TagAttention(classifier(**ONE_AXIS), head="mood", num_channels=8, num_groups=3)
    with pytest.raises(ConfigError, match="unknown gate"):
        TagAttention(classifier(**ONE_AXIS), head="mood", num_channels=8, gate="none")
