"""Recognises a batch of mixtures with one system: separate once, encode once, search all together."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from musasr.joint import MUSIC, SPEECH, JointModel
from musasr.recognizers.search import build_search, recognize_batch
from musasr.separators.blending import blending_of
from musasr.text import Units

# It warns of each utterance whose hypothesis is as long as allowed, which the results show.
logging.getLogger("espnet2.legacy.nets.batch_beam_search").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Recognition:
    """What one utterance gave."""

    hypothesis: str
    score: float | None
    estimates: dict[str, np.ndarray]  # "speech", "music": (T,); empty where there is no separator
    seconds: dict[str, float]  # its share, by length, of the batch's time


class Recognizer:
    """A trained system with its units and its search."""

    def __init__(
        self,
        model: JointModel,
        units: Units,
        decode: Mapping[str, Any],
        *,
        sampling_rate: int,
        device: str = "cpu",
    ):
        """Build the search.

        Args:
            model: A trained system.
            units: Its units.
            decode: The recipe's section ``decode``.
            sampling_rate: Of the mixtures, Hz.
            device: Where to compute.
        """
        self.model = model.to(device).eval()
        self.units = units
        self.device = device
        keys = ("beam_size", "ctc_weight", "length_bonus", "normalize_length")
        self.search = build_search(model.s2t_model, **{key: decode[key] for key in keys})
        self.separate_samples = decode["separate_seconds"] * sampling_rate
        self.blending = blending_of(decode, sampling_rate=sampling_rate)
        self.limits = {key: decode[key] for key in ("maxlenratio", "minlenratio")}

    @torch.inference_mode()
    def __call__(self, mixtures: Sequence[np.ndarray]) -> list[Recognition]:
        """Recognise mixtures, each (T,), as one batch; results in the same order."""
        lengths = torch.tensor([len(mixture) for mixture in mixtures], device=self.device)
        batch = pad_sequence([torch.from_numpy(mixture) for mixture in mixtures], batch_first=True)
        clock = _Clock()
        batch = batch.to(self.device)
        estimates = self._separate(batch, lengths)
        heard = self._blend(batch, estimates, lengths)
        clock.lap("separation")
        encoded, encoded_lengths = self.model.s2t_model.encode(heard, lengths)
        clock.lap("encoding")
        hypotheses = recognize_batch(self.search, encoded, encoded_lengths, **self.limits)
        clock.lap("search")
        shares = (lengths / lengths.sum()).tolist()
        return [
            Recognition(
                hypothesis=self.units.decode(hypothesis.token_ids),
                score=hypothesis.score,
                estimates=_cut(estimates, index, int(lengths[index])),
                seconds={name: seconds * shares[index] for name, seconds in clock.laps.items()},
            )
            for index, hypothesis in enumerate(hypotheses)
        ]

    def _separate(self, batch: Tensor, lengths: Tensor) -> Tensor | None:
        """Estimates (B, S, T), a few utterances at a time: large batches are slower to separate."""
        if self.model.enh_model is None:
            return None
        size = max(1, int(self.separate_samples // batch.shape[1]))
        estimates = batch.new_zeros(len(batch), 2, batch.shape[1])
        for start in range(0, len(batch), size):
            part = slice(start, start + size)
            longest = int(lengths[part].max())
            estimates[part, :, :longest] = self.model.separate(batch[part, :longest], lengths[part])
        return estimates

    def _blend(self, batch: Tensor, estimates: Tensor | None, lengths: Tensor) -> Tensor:
        """What the recogniser hears (B, T): the mixtures where there is no separator."""
        if estimates is None:
            return batch
        return self.blending(batch, speech=estimates[:, SPEECH], music=estimates[:, MUSIC], lengths=lengths)


class _Clock:
    """Seconds since the last lap, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = now - self._last
        self._last = now


def _cut(estimates: Tensor | None, index: int, num_samples: int) -> dict[str, np.ndarray]:
    """One utterance's estimates without the batch's padding."""
    if estimates is None:
        return {}
    one = estimates[index, :, :num_samples].float().cpu().numpy()
    return {"speech": one[SPEECH], "music": one[MUSIC]}
