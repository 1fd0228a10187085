"""Pieces of speech in many languages and voices, as music dirs: who mixes draws cuts of them."""

import functools
import hashlib
import math
import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr import audio, kaldi
from musasr.corpora.contract import Skipped
from musasr.corpora.embedded.voices.espeak import speak
from musasr.corpora.embedded.voices.speakers import LANGUAGES, draw_manner
from musasr.corpora.embedded.voices.wording import draw_text
from musasr.corpora.files import check_ours, is_whole_wav
from musasr.parallel import WHOLE, JobPart, map_in_order

PIECE_SECONDS = 30.0  # of one voice in one language
LEVEL_DB, PEAK = -26.0, 0.99  # RMS of a piece re full scale, and what no sample passes
PAUSE_SECONDS = (0.1, 0.6)  # between two sentences
SETS = ("train", "dev")
OUR_NAMES = re.compile(r"(train|dev)-\d{4,}-[a-z0-9-]+-[0-9a-f]{8}\.wav")
HOUR = 3600.0


@dataclass(frozen=True)
class Plan:
    """One piece: everything that its samples depend on."""

    recording_id: str
    set_name: str
    language: str
    seed: str
    sampling_rate: int


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
    from tqdm import tqdm

    output = Path(output).resolve()
    for set_name in SETS:
        check_ours(output / set_name / "wav", OUR_NAMES)
    plans = _plan({"train": train_hours, "dev": dev_hours}, sampling_rate, seed)
    mine = list(part.of(plans))
    work = functools.partial(_make, output=output)
    pieces = []
    with tqdm(total=len(mine), desc="voices", unit="piece") as bar:
        for piece in map_in_order(work, mine, num_jobs=num_jobs):
            pieces.append(piece)
            bar.update()
    if part.is_whole:
        for set_name in SETS:
            own = [piece for plan, piece in zip(plans, pieces, strict=True) if plan.set_name == set_name]
            _remove_others(output / set_name / "wav", own)
            kaldi.write_music_dir(output / set_name, own)
    return []


def _plan(hours: dict[str, float], sampling_rate: int, seed: int) -> list[Plan]:
    """All sets' pieces; languages take turns."""
    plans = []
    for set_name in SETS:
        for index in range(math.ceil(hours[set_name] * HOUR / PIECE_SECONDS)):
            language = LANGUAGES[index % len(LANGUAGES)]
            name = f"{set_name}-{index:04d}-{language}"
            plans.append(Plan(name, set_name, language, f"{seed} voices {name}", sampling_rate))
    return plans


def _make(plan: Plan, *, output: Path) -> kaldi.Piece:
    """The finished piece; a whole file that an earlier run left is kept."""
    fingerprint = hashlib.sha256(repr(plan).encode()).hexdigest()[:8]
    path = output / plan.set_name / "wav" / f"{plan.recording_id}-{fingerprint}.wav"
    if not is_whole_wav(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        audio.write(path, speak_piece(plan), plan.sampling_rate)
    return kaldi.Piece(plan.recording_id, path, audio.info(path).duration, plan.language)


def speak_piece(plan: Plan) -> np.ndarray:
    """The piece's samples (T,), float32: sentences of one voice with pauses between, at one level."""
    import soxr

    rng = random.Random(plan.seed)
    manner = draw_manner(rng, plan.language)
    parts, seconds = [], 0.0
    while seconds < PIECE_SECONDS:
        samples, rate = speak(draw_text(rng, plan.language), manner, seed=rng.randrange(2**31))
        pause = np.zeros(round(rng.uniform(*PAUSE_SECONDS) * rate), np.float32)
        parts += [samples, pause]
        seconds += (len(samples) + len(pause)) / rate
    piece = soxr.resample(np.concatenate(parts)[: round(PIECE_SECONDS * rate)], rate, plan.sampling_rate)
    scale = 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(piece**2, dtype=np.float64))
    return piece * np.float32(min(scale, PEAK / np.abs(piece).max()))


def _remove_others(folder: Path, pieces: list[kaldi.Piece]) -> None:
    """Drop the files of an earlier run with other settings."""
    wanted = {piece.path for piece in pieces}
    for path in folder.glob("*.wav"):
        if path not in wanted:
            path.unlink()
