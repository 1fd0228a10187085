"""PyanNet's filters, classes and weights, and what is made of them: where one speaks, and where two."""

import numpy as np
import pytest
import torch
from onnx_networks import write_loudness

from musasr import tensors
from musasr.diarizers.activity import find_speech
from musasr.diarizers.diarizing import diarize
from musasr.diarizers.overlap import find_overlaps
from musasr.diarizers.pyannet import SETS, PyanNet, SincFilters, activity_of, load_pyannet
from musasr.diarizers.segmenters import open_segmenter
from musasr.diarizers.settings import load_settings
from musasr.errors import ConfigError, StateError

RATE = 16_000


def deaf(favourite):
    """A network that thinks of one set of speakers all the time."""
    torch.manual_seed(0)
    network = PyanNet()
    with torch.no_grad():
        network.classifier.weight.zero_()
        network.classifier.bias.zero_()
        network.classifier.bias[SETS.index(favourite)] = 10.0
    return network


@pytest.fixture
def weights(tmp_path):
    """Of one that always hears the first and the third of three speakers, as such files are."""
    path = tmp_path / "pyannet.pt"
    tensors.save({"format_version": 1, "state_dict": deaf((0, 2)).state_dict()}, path)
    return path


def test_the_filters_let_their_bands_through():
    filters = SincFilters(num_bands=2)
    with torch.no_grad():
        filters.low_hz_[:] = torch.tensor([[950.0], [-2950.0]])  # the lowest is 50 Hz above
        filters.band_hz_[:] = 450.0  # and as wide more
        cosines, sines = torch.fft.rfft(filters()[:, 0], n=RATE).abs().view(2, 2, -1)
    for gains in (cosines, sines):
        for gain, (low, high) in zip(gains, [(1000, 1500), (3000, 3500)], strict=True):
            assert gain[low + 100 : high - 100].min() > 0.9 * gain.max()
            assert gain[: low - 100].max() < 0.02 * gain.max()
            assert gain[high + 100 :].max() < 0.02 * gain.max()
            assert (gain > gain.max() / 2).sum() == pytest.approx(500, abs=20)


def test_sets_of_speakers_become_the_activity_of_each():
    assert SETS == [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    activity = activity_of(deaf((0, 2)).eval(), np.zeros(10 * RATE, np.float32))
    assert activity.shape == (589, 3)
    np.testing.assert_allclose(activity, np.tile([1, 0, 1], (589, 1)), atol=1e-3)
    np.testing.assert_allclose(activity_of(deaf(()).eval(), np.zeros(RATE)), 0, atol=1e-3)


def test_a_file_of_weights_is_read_and_nothing_else(weights, tmp_path):
    chunk = np.random.default_rng(0).normal(size=RATE).astype(np.float32)
    np.testing.assert_array_equal(open_segmenter(weights)(chunk), activity_of(deaf((0, 2)).eval(), chunk))
    with pytest.raises(StateError, match=r"takes no chunk of 900 samples; set its seconds to 10"):
        open_segmenter(weights)(chunk[:900])
    tensors.save({"a": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(StateError, match=r"other.pt: holds no weights of PyanNet; name a file"):
        load_pyannet(tmp_path / "other.pt")
    small = {name: value[:1] for name, value in PyanNet().state_dict().items()}
    tensors.save(small, tmp_path / "small.pt")
    with pytest.raises(StateError, match=r"small.pt: holds weights of PyanNet of another size"):
        load_pyannet(tmp_path / "small.pt")


def test_two_at_once_are_found_with_it(weights):
    blocks = [np.zeros(15 * RATE, np.float32)]
    (span,) = find_overlaps(blocks, segmenter=str(weights), seconds=10.0, onset=0.5)
    assert span == pytest.approx((0.0, 15.0))


def test_speech_is_where_one_is_active(tmp_path):
    samples = np.concatenate([np.zeros(RATE), np.full(RATE, 0.9), np.zeros(RATE)]).astype(np.float32)
    network = write_loudness(tmp_path / "loud.onnx", frame=160)
    settings = load_settings(["activity.kind=segmenter", f"activity.segmenter.segmenter={network}"])
    (span,) = find_speech([samples], **settings["activity"])
    assert span == pytest.approx((1.0, 2.0), abs=0.011)
    turns = diarize(samples, RATE, embedder=lambda waveforms: np.ones((len(waveforms), 2)), settings=settings)
    assert [(turn.speaker, round(turn.start, 1), round(turn.end, 1)) for turn in turns] == [("1", 1.0, 2.0)]


def test_a_detector_without_its_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"activity.kind: there is no segmenter; name its file with"):
        load_settings(["activity.kind=segmenter"])
    with pytest.raises(ConfigError, match=r"activity.segmenter.segmenter: .*x.pt: no such file"):
        load_settings([f"activity.segmenter.segmenter={tmp_path / 'x.pt'}"])
