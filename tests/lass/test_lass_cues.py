"""What a network is told of a query: the loudest part of a sound like it, whatever its length and level."""

import numpy as np
import pytest
import soundfile
import torch

from musasr.corpora.clips import Clip
from musasr.errors import DataError
from musasr.lass.cues import ExampleCue, Query, TagCue
from musasr.lass.items import LassItems
from musasr.separators.lass.example_net import ExampleNet
from musasr.separators.lass.lass_net import build_lass

RATE = 8000
SETTINGS = {"crop_seconds": 0.1, "sampling_rate": RATE, "snr": "energy", "snr_db": (0.0, 0.0), "rounds": 1}
SETTINGS |= {"general_fraction": 0.0, "absent_fraction": 0.0, "ask_both": True}
STFT = {"n_fft": 64, "win_length": 64, "hop_length": 32}


def write(path, samples):
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    return path


def test_the_loudest_part_is_heard_and_a_short_sound_is_repeated(tmp_path):
    samples = np.full(4000, 0.01, np.float32)
    samples[1000:1800] = 0.5
    cue = ExampleCue(RATE, 0.1)
    np.testing.assert_allclose(cue(Query(example=write(tmp_path / "a.wav", samples))), samples[1000:1800])
    short = np.arange(1, 301, dtype=np.float32) / 300
    heard = cue(Query(example=write(tmp_path / "b.wav", short)))
    assert heard.shape == (800,)
    assert set(heard) == set(short)


def test_silence_is_one_line(tmp_path):
    path = write(tmp_path / "still.wav", np.zeros(800))
    with pytest.raises(DataError, match=r"still.wav: is silent; give a sound like what is asked for"):
        ExampleCue(RATE, 0.1)(Query(example=path))


def test_its_level_means_nothing_and_its_sound_all():
    torch.manual_seed(0)
    network = ExampleNet(size=16, stft=STFT, channels=[4, 6]).eval()
    one, other = (0.1 * torch.randn(1, 800) for _ in range(2))
    with torch.no_grad():
        torch.testing.assert_close(network(0.01 * one), network(one), atol=1e-4, rtol=1e-3)
        assert not torch.allclose(network.signed(other), network.signed(one), atol=1e-4)
    assert network(one).shape == (1, 16)
    assert (network(one) >= 0).all()


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    query = {"size": 16, "stft": STFT, "channels": [4, 6]}
    model = build_lass(cue="example", query=query, unet={"channels": [4, 6], "blocks": 1}, stft=STFT)
    mixture = 0.1 * torch.randn(2, 2000)
    loss, _, _ = model(mixture, 0.5 * mixture, 0.1 * torch.randn(2, 800))
    loss.backward()
    assert {name for name, value in model.named_parameters() if value.grad is None} == set()


class Shown:
    """Notes which files are shown."""

    def __init__(self, cue):
        self.cue, self.seen = cue, []

    def __call__(self, query):
        self.seen.append((tuple(query.tags), query.example.stem))
        return self.cue(query)


def test_an_example_is_another_sound_of_the_same_tags_and_changes_no_other_draw(tmp_path):
    noise, tags = np.random.default_rng(0), ("rain", "piano", "drums")
    clips = [
        Clip(name, write(tmp_path / f"{name}.wav", 0.1 * noise.standard_normal(1600)), 0.2, (tag,), ("x",))
        for tag in tags
        for name in (f"{tag}0", f"{tag}1", f"{tag}2")
    ]
    shown = Shown(TagCue(tags))
    items = LassItems({"train": clips}, shown, **SETTINGS)
    for seed in range(20):
        items.draw("train", "rain0#0", np.random.default_rng(seed))
    assert all(name.startswith(tag) for (tag,), name in shown.seen)
    assert {name for (tag,), name in shown.seen if tag == "rain"} == {"rain1", "rain2"}
    generator = np.random.default_rng(3)
    before = generator.bit_generator.state["state"]
    items._example("train", clips[0], generator)
    assert generator.bit_generator.state["state"] == before


def test_a_sound_without_another_of_its_tags_is_its_own_example(tmp_path):
    clips = [Clip(tag, tmp_path / tag, 0.2, (tag,), ("x",)) for tag in ("rain", "piano", "drums")]
    items = LassItems({"train": clips}, None, **SETTINGS)
    assert items._example("train", clips[1], np.random.default_rng(0)) == tmp_path / "piano"
