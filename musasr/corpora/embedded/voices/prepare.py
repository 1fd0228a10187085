"""Speech of eSpeak NG in many languages and voices: quick to make, and far from people's."""

import random
from pathlib import Path

import numpy as np

from musasr.corpora.contract import Skipped
from musasr.corpora.embedded.voices.espeak import speak
from musasr.corpora.embedded.voices.pieces import Plan, join, make_pieces, plan_pieces
from musasr.corpora.embedded.voices.speakers import LANGUAGES, draw_manner
from musasr.corpora.embedded.voices.wording import draw_text
from musasr.parallel import WHOLE, JobPart


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train_hours: float,
    dev_hours: float,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Make the music dirs train and dev under `output`, the same for any num_jobs; no voice is in both.

    Args:
        output: Folder of the music dirs; wavs that an earlier run of these settings made are kept.
        sampling_rate: Hz.
        seed: Decides voices, words and the synthesiser's noise.
        num_jobs: Processes.
        train_hours, dev_hours: Hours of speech, rounded up to whole pieces.
        part: What this job does of it: a part only makes audio.

    Returns:
        Nothing is ever left out: an empty list.

    Raises:
        StateError: A wav stands there that it did not make.
    """
    hours = {"train": train_hours, "dev": dev_hours}
    plans = plan_pieces(hours, LANGUAGES, seed=seed, sampling_rate=sampling_rate, model=None)
    make_pieces(speak_piece, plans, output=Path(output), num_jobs=num_jobs, part=part)
    return []


def speak_piece(plan: Plan) -> np.ndarray:
    """The piece's samples (T,), float32: sentences of one voice with pauses between, at one level."""
    rng = random.Random(plan.seed)
    manner = draw_manner(rng, plan.language)

    def say() -> tuple[np.ndarray, int]:
        return speak(draw_text(rng, plan.language), manner, seed=rng.randrange(2**31))

    return join(say, rng, sampling_rate=plan.sampling_rate)
