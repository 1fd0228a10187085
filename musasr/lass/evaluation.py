"""The test list through the models: each row's and each control's scores, mixture by mixture."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from musasr import audio
from musasr.corpora.clips import Clip, read_clips
from musasr.lass.cues import Query, cue_of
from musasr.lass.mixing import Mixture, mix
from musasr.lass.tag_reading import TagReader
from musasr.lass.test_list import IDEAL, UNPROCESSED, TestMixture, read_test
from musasr.lass.training import load_model
from musasr.lass.words import Words
from musasr.metrics.bss_eval import BssEval
from musasr.metrics.separation import limited, si_sdr
from musasr.separators.lass.lass_net import LassNet

SILENCE_DB = -80.0
Asked = dict[str, Query]  # by the rows' names


@dataclass(frozen=True)
class Row:
    """What one model gave for one query of one mixture.

    Attributes:
        mixture_id: The mixture.
        system: The model, or what stands in its place.
        asked: Which of the mixture's queries.
        scores: dB by name: si_sdr and si_sdr_background of what was asked for, level_db of it below the
            mixture; for the right queries sdr, sir and sar too.
    """

    mixture_id: str
    system: str
    asked: str
    scores: Mapping[str, float]


class Model:
    """A trained model, and what it is asked."""

    def __init__(self, name: str, directory: Path, reader: TagReader):
        """Load it."""
        self.name, self.reader = name, reader
        self.network, self.config = load_model(directory)
        self.kind = self.config["variants"][name]["cue"]
        self.cue = cue_of(self.config, name, words=Words.load(directory), tags=self.config["tags"])

    def queries(self, one: TestMixture, clips: Mapping[str, Clip]) -> Asked:
        """What is asked of a mixture of these clips."""
        if self.kind == "text":
            named = ("caption", "paraphrase", "unseen", "swapped", "wrong")
            return {name: Query(getattr(one, name)) for name in named}
        target, background = clips[one.target], clips[one.background]
        meant = {"swapped": background.tags, "wrong": one.wrong_tags}
        if self.kind == "example":
            meant = {"example": target.tags, **meant}
            heard = (one.target, one.background)
            shown = {name: _example(clips, tags, but=heard) for name, tags in meant.items()}
            return {name: Query(example=path) for name, path in shown.items()}
        return self._tags({"right tags": target.tags, **meant}, one)

    def _tags(self, meant: Mapping[str, Sequence[str]], one: TestMixture) -> Asked:
        asked = {name: Query(tags=tags) for name, tags in meant.items()}
        for wording in ("caption", "unseen"):
            sentence = getattr(one, wording)
            asked[f"{wording}, by name"] = Query(sentence, self.reader.by_name(sentence))
            asked[f"{wording}, nearest caption"] = Query(sentence, self.reader.by_caption(sentence))
        return asked

    def separate(self, mixture: np.ndarray, asked: Asked) -> dict[str, np.ndarray]:
        """What each query gives, (T,); queries that are one to the network share one array."""
        cues = np.stack([self.cue(query) for query in asked.values()])
        different, places = np.unique(cues, axis=0, return_inverse=True)
        estimates = list(separated(self.network, mixture, different))
        return {name: estimates[place] for name, place in zip(asked, places.ravel(), strict=True)}


def _example(clips: Mapping[str, Clip], tags: Sequence[str], *, but: Sequence[str]) -> Path:
    """The first clip of these tags, where there is any one that is none of certain others."""
    alike = [clip for clip in clips.values() if clip.tags == tuple(tags)]
    return next((clip.path for clip in alike if clip.clip_id not in but), alike[0].path)


@torch.inference_mode()
def separated(network: LassNet, mixture: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """What a network makes of one mixture (T,) for several cues (Q, ...): (Q, T)."""
    mixtures = torch.from_numpy(mixture).expand(len(cues), -1)
    lengths = torch.full((len(cues),), len(mixture))
    return network.separate(mixtures, lengths, torch.from_numpy(cues))[:, 0].numpy()


def evaluate(
    config: Mapping[str, Any],
    *,
    data: Path,
    models: Mapping[str, Path],
    on_progress: Callable[[int], None] = lambda count: None,
) -> list[Row]:
    """Every row of every mixture of the test list.

    Args:
        config: The resolved configuration.
        data: The prepared corpus.
        models: Folders of trained models by name.
        on_progress: Is told how many mixtures were done.
    """
    clips = {clip.clip_id: clip for clip in read_clips(data / "test")}
    captions = {clip.tags[0]: clip.captions for clip in read_clips(data / "train")}
    loaded = [Model(name, folder, TagReader(captions)) for name, folder in models.items()]
    rows = []
    for one in read_test(data / "test"):
        rows += list(_rows(one, clips, loaded, config["sampling_rate"], config["network"]["stft"]))
        on_progress(1)
    return rows


def render(one: TestMixture, clips: Mapping[str, Clip], sampling_rate: int) -> Mixture:
    """The mixture of a row of the test list."""
    paths = [clips[name].path for name in (one.target, one.background)]
    sounds = [audio.read(path, sampling_rate=sampling_rate)[0] for path in paths]
    size = min(map(len, sounds))
    return mix(sounds[0][:size], sounds[1][:size], snr_db=one.snr_db)


def _rows(
    one: TestMixture,
    clips: Mapping[str, Clip],
    models: Sequence[Model],
    sampling_rate: int,
    stft: Mapping[str, int],
) -> Iterator[Row]:
    mixed = render(one, clips, sampling_rate)
    score = Scorer(mixed)
    yield Row(one.mixture_id, UNPROCESSED, "", score(mixed.mixture, is_right=True))
    yield Row(one.mixture_id, IDEAL, "", score(ideal_mask(mixed, stft), is_right=True))
    for model in models:
        asked = model.queries(one, clips)
        known: dict[tuple[int, bool], dict[str, float]] = {}
        estimates = model.separate(mixed.mixture, asked)
        for name, estimate in estimates.items():
            is_right = name not in ("swapped", "wrong", "paraphrase")
            key = (id(estimate), is_right)
            if key not in known:
                known[key] = score(estimate, is_right=is_right)
            yield Row(one.mixture_id, model.name, name, known[key])


class Scorer:
    """Scores estimates of one mixture's target."""

    def __init__(self, mixed: Mixture):
        """Hold the mixture."""
        self.mixed = mixed
        self.bss = BssEval(np.stack([mixed.target, mixed.background]))

    def __call__(self, estimate: np.ndarray, *, is_right: bool) -> dict[str, float]:
        """The scores in dB of what a query gave."""
        target, background = self.mixed.target, self.mixed.background
        level = np.sum(estimate.astype(np.float64) ** 2) / np.sum(self.mixed.mixture.astype(np.float64) ** 2)
        scores = {
            "si_sdr": limited(si_sdr(estimate=estimate, reference=target)),
            "si_sdr_background": limited(si_sdr(estimate=estimate, reference=background)),
            "level_db": max(float(10 * np.log10(level)), SILENCE_DB) if level > 0 else SILENCE_DB,
        }
        if is_right:
            found = self.bss.score(0, estimate)
            scores |= dict(zip(("sdr", "sir", "sar"), map(limited, found), strict=True))
        return scores


def ideal_mask(mixed: Mixture, stft: Mapping[str, int]) -> np.ndarray:
    """What the mask |S| / (|S| + |N|) leaves of the mixture, (T,): a bound for masks of magnitudes."""
    from musasr.separators.stft import StftDecoder, StftEncoder

    parts = torch.from_numpy(np.stack([mixed.mixture, mixed.target, mixed.background]))
    lengths = torch.full((3,), parts.shape[1])
    mixture, target, background = StftEncoder(**stft)(parts, lengths)[0]
    mask = target.abs() / (target.abs() + background.abs()).clamp_min(1e-12)
    return StftDecoder(**stft)((mixture * mask)[None], lengths[:1])[0][0].numpy()
