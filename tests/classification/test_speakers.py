"""Speaker vectors: trained on a data dir of humming voices, resumed, saved, loaded, told apart."""

import numpy as np
import pytest
import torch

from musasr import audio, kaldi
from musasr.classification.batches import DrawnBatches, cut
from musasr.classification.speakers import SpeakerItems, SpeakerNetwork, speaker_eer, train_speakers
from musasr.errors import DataError, StateError
from musasr.kaldi import Piece, Utterance
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.dynamic import DynamicMixer
from musasr.mixing.gain import snr_db

NETWORK = {
    "embedding_size": 16,
    "trunk": {"channels": [8, 8, 8, 8], "num_blocks": [1, 1, 1, 1], "strides": [2, 2, 2, 1]},
}
TRAINING = {
    "batch_size": 4,
    "max_epoch": 3,
    "optim": "adam",
    "optim_conf": {"lr": 0.01},
    "scheduler": "cosineannealinglr",
    "scheduler_conf": {"eta_min": 1e-5},
}
ITEMS = {"crop_seconds": 0.4, "rounds": 8}


@pytest.fixture(scope="module")
def voices(tmp_path_factory):
    """Four speakers of four utterances, each a tone of their own with overtones, in noise."""
    folder = tmp_path_factory.mktemp("voices")
    utterances = []
    for speaker in range(4):
        for number in range(4):
            generator = np.random.default_rng([speaker, number])
            time = np.arange(16000) / 16000
            tones = sum(np.sin(2 * np.pi * (150 + 90 * speaker) * k * time) / k for k in (1, 2, 3, 4))
            tones *= 1 + np.sin(2 * np.pi * 4 * time)  # else normalising each band would leave nothing
            samples = 0.1 * tones + 0.01 * generator.standard_normal(len(time))
            path = folder / f"s{speaker}-{number}.wav"
            audio.write(path, samples.astype(np.float32), 16000)
            utterances.append(Utterance(f"s{speaker}-{number}", f"s{speaker}", "la", path))
    return kaldi.write_speech_dir(folder / "data", utterances)


def train(voices, output, **changes):
    training = {**TRAINING, **changes}
    return train_speakers(voices, voices, output, network=NETWORK, training=training, items=ITEMS, seed=1)


def test_voices_are_told_apart_and_the_folder_gives_the_same_vectors(voices, tmp_path):
    trained = train(voices, tmp_path / "one")
    again = train(voices, tmp_path / "two")
    loaded = SpeakerNetwork.load(tmp_path / "one")
    waveforms = torch.randn(2, 8000)
    assert torch.equal(trained.embed(waveforms), loaded.embed(waveforms))
    assert torch.equal(trained.embed(waveforms), again.embed(waveforms))  # the same seed, the same bytes
    assert loaded.embed(waveforms).shape == (2, 16)
    assert speaker_eer(loaded, kaldi.read_utterances(voices)) < 20
    assert (tmp_path / "one" / "loss.png").is_file()


def test_a_training_that_goes_on_is_the_one_that_never_stopped(voices, tmp_path):
    conf = {"T_max": 24, "eta_min": 1e-5}
    whole = train(voices, tmp_path / "whole", scheduler_conf=conf)
    train(voices, tmp_path / "parts", scheduler_conf=conf, max_epoch=1)
    (tmp_path / "parts" / "weights.pt").unlink()
    parts = train(voices, tmp_path / "parts", scheduler_conf=conf)
    for one, other in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_folder_without_a_network_and_one_of_another_are_refused(voices, tmp_path):
    with pytest.raises(StateError, match="holds no trained network; train it first"):
        SpeakerNetwork.load(tmp_path)
    train(voices, tmp_path / "net", max_epoch=1)
    config = (tmp_path / "net" / "config.yaml").read_text()
    (tmp_path / "net" / "config.yaml").write_text(config.replace("embedding_size: 16", "embedding_size: 8"))
    with pytest.raises(StateError, match="the weights are not this network's; train it again"):
        SpeakerNetwork.load(tmp_path / "net")


def test_batches_are_a_function_of_seed_and_epoch_and_none_is_alone(voices):
    utterances = kaldi.read_utterances(voices)
    items = SpeakerItems(utterances, utterances, crop_seconds=0.1, rounds=1)
    batches = DrawnBatches(items, batch_size=3, seed=5)

    def drawn(mode, epoch):
        return [(ids, tensors["waveforms"]) for ids, tensors in batches.loader(mode, epoch)]

    assert [len(ids) for ids, _ in drawn("train", 1)] == [2, 2]
    assert batches.num_batches() == 2
    assert drawn("train", 1)[0][1].shape == (2, 2, 1600)
    assert all(torch.equal(a[1], b[1]) for a, b in zip(drawn("train", 2), drawn("train", 2), strict=True))
    assert not torch.equal(drawn("train", 1)[0][1], drawn("train", 2)[0][1])
    assert all(torch.equal(a[1], b[1]) for a, b in zip(drawn("valid", 1), drawn("valid", 2), strict=True))


def test_cuts():
    samples = np.arange(5)
    assert cut(samples, 12, None).tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert cut(samples, 3, None).tolist() == [1, 2, 3]
    assert cut(samples, 3, np.random.default_rng(0)).tolist() in ([0, 1, 2], [1, 2, 3], [2, 3, 4])


@pytest.fixture
def mixers(tmp_path):
    """Music of 20 s for each set; at 5 dB under all of training's voices."""
    made = {}
    for seed, mode in enumerate(("train", "valid")):
        music = (0.1 * np.random.default_rng(seed).standard_normal(20 * 16000)).astype(np.float32)
        audio.write(tmp_path / f"{mode}.wav", music, 16000)
        pieces = [Piece(mode, tmp_path / f"{mode}.wav", 20.0, "anime")]
        library = MusicLibrary(pieces, sampling_rate=16000, crossfade_seconds=0.1)
        made[mode] = DynamicMixer(library, seed=0, snr_mean_db=5.0, snr_std_db=0.0)
    return made


def test_voices_are_heard_under_music_that_each_epoch_draws_anew(voices, mixers):
    utterances = kaldi.read_utterances(voices)
    alone = SpeakerItems(utterances, utterances, crop_seconds=0.5)
    mixed = SpeakerItems(utterances, utterances, crop_seconds=0.5, mixers=mixers)

    def drawn(items, mode, epoch):
        generator = np.random.default_rng([1, epoch])
        return items.draw(mode, "s2#0", generator)["waveforms"]

    for mode in ("train", "valid"):
        heard = drawn(mixed, mode, 1)
        assert heard.shape == (2, 8000)
        assert np.array_equal(heard, drawn(mixed, mode, 1))
        assert not np.array_equal(heard, drawn(mixed, mode, 2))
    # Each set has music of its own.
    assert not np.array_equal(drawn(mixed, "train", 1), drawn(mixed, "valid", 1))
    first, heard = drawn(alone, "train", 1)[0], drawn(mixed, "train", 1)[0]
    assert snr_db(speech=first, music=heard - first) == pytest.approx(5.0, abs=0.01)


def test_too_few_speakers_are_said(voices):
    utterances = kaldi.read_utterances(voices)
    with pytest.raises(DataError, match="fewer than 2 speakers have 5 utterances"):
        SpeakerItems(utterances, utterances, crop_seconds=1.0, utterances_per_speaker=5)
