"""A system at work: a batch of mixtures is separated, blended, and read by any `Reader`."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from musasr.errors import ConfigError
from musasr.recognition.blending import Blending, blending_of
from musasr.recognition.separation import Cue, Separator, music_of, separate_in_parts, speech_of
from musasr.recognizers.reader import Reader, Reading

if TYPE_CHECKING:
    from musasr.joint import JointModel


@dataclass(frozen=True)
class Recognition:
    """What one utterance gave.

    Attributes:
        reading: Words and score; None where the system ends after its separator.
        estimates: Each source's samples (T,), by name; empty where there is no separator.
        seconds: Its share, by length, of the batch's time: ``separation``, ``reading``.
        heard: Samples (T,) that the reader was given; None where there is no reader.
    """

    reading: Reading | None
    estimates: dict[str, np.ndarray]
    seconds: dict[str, float]
    heard: np.ndarray | None = None

    @property
    def hypothesis(self) -> str | None:
        """The text that was recognised; None where nothing was to be recognised."""
        return None if self.reading is None else self.reading.text

    @property
    def score(self) -> float | None:
        """The recogniser's score of it, if it gives one."""
        return None if self.reading is None else self.reading.score


class Recognizer:
    """A separator, a reader, or one in front of the other."""

    def __init__(
        self,
        separator: Separator | None,
        reader: Reader | None,
        *,
        sampling_rate: int,
        blending: Blending | None = None,
        clean_reader: Reader | None = None,
        separate_seconds: float = math.inf,
        device: str = "cpu",
    ):
        """Put parts together that are built, on their device and in evaluation mode.

        Args:
            separator: None: the reader hears the mixtures.
            reader: None: the system ends after its separator.
            sampling_rate: Of the mixtures, Hz.
            blending: What the reader hears of mixture and estimates; None: the speech estimate.
            clean_reader: Reads what the gate leaves untouched from end to end; None: ``reader`` does.
            separate_seconds: Audio that is separated at once.
            device: Where the parts compute.

        Raises:
            ConfigError: There is nothing to do, a reader is of another rate, or the separator lacks a source
                that is asked for.
        """
        if separator is None and reader is None:
            mend = "name a front end, or a back end"
            raise ConfigError("a system without separator and recogniser does nothing", mend=mend)
        for one in (reader, clean_reader):
            if one is not None and one.sampling_rate != sampling_rate:
                what = f"the recogniser reads {one.sampling_rate} Hz, and mixtures have {sampling_rate} Hz"
                raise ConfigError(what, mend="take one of that rate, or change sampling_rate")
        self.blending = blending or Blending(sampling_rate)
        if separator is not None and reader is not None:
            self.blending.check_sources(separator.sources)
        self.separator = separator
        self.reader = reader
        self.clean_reader = clean_reader or reader
        self.separate_samples = separate_seconds * sampling_rate
        self.device = device

    @torch.inference_mode()
    def __call__(self, mixtures: Sequence[np.ndarray], cue: Cue | None = None) -> list[Recognition]:
        """Recognise mixtures, each (T,), as one batch; results in the same order.

        Args:
            mixtures: Samples of each, float32.
            cue: What the separator is given besides, with a row for each mixture, on the same device.

        Raises:
            ConfigError: There is a cue, and no separator that could use it.
        """
        lengths = torch.tensor([len(mixture) for mixture in mixtures], device=self.device)
        batch = pad_sequence([torch.from_numpy(mixture) for mixture in mixtures], batch_first=True)
        clock = _Clock()
        batch = batch.to(self.device)
        estimates = self._separate(batch, lengths, cue)
        heard = self._blend(batch, estimates, lengths)
        clock.lap("separation")
        readings = self._read(heard, lengths, is_untouched=(heard == batch).all(dim=1))
        clock.lap("reading")
        fractions = (lengths / lengths.sum()).tolist()
        return [
            Recognition(
                reading=reading,
                estimates=self._cut(estimates, index, len(mixtures[index])),
                seconds={name: seconds * fractions[index] for name, seconds in clock.laps.items()},
                heard=None if reading is None else heard[index, : len(mixtures[index])].float().cpu().numpy(),
            )
            for index, reading in enumerate(readings)
        ]

    def _separate(self, batch: Tensor, lengths: Tensor, cue: Cue | None) -> Tensor | None:
        """Estimates (B, S, T); None where there is no separator."""
        if self.separator is not None:
            return separate_in_parts(
                self.separator, batch, lengths, cue=cue, num_samples=self.separate_samples
            )
        if cue is not None:
            raise ConfigError("a cue is given, and there is no separator", mend="leave the cue out")
        return None

    def _blend(self, batch: Tensor, estimates: Tensor | None, lengths: Tensor) -> Tensor:
        """What the reader hears (B, T): the mixtures where there is no separator."""
        if estimates is None or self.reader is None:
            return batch
        sources = self.separator.sources
        speech, music = speech_of(estimates, sources), music_of(estimates, sources)
        return self.blending(batch, speech=speech, music=music, lengths=lengths)

    def _read(self, heard: Tensor, lengths: Tensor, *, is_untouched: Tensor) -> list[Reading | None]:
        """The readings, in order: of each waveform by the reader that it is for."""
        if self.reader is None:
            return [None] * len(heard)
        if self.clean_reader is self.reader:
            return self.reader(heard, lengths)
        found: dict[int, Reading] = {}
        for reader, is_its in ((self.reader, ~is_untouched), (self.clean_reader, is_untouched)):
            if is_its.any():
                own = lengths[is_its]
                readings = reader(heard[is_its, : int(own.max())], own)
                found |= dict(zip(is_its.nonzero().flatten().tolist(), readings, strict=True))
        return [found[index] for index in range(len(heard))]

    def _cut(self, estimates: Tensor | None, index: int, num_samples: int) -> dict[str, np.ndarray]:
        """One utterance's estimates without the batch's padding."""
        if estimates is None:
            return {}
        one = estimates[index, :, :num_samples].float().cpu().numpy()
        return dict(zip(self.separator.sources, one, strict=True))


def build_recognizer(
    model: "JointModel | None",
    reader: Reader | None,
    decode: Mapping[str, Any],
    *,
    sampling_rate: int,
    device: str = "cpu",
    clean_reader: Reader | None = None,
) -> Recognizer:
    """A system as the recipe's section ``decode`` wants it: gate, add-back, audio separated at once.

    Args:
        model: A trained model whose separator is to be used, if it has one.
        reader: The system's reader: the model's own, or a pretrained one.
        decode: The section; keys of the search belong to the reader and are not looked at.
        sampling_rate: Of the mixtures, Hz.
        device: Where to compute.
        clean_reader: See `Recognizer`.

    Raises:
        ConfigError: As `Recognizer` and `musasr.recognition.blending.blending_of`.
    """
    has_separator = model is not None and model.enh_model is not None
    return Recognizer(
        model.to(device).eval() if has_separator else None,
        reader,
        sampling_rate=sampling_rate,
        blending=blending_of(decode, sampling_rate=sampling_rate),
        clean_reader=clean_reader,
        separate_seconds=decode["separate_seconds"],
        device=device,
    )


class _Clock:
    """Seconds between laps, added up by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = self.laps.get(name, 0.0) + now - self._last
        self._last = now
