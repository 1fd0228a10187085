"""One clip of a tag: everything that its samples depend on, and the samples."""

import random
from dataclasses import dataclass

import numpy as np

from musasr.corpora.embedded.music.render import add_room
from musasr.corpora.embedded.sounds import noises, notes, voices
from musasr.corpora.embedded.sounds.catalogue import Tag, tags

LEVEL_DB, PEAK = -23.0, 0.95  # RMS of a clip re full scale, and what no sample passes
ROOM_FRACTION, ROOM_SECONDS, WET_DB = 0.5, (0.15, 0.6), (-14.0, -6.0)
VOICES = {"speech": voices.speech, "babble": voices.babble}
SILENCE = 1e-6


@dataclass(frozen=True)
class Plan:
    """A clip to be made.

    Attributes:
        clip_id: SET-TAG-NUMBER.
        set_name: train, dev or test.
        tag: A name of the catalogue.
        seconds: Its length.
        sampling_rate: Hz.
        seed: Of every draw.
    """

    clip_id: str
    set_name: str
    tag: str
    seconds: float
    sampling_rate: int
    seed: str


def make_clip(plan: Plan) -> np.ndarray:
    """The clip's samples (T,), float32, at LEVEL_DB, half of them in a room.

    Raises:
        ValueError: What was drawn is silent.
    """
    rng = random.Random(plan.seed)
    dry = _dry(tags()[plan.tag], rng, plan)
    if rng.random() < ROOM_FRACTION:
        dry = add_room(
            dry,
            sampling_rate=plan.sampling_rate,
            seconds=rng.uniform(*ROOM_SECONDS),
            wet_db=rng.uniform(*WET_DB),
            generator=np.random.default_rng(rng.getrandbits(64)),
        )
    samples = np.zeros(round(plan.seconds * plan.sampling_rate), np.float32)
    samples[: len(dry)] = dry[: len(samples)]
    rms = np.sqrt(np.mean(samples**2, dtype=np.float64))
    if not rms > SILENCE:
        raise ValueError(f"{plan.clip_id} is silent")
    return samples * np.float32(min(10 ** (LEVEL_DB / 20) / rms, PEAK / np.abs(samples).max()))


def _dry(tag: Tag, rng: random.Random, plan: Plan) -> np.ndarray:
    """What the tag's maker gives."""
    sizes = {"seconds": plan.seconds, "sampling_rate": plan.sampling_rate}
    if tag.maker in VOICES:
        return VOICES[tag.maker](rng, tag.settings, **sizes)
    if tag.maker in notes.PLAYERS:
        return notes.play(tag.maker, rng, tag.settings, **sizes)
    return noises.make(tag.maker, rng, **sizes)
