"""What the recogniser hears of a recording: its mixture, its speech estimate, or something in between."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from musasr.errors import ConfigError
from musasr.recipe.decoding import Gate
from musasr.recognition.blending import Blending
from musasr.recognition.separation import MUSIC, SPEECH

AUTO, RAW, SEPARATED, BLEND, GATED = "auto", "raw", "separated", "blend", "gated"


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


def hearing_of(
    settings: Mapping[str, Any],
    *,
    sampling_rate: int,
    has_separator: bool,
    is_ours: bool,
    is_fine_tuned: bool,
) -> Hearing:
    """The way that the section ``input`` asks for, or that suits a system where it says ``auto``.

    Args:
        settings: The section.
        sampling_rate: Of the recording as it is separated, Hz.
        has_separator: Whether there are estimates.
        is_ours: Whether the recogniser is of a recipe of ours.
        is_fine_tuned: Whether it was trained with this very separator.

    Raises:
        ConfigError: The section asks for estimates, and there is no separator.
    """
    kind = settings["kind"]
    if kind == AUTO:
        suited = SEPARATED if is_fine_tuned else GATED
        kind = suited if has_separator and is_ours else RAW
    if kind != RAW and not has_separator:
        what, mend = f"{kind} wants a separator, and there is none", "name one with --separator, or give raw"
        raise ConfigError(what, where="input.kind", mend=mend)
    return Hearing(kind, _blending(kind, settings, sampling_rate))


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
