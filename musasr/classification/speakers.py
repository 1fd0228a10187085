"""Speaker vectors: trained on a Kaldi data dir, judged on pairs of utterances, loaded to embed waveforms."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from musasr import audio, kaldi
from musasr.classification.batches import cut
from musasr.classification.engine import train_network
from musasr.classification.folder import load_network
from musasr.classifiers.features import SAMPLING_RATE
from musasr.classifiers.networks import SpeakerEmbedder, cosine_scores
from musasr.errors import DataError
from musasr.metrics.verification import equal_error_rate
from musasr.mixing.dynamic import DynamicMixer

ROUND = "#"  # between a speaker's id and the round of an epoch


class SpeakerItems:
    """Crops of two or more utterances of each speaker; an item is a speaker in one round of an epoch."""

    def __init__(
        self,
        train: Sequence[kaldi.Utterance],
        valid: Sequence[kaldi.Utterance],
        *,
        crop_seconds: float,
        utterances_per_speaker: int = 2,
        rounds: int = 1,
        mixers: Mapping[str, DynamicMixer] | None = None,
    ):
        """Hold the utterances by speaker.

        Args:
            train: Utterances.
            valid: Of other speakers, or of the same.
            crop_seconds: What is heard of an utterance; shorter ones are repeated.
            utterances_per_speaker: M.
            rounds: How often an epoch sees each speaker.
            mixers: "train", "valid" -> what puts that set's crops under music and into rooms; None: nothing.

        Raises:
            DataError: A set has fewer than two speakers with M utterances.
        """
        self.size, self.count = round(crop_seconds * SAMPLING_RATE), utterances_per_speaker
        self.rounds, self.mixers = rounds, mixers
        self.sets = {
            "train": by_speaker(train, at_least=self.count),
            "valid": by_speaker(valid, at_least=self.count),
        }
        for mode, speakers in self.sets.items():
            if len(speakers) < 2:
                what = f"fewer than 2 speakers have {self.count} utterances"
                raise DataError(what, where=f"the {mode} set", mend="give more utterances of more speakers")

    def ids(self, mode: str) -> Sequence[str]:
        """Speakers, each once a round."""
        return [f"{speaker}{ROUND}{number}" for number in range(self.rounds) for speaker in self.sets[mode]]

    def draw(self, mode: str, item_id: str, generator: np.random.Generator) -> dict[str, np.ndarray]:
        """Waveforms (M, T) of different utterances of the speaker."""
        utterances = self.sets[mode][item_id.rpartition(ROUND)[0]]
        chosen = generator.permutation(len(utterances))[: self.count]
        crops = [self._crop(utterances[i], mode, generator) for i in chosen]
        return {"waveforms": np.stack(crops)}

    def finish(
        self, mode: str, batch: dict[str, np.ndarray], generator: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """The batch as it is."""
        return batch

    def _crop(self, utterance: kaldi.Utterance, mode: str, generator: np.random.Generator) -> np.ndarray:
        crop = cut(samples_of(utterance), self.size, generator)
        if self.mixers is None:
            return crop
        # The item's generator knows seed, epoch and speaker; an utterance may come twice in an epoch.
        drawn = int(generator.integers(2**63))
        return self.mixers[mode](f"{utterance.utterance_id}{ROUND}{drawn}", crop, epoch=0).mixture


class SpeakerNetwork:
    """A trained embedder: `embed` is what a diariser calls."""

    def __init__(self, network: SpeakerEmbedder):
        """Hold the network."""
        self.network = network.eval()

    @classmethod
    def load(cls, directory: str | Path) -> "SpeakerNetwork":
        """The network of a folder that `train_speakers` wrote.

        Raises:
            StateError: There is none, or its files are broken.
        """
        return cls(load_network(Path(directory), SpeakerEmbedder))

    @torch.inference_mode()
    def embed(self, waveforms: Tensor) -> Tensor:
        """Vectors (B, E), not normalised, of waveforms (B, T) at 16 kHz."""
        return self.network.embed(waveforms)


def train_speakers(
    train_dir: str | Path,
    valid_dir: str | Path,
    output: str | Path,
    *,
    network: Mapping[str, Any],
    training: Mapping[str, Any],
    items: Mapping[str, Any],
    mixers: Mapping[str, DynamicMixer] | None = None,
    seed: int = 0,
    num_workers: int = 0,
    threads: int = 1,
) -> SpeakerNetwork:
    """Train an embedder on a Kaldi data dir (wav.scp, utt2spk), or go on with it, and return it.

    Args:
        train_dir: The data dir to train on.
        valid_dir: The one whose loss says which epoch is the best.
        output: The trained network's folder.
        network: Arguments of `SpeakerEmbedder`.
        training: ``batch_size`` in speakers, and the engine's settings.
        items: Arguments of `SpeakerItems`: crop_seconds, rounds ...
        mixers: See `SpeakerItems`.
        seed: Of weights, crops and order.
        num_workers: Loader processes.
        threads: CPU threads.
    """
    torch.manual_seed(seed)
    built = SpeakerEmbedder(**network)
    train, valid = (kaldi.read_utterances(one, need_text=False) for one in (train_dir, valid_dir))
    drawn = SpeakerItems(train, valid, mixers=mixers, **items)
    config = {"network": dict(network), "training": dict(training), "items": dict(items), "seed": seed}
    trained = train_network(
        built,
        drawn,
        training=training,
        config=config,
        directory=Path(output),
        name="speakers",
        seed=seed,
        num_workers=num_workers,
        threads=threads,
    )
    return SpeakerNetwork(trained)


def speaker_eer(network: SpeakerNetwork, utterances: Sequence[kaldi.Utterance]) -> float:
    """The equal error rate in percent over all pairs of utterances, by the cosine of their vectors."""
    vectors = torch.cat([network.embed(torch.from_numpy(samples_of(one))[None]) for one in utterances])
    scores = cosine_scores(vectors, vectors).numpy()
    pairs = list(combinations(range(len(utterances)), 2))
    same = np.array([utterances[i].speaker_id == utterances[j].speaker_id for i, j in pairs])
    return 100 * equal_error_rate(scores=np.array([scores[pair] for pair in pairs]), is_same=same)


def by_speaker(utterances: Sequence[kaldi.Utterance], *, at_least: int) -> dict[str, list[kaldi.Utterance]]:
    """The utterances of each speaker who has so many, in the order of their ids."""
    speakers: dict[str, list[kaldi.Utterance]] = {}
    for one in utterances:
        speakers.setdefault(one.speaker_id, []).append(one)
    return {speaker: ones for speaker, ones in sorted(speakers.items()) if len(ones) >= at_least}


def samples_of(utterance: kaldi.Utterance) -> np.ndarray:
    """An utterance's samples (T,) at 16 kHz."""
    cut_of = {"start": utterance.start, "duration": utterance.duration}
    return audio.read(utterance.path, sampling_rate=SAMPLING_RATE, **cut_of)[0]
