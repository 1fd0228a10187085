"""Vectors of voices: Kaldi's features, CAM++'s size and its files, what is none."""

from pathlib import Path

import numpy as np
import pytest
import torch
from onnx_networks import write_band_levels

from musasr import tensors
from musasr.diarizers.cam_plus_plus import CamPlusPlus
from musasr.diarizers.embedders import (
    digest_of_embedder,
    embed_all,
    keep_embedder,
    open_embedder,
    segments_of,
)
from musasr.diarizers.fbank import fbank
from musasr.errors import ConfigError, StateError


def test_features_are_kaldis():
    kaldi = pytest.importorskip("torchaudio.compliance.kaldi", reason="torchaudio does not import here")
    waveform = 0.1 * torch.randn(1, 24_000, generator=torch.Generator().manual_seed(0))
    theirs = kaldi.fbank(waveform, num_mel_bins=80, sample_frequency=16_000, dither=0.0)
    assert fbank(waveform)[0].numpy() == pytest.approx(theirs.numpy(), abs=1e-3)


def test_cam_plus_plus_has_its_published_size():
    assert sum(weight.numel() for weight in CamPlusPlus().parameters()) == 6_848_544


def test_weights_of_a_file_give_vectors_and_a_batch_those_of_each_alone(tmp_path):
    torch.manual_seed(0)
    model = CamPlusPlus().eval()
    tensors.save(model.state_dict(), tmp_path / "cam.pt")
    embedder = open_embedder(tmp_path / "cam.pt")
    waveforms = 0.1 * np.random.default_rng(0).normal(size=(3, 16_000)).astype(np.float32)
    vectors = embed_all(embedder, waveforms)
    assert vectors.shape == (3, 192)
    assert embed_all(embedder, waveforms[1:2])[0] == pytest.approx(vectors[1], abs=1e-4)


def test_a_network_that_we_trained_is_opened_by_its_folder(tmp_path):
    from musasr.classification.folder import save_network
    from musasr.classifiers.networks import SpeakerEmbedder

    torch.manual_seed(0)
    conf = {"embedding_size": 16}
    network = SpeakerEmbedder(**conf).eval()
    save_network(tmp_path / "speakers", network, {"network": conf})
    waveforms = torch.randn(2, 16_000)
    with torch.inference_mode():
        expected = network.embed(waveforms).numpy()
    assert open_embedder(tmp_path / "speakers")(waveforms.numpy()) == pytest.approx(expected, abs=1e-5)


def test_any_network_is_kept_in_a_folder_and_found_there(tmp_path):
    from musasr.classification.folder import save_network
    from musasr.classifiers.networks import SpeakerEmbedder

    torch.manual_seed(0)
    conf = {"embedding_size": 16}
    save_network(tmp_path / "trained", SpeakerEmbedder(**conf).eval(), {"network": conf})
    tensors.save(CamPlusPlus().state_dict(), tmp_path / "cam.pt")
    bands = write_band_levels(tmp_path / "bands.onnx")
    waveforms = np.random.default_rng(0).normal(size=(2, 16_000)).astype(np.float32)
    kept = tmp_path / "kept"
    for one in (tmp_path / "trained", tmp_path / "cam.pt", bands, tmp_path / "trained"):
        keep_embedder(one, kept)
        assert np.array_equal(open_embedder(kept)(waveforms), open_embedder(one)(waveforms))
        assert digest_of_embedder(kept) == digest_of_embedder(one)
    assert sorted(path.name for path in kept.iterdir()) == ["config.yaml", "weights.pt"]


def test_segments_share_a_tenth_and_the_last_ends_with_the_window():
    windows = np.arange(200, dtype=np.float32)[None].repeat(2, axis=0)
    segments = segments_of(windows, 50)
    assert segments[0, :, 0].tolist() == [0, 45, 90, 135, 150]
    assert segments[1, -1, -1] == 199
    assert segments_of(windows, 200).shape == (2, 1, 200)


def test_an_aggregated_vector_is_the_mean_of_its_segments():
    def first_and_last(waveforms):
        return np.stack([waveforms[:, 0], waveforms[:, -1]], axis=1)

    windows = np.arange(16_000, dtype=np.float32)[None]
    vector = embed_all(first_and_last, windows, segment_seconds=0.5)[0]
    assert vector.tolist() == pytest.approx([(0 + 7200 + 8000) / 3, (7999 + 15_199 + 15_999) / 3])


def test_what_is_no_network_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.pt: no such file; check the path of the network"):
        open_embedder(tmp_path / "none.pt")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ConfigError, match=r"a\.txt: is no network of voices; name the folder"):
        open_embedder(tmp_path / "a.txt")
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(StateError, match=r"a\.onnx: is no network that ONNX can run"):
        open_embedder(tmp_path / "a.onnx")
    tensors.save({"weight": torch.ones(2)}, tmp_path / "a.pt")
    with pytest.raises(StateError, match=r"a\.pt: holds no weights of CAM\+\+; name a file"):
        open_embedder(tmp_path / "a.pt")
    sizes = {name: torch.ones(1) for name in CamPlusPlus().state_dict()}
    tensors.save(sizes, tmp_path / "b.pt")
    with pytest.raises(StateError, match=r"b\.pt: holds weights of CAM\+\+ of another size"):
        open_embedder(tmp_path / "b.pt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StateError, match="empty: holds no trained network; train it first"):
        open_embedder(tmp_path / "empty")


def test_a_network_of_several_inputs_is_said(tmp_path):
    import silero_vad

    several = Path(silero_vad.__file__).parent / "data" / "silero_vad.onnx"
    with pytest.raises(StateError, match=r"takes input .*state.*; name a network of one input"):
        open_embedder(several)
