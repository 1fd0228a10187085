"""Recognises a batch of mixtures with one system: separate once, encode once, search all together."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from musasr.joint import JointModel
from musasr.recognition.blending import blending_of
from musasr.recognizers.search import TokenHypothesis, build_search, recognize_batch
from musasr.text import Units

# It warns of each utterance whose hypothesis is as long as allowed, which the results show.
logging.getLogger("espnet2.legacy.nets.batch_beam_search").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Recognition:
    """What one utterance gave."""

    hypothesis: str
    score: float | None
    estimates: dict[str, np.ndarray]  # by source, each (T,); empty where there is no separator
    seconds: dict[str, float]  # its share, by length, of the batch's time


class Reader:
    """A recogniser with its search: waveforms in, hypotheses out."""

    def __init__(self, s2t_model: nn.Module, decode: Mapping[str, Any]):
        """Build the search that the recipe's section ``decode`` describes."""
        keys = ("beam_size", "ctc_weight", "length_bonus", "normalize_length")
        self.s2t_model = s2t_model
        self.search = build_search(s2t_model, **{key: decode[key] for key in keys})
        self.limits = {key: decode[key] for key in ("maxlenratio", "minlenratio")}

    def __call__(self, heard: Tensor, lengths: Tensor, clock: "_Clock") -> list[TokenHypothesis]:
        """The best hypothesis of each waveform of (B, T)."""
        encoded, encoded_lengths = self.s2t_model.encode(heard, lengths)
        clock.lap("encoding")
        hypotheses = recognize_batch(self.search, encoded, encoded_lengths, **self.limits)
        clock.lap("search")
        return hypotheses


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
        clean_model: JointModel | None = None,
    ):
        """Build the search.

        Args:
            model: A trained system.
            units: Its units.
            decode: The recipe's section ``decode``.
            sampling_rate: Of the mixtures, Hz.
            device: Where to compute.
            clean_model: Its recogniser reads what the gate leaves untouched from end to end; None: the
                system's own reads that too.
        """
        self.model = model.to(device).eval()
        self.units = units
        self.device = device
        self.separate_samples = decode["separate_seconds"] * sampling_rate
        self.blending = blending_of(decode, sampling_rate=sampling_rate)
        self.reader = Reader(self.model.s2t_model, decode)
        self.clean_reader = self.reader
        if clean_model is not None:
            self.clean_reader = Reader(clean_model.to(device).eval().s2t_model, decode)

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
        hypotheses = self._read(heard, lengths, is_untouched=(heard == batch).all(dim=1), clock=clock)
        shares = (lengths / lengths.sum()).tolist()
        return [
            Recognition(
                hypothesis=self.units.decode(hypothesis.token_ids),
                score=hypothesis.score,
                estimates=_cut(estimates, index, int(lengths[index]), self.model.sources),
                seconds={name: seconds * shares[index] for name, seconds in clock.laps.items()},
            )
            for index, hypothesis in enumerate(hypotheses)
        ]

    def _read(
        self, heard: Tensor, lengths: Tensor, *, is_untouched: Tensor, clock: "_Clock"
    ) -> list[TokenHypothesis]:
        """The hypotheses, in order: of each waveform by the reader that it is for."""
        if self.clean_reader is self.reader:
            return self.reader(heard, lengths, clock)
        found: dict[int, TokenHypothesis] = {}
        for reader, is_its in ((self.reader, ~is_untouched), (self.clean_reader, is_untouched)):
            if is_its.any():
                own = lengths[is_its]
                hypotheses = reader(heard[is_its, : int(own.max())], own, clock)
                found |= dict(zip(is_its.nonzero().flatten().tolist(), hypotheses, strict=True))
        return [found[index] for index in range(len(heard))]

    def _separate(self, batch: Tensor, lengths: Tensor) -> Tensor | None:
        """Estimates (B, S, T), a few utterances at a time: large batches are slower to separate."""
        if self.model.enh_model is None:
            return None
        size = max(1, int(self.separate_samples // batch.shape[1]))
        estimates = batch.new_zeros(len(batch), len(self.model.sources), batch.shape[1])
        for start in range(0, len(batch), size):
            part = slice(start, start + size)
            longest = int(lengths[part].max())
            estimates[part, :, :longest] = self.model.separate(batch[part, :longest], lengths[part])
        return estimates

    def _blend(self, batch: Tensor, estimates: Tensor | None, lengths: Tensor) -> Tensor:
        """What the recogniser hears (B, T): the mixtures where there is no separator."""
        if estimates is None:
            return batch
        speech, music = (self.model.pick(estimates, source) for source in ("speech", "music"))
        return self.blending(batch, speech=speech, music=music, lengths=lengths)


class _Clock:
    """Seconds between laps, added up by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = self.laps.get(name, 0.0) + now - self._last
        self._last = now


def _cut(
    estimates: Tensor | None, index: int, num_samples: int, sources: Sequence[str]
) -> dict[str, np.ndarray]:
    """One utterance's estimates without the batch's padding."""
    if estimates is None:
        return {}
    one = estimates[index, :, :num_samples].float().cpu().numpy()
    return dict(zip(sources, one, strict=True))
