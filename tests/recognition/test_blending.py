"""The gate and the add-back: between their two ends, the same alone and in a batch, and nothing where off."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.recipe.decoding import Gate
from musasr.recognition.blending import Blending, blending_of, mixture_share, speech_over_music_db

RATE = 1000  # a second is a segment, a tenth a block
GATE = Gate(low_db=10.0, high_db=20.0, seconds=1.0)


def noise(seed, num_samples, num_utterances=1):
    return torch.randn(num_utterances, num_samples, generator=torch.Generator().manual_seed(seed))


def scene(num_samples=5000, *, snr_db=0.0, seed=0, num_utterances=1):
    """A mixture, and estimates that are not its parts, so that a blend shows."""
    speech = noise(seed, num_samples, num_utterances)
    music = 10 ** (-snr_db / 20) * noise(seed + 1, num_samples, num_utterances)
    return speech + music + 0.5, {"speech": speech, "music": music}


def lengths_of(mixture):
    return torch.full((len(mixture),), mixture.shape[1])


def test_without_settings_the_speech_estimate_passes_to_the_bit():
    mixture, estimates = scene()
    heard = Blending(RATE)(mixture, **estimates, lengths=lengths_of(mixture))
    assert torch.equal(heard, estimates["speech"])


@pytest.mark.parametrize(("snr_db", "passes"), [(-5.0, "speech"), (5.0, "speech"), (30.0, "mixture")])
def test_under_music_the_estimate_passes_and_without_it_the_mixture_to_the_bit(snr_db, passes):
    mixture, estimates = scene(snr_db=snr_db)
    heard = Blending(RATE, GATE)(mixture, **estimates, lengths=lengths_of(mixture))
    assert torch.equal(heard, mixture if passes == "mixture" else estimates["speech"])


def test_clean_speech_passes_untouched_pauses_and_all():
    speech = noise(0, 6000)
    speech[:, 2000:4500] = 0
    estimates = {"speech": 0.9 * speech, "music": 0 * speech}
    heard = Blending(RATE, GATE, add_back_db=17.5)(speech, **estimates, lengths=lengths_of(speech))
    assert torch.equal(heard, speech)


def test_music_that_sets_in_is_met_where_it_sets_in():
    speech, music = noise(0, 10000), 0.5 * noise(1, 10000)
    music[:, :5000] = 0
    mixture = speech + music + 0.5
    heard = Blending(RATE, GATE)(mixture, speech=speech, music=music, lengths=torch.tensor([10000]))
    assert torch.equal(heard[:, :4000], mixture[:, :4000])
    assert torch.equal(heard[:, 6000:], speech[:, 6000:])
    steps = ((heard - speech) / (mixture - speech)).diff().abs()  # the blend, at every sample
    assert steps[:, 4000:6000].nan_to_num().max() < 0.05


def test_a_pause_under_quiet_music_is_judged_by_the_speech_around_it():
    _, estimates = scene(10000, snr_db=25.0)
    estimates["speech"][:, 3000:7000] = 0
    level = speech_over_music_db(**estimates, lengths=torch.tensor([10000]), block=100)
    assert level[:, 50].item() == pytest.approx(25 + 10 * torch.log10(torch.tensor(0.6)).item(), abs=1.0)


def test_the_level_is_the_ratio_of_the_powers():
    _, estimates = scene(20000, snr_db=7.0)
    level = speech_over_music_db(**estimates, lengths=torch.tensor([20000]), block=100)
    assert level.mean().item() == pytest.approx(7.0, abs=0.5)


@settings(max_examples=50, deadline=None)
@given(
    levels=st.lists(st.floats(-200, 200), min_size=2, max_size=20),
    low=st.floats(-30, 30),
    width=st.sampled_from([0.0, 1e-3, 10.0]),
)
def test_shares_rise_with_the_level_from_0_to_1(levels, low, width):
    shares = mixture_share(torch.tensor(sorted(levels)), low_db=low, high_db=low + width)
    assert ((shares >= 0) & (shares <= 1)).all()
    assert (shares.diff() >= 0).all()


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 3000), min_size=2, max_size=4),
    snr_db=st.floats(0, 30),
    seed=st.integers(0, 1000),
    add_back_db=st.sampled_from([None, 17.5]),
)
def test_an_utterance_sounds_the_same_alone_and_in_a_batch(lengths, snr_db, seed, add_back_db):
    mixture, estimates = scene(max(lengths), snr_db=snr_db, seed=seed, num_utterances=len(lengths))
    blend = Blending(RATE, GATE, add_back_db)
    together = blend(mixture, **estimates, lengths=torch.tensor(lengths))
    for index, length in enumerate(lengths):
        part = {name: value[index : index + 1, :length] for name, value in estimates.items()}
        alone = blend(mixture[index : index + 1, :length], **part, lengths=torch.tensor([length]))
        torch.testing.assert_close(together[index, :length], alone[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("snr_db", "expected"), [(0.0, 17.5), (10.0, 17.5), (40.0, 40.0)])
def test_music_comes_back_at_its_level_and_never_louder_than_it_was(snr_db, expected):
    mixture, estimates = scene(snr_db=snr_db)
    heard = Blending(RATE, add_back_db=17.5)(mixture, **estimates, lengths=lengths_of(mixture))
    added = heard - estimates["speech"]
    measured = 10 * torch.log10(estimates["speech"].square().sum() / added.square().sum())
    assert measured.item() == pytest.approx(expected, abs=0.2)


def test_silence_stays_finite():
    silence = torch.zeros(2, 3000)
    blend = Blending(RATE, GATE, add_back_db=17.5)
    heard = blend(silence, speech=silence, music=silence, lengths=torch.tensor([3000, 1]))
    assert not heard.any()
    music = noise(0, 3000, 2)
    heard = blend(music, speech=silence, music=music, lengths=torch.tensor([3000, 1]))
    assert not heard.any()


def test_settings_of_a_recipe():
    assert blending_of({"beam_size": 5}, sampling_rate=RATE) == Blending(RATE)
    settings = {"gate": {"low_db": 10, "high_db": 20, "seconds": 1}, "add_back_db": 17.5}
    assert blending_of(settings, sampling_rate=RATE) == Blending(RATE, GATE, 17.5)
