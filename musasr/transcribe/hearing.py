"""What the recogniser hears of a recording: its mixture, its speech estimate, or something in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from musasr.errors import ConfigError
from musasr.recipe.decoding import Gate
from musasr.recognition.blending import Blending
from musasr.recognition.separation import MUSIC, SPEECH
from musasr.recognizers.reader import Reading

AUTO, RAW, SEPARATED, BLEND, GATED, SUREST = "auto", "raw", "separated", "blend", "gated", "surest"


@dataclass(frozen=True)
class Hearing:
    """One of the ways to hear.

    Attributes:
        kind: ``raw``: the mixture. ``separated``: the speech estimate. ``blend``: the estimate with the music
            some dB below it. ``gated``: this blend, but the mixture where speech stands clear of the music.
        blending: Makes it; None: nothing is made.
    """

    kind: str
    blending: Blending | None

    def __call__(self, mixture: np.ndarray, *, speech: np.ndarray, music: np.ndarray) -> np.ndarray:
        """What the recogniser gets of a stretch (T,), of its mixture and estimates (T,)."""
        if self.blending is None:
            return mixture
        parts = [torch.from_numpy(part)[None] for part in (mixture, speech, music)]
        lengths = torch.tensor([len(mixture)])
        return self.blending(parts[0], speech=parts[1], music=parts[2], lengths=lengths)[0].numpy()


def choose_kind(kind: str, *, has_separator: bool, is_ours: bool, is_fine_tuned: bool) -> str:
    """The kind that ``input.kind`` asks for, or that suits a system where it says ``auto``.

    Args:
        kind: As it is set.
        has_separator: Whether there are estimates.
        is_ours: Whether the recogniser is of a recipe of ours.
        is_fine_tuned: Whether it was trained with this very separator.

    Raises:
        ConfigError: It asks for estimates, and there is no separator.
    """
    if kind == AUTO:
        suited = SEPARATED if is_fine_tuned else GATED
        kind = suited if has_separator and is_ours else RAW
    if kind != RAW and not has_separator:
        what, mend = f"{kind} wants a separator, and there is none", "name one with --separator, or give raw"
        raise ConfigError(what, where="input.kind", mend=mend)
    return kind


def hearings_of(kind: str, settings: Mapping[str, Any], *, sampling_rate: int) -> tuple[Hearing, ...]:
    """The ways to hear that a kind stands for: one, or those whose surest reading counts.

    Args:
        kind: Any but ``auto``.
        settings: The section ``input``.
        sampling_rate: Of the recording as it is separated, Hz.
    """
    if kind != SUREST:
        return (Hearing(kind, _blending(kind, settings, sampling_rate)),)
    blends = [{**settings, "add_back_db": level} for level in settings["surest_of_db"]]
    return (Hearing(RAW, None), *(Hearing(BLEND, _blending(BLEND, one, sampling_rate)) for one in blends))


def surest(readings: Sequence[Reading]) -> int:
    """Which of several readings of one stretch the recogniser is surest of; of equals the first.

    One without words, or whose words have no confidence, is less sure than any other.
    """
    sure = [-1.0 if reading.confidence is None else reading.confidence for reading in readings]
    return sure.index(max(sure))


def speech_and_music(
    mixture: np.ndarray, estimates: Mapping[str, np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The speech of a mixture (T,), and all else; without estimates of its sources all is speech."""
    if estimates is None:
        return mixture, np.zeros_like(mixture)
    speech = estimates[SPEECH]
    others = [source for name, source in estimates.items() if name != SPEECH]
    return speech, np.sum(others, axis=0) if MUSIC in estimates else mixture - speech


def _blending(kind: str, settings: Mapping[str, Any], sampling_rate: int) -> Blending | None:
    if kind == RAW:
        return None
    if kind == SEPARATED:
        return Blending(sampling_rate)
    gate = Gate(**settings["gate"]) if kind == GATED else None
    return Blending(sampling_rate, gate, settings["add_back_db"])
