"""Who speaks: one voice of eSpeak NG, or many at once; no piece of text is on two sides."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from musasr.corpora.embedded.voices.espeak import speak
from musasr.corpora.embedded.voices.speakers import LATIN, Manner
from musasr.corpora.embedded.voices.wording import draw_text


def speech(
    rng: random.Random, settings: Mapping[str, Any], *, seconds: float, sampling_rate: int
) -> np.ndarray:
    """Somebody who speaks all along: samples (T,), float32, of any level."""
    import soxr

    language = rng.choice(LATIN)
    manner = Manner(
        language=language,
        variant=rng.choice(settings["variants"]),
        rate=rng.randint(120, 220),
        pitch=rng.randint(*settings["pitch"]),
        pitch_range=rng.randint(20, 90),
    )
    parts, length = [], 0.0
    while length < seconds:
        samples, rate = speak(draw_text(rng, language), manner, seed=rng.randrange(2**31))
        parts.append(samples)
        length += len(samples) / rate
    return soxr.resample(np.concatenate(parts)[: round(seconds * rate)], rate, sampling_rate)


def babble(
    rng: random.Random, settings: Mapping[str, Any], *, seconds: float, sampling_rate: int
) -> np.ndarray:
    """Several who speak at once, some farther away than others: samples (T,), float32."""
    voices = [
        rng.uniform(0.4, 1.0) * speech(rng, settings, seconds=seconds, sampling_rate=sampling_rate)
        for _ in range(rng.randint(*settings["speakers"]))
    ]
    return np.sum(voices, axis=0).astype(np.float32)
