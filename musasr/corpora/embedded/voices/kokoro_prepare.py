"""Speech of Kokoro-82M: nearly as people speak, at about the pace at which they do on one core."""

import functools
import random
from pathlib import Path

import numpy as np

from musasr.corpora.contract import Skipped
from musasr.corpora.embedded.voices.espeak import sounds_of
from musasr.corpora.embedded.voices.kokoro import RATE, Kokoro, Speaker
from musasr.corpora.embedded.voices.pieces import Plan, join, make_pieces, plan_pieces
from musasr.corpora.embedded.voices.wording import draw_text
from musasr.parallel import WHOLE, JobPart

# eSpeak NG reads the words; a voice of one language says those of another with its accent.
LANGUAGES = ("en-us", "es", "it", "en-gb-x-rp", "pt-br", "fr-be")
DEV_EVERY = 9  # voices of dev: each ninth
OWN_SHARE, SPEED = (0.5, 1.0), (0.8, 1.25)


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    folder: str,
    train_hours: float,
    dev_hours: float,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Make the music dirs train and dev under `output`, the same for any num_jobs; no voice is in both.

    A piece's voice lies between two of the network's, so that there are many more.

    Args:
        output: Folder of the music dirs; wavs that an earlier run of these settings made are kept.
        sampling_rate: Hz.
        seed: Decides voices, words and the network's noise.
        num_jobs: Processes.
        folder: That of the network (`musasr.corpora.embedded.voices.kokoro`).
        train_hours, dev_hours: Hours of speech, rounded up to whole pieces.
        part: What this job does of it: a part only makes audio.

    Returns:
        Nothing is ever left out: an empty list.

    Raises:
        ConfigError: The folder is none of the network's.
        StateError: A wav stands there that it did not make.
    """
    kokoro = Kokoro(Path(folder))
    kokoro.check()
    hours = {"train": train_hours, "dev": dev_hours}
    plans = plan_pieces(hours, LANGUAGES, seed=seed, sampling_rate=sampling_rate, model=kokoro.digest)
    speak = functools.partial(speak_piece, kokoro=kokoro)
    make_pieces(speak, plans, output=Path(output), num_jobs=num_jobs, part=part)
    return []


def voices_of(kokoro: Kokoro, set_name: str) -> list[str]:
    """The names of the voices of a set."""
    dev = kokoro.names[DEV_EVERY - 1 :: DEV_EVERY]
    return dev if set_name == "dev" else [name for name in kokoro.names if name not in dev]


def speak_piece(plan: Plan, *, kokoro: Kokoro) -> np.ndarray:
    """The piece's samples (T,), float32: sentences of one voice with pauses between, at one level."""
    rng = random.Random(plan.seed)
    names, share = voices_of(kokoro, plan.set_name), rng.uniform(*OWN_SHARE)
    one, other = (kokoro.styles(rng.choice(names)) for _ in range(2))
    speaker = Speaker(kokoro, share * one + (1 - share) * other, seed=rng.randrange(2**31))

    def say() -> tuple[np.ndarray, int]:
        sounds = sounds_of(draw_text(rng, plan.language), plan.language)
        return speaker.say(sounds, speed=rng.uniform(*SPEED)), RATE

    return join(say, rng, sampling_rate=plan.sampling_rate)
