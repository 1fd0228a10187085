"""Pieces of speech of one voice each as music dirs, whoever speaks: who mixes draws cuts of them."""

import functools
import hashlib
import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr import audio, kaldi
from musasr.corpora.files import check_ours, is_whole_wav
from musasr.parallel import JobPart, map_in_order

PIECE_SECONDS = 30.0
LEVEL_DB, PEAK = -26.0, 0.99  # RMS of a piece re full scale, and what no sample passes
PAUSE_SECONDS = (0.1, 0.6)  # between two sentences
SETS = ("train", "dev")
OUR_NAMES = re.compile(r"(train|dev)-\d{4,}-[a-z0-9-]+-[0-9a-f]{8}\.wav")
HOUR = 3600.0


@dataclass(frozen=True)
class Plan:
    """One piece: everything that its samples depend on.

    Attributes:
        recording_id: Its name.
        set_name: "train" or "dev".
        language: What is spoken.
        seed: Decides voice, words and the synthesiser's noise.
        sampling_rate: Hz.
        model: Digest of the network that speaks, where one does.
    """

    recording_id: str
    set_name: str
    language: str
    seed: str
    sampling_rate: int
    model: str | None = None


def plan_pieces(
    hours: Mapping[str, float], languages: Sequence[str], *, seed: int, sampling_rate: int, model: str | None
) -> list[Plan]:
    """All sets' pieces, whole ones; languages take turns."""
    plans = []
    for set_name in SETS:
        for index in range(math.ceil(hours[set_name] * HOUR / PIECE_SECONDS)):
            language = languages[index % len(languages)]
            name = f"{set_name}-{index:04d}-{language}"
            plans.append(Plan(name, set_name, language, f"{seed} voices {name}", sampling_rate, model))
    return plans


def make_pieces(
    speak: Callable[[Plan], np.ndarray],
    plans: Sequence[Plan],
    *,
    output: Path,
    num_jobs: int,
    part: JobPart,
) -> None:
    """Make the music dirs train and dev under `output`, the same for any num_jobs.

    Args:
        speak: Gives the samples of a piece; can be sent to a process.
        plans: All pieces.
        output: Folder of the music dirs; wavs that an earlier run of these plans made are kept.
        num_jobs: Processes.
        part: What this job does of it: a part only makes audio.

    Raises:
        StateError: A wav stands there that it did not make.
    """
    from tqdm import tqdm

    output = output.resolve()
    for set_name in SETS:
        check_ours(output / set_name / "wav", OUR_NAMES)
    mine = list(part.of(plans))
    work = functools.partial(_make, speak=speak, output=output)
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


def join(say: Callable[[], tuple[np.ndarray, int]], rng: random.Random, *, sampling_rate: int) -> np.ndarray:
    """A piece's samples (T,), float32: sentences of one voice with pauses between, at one level.

    Args:
        say: Gives the next sentence, and its rate in Hz, always the same.
        rng: Decides the pauses.
        sampling_rate: Of the piece, Hz.
    """
    import soxr

    parts, seconds = [], 0.0
    while seconds < PIECE_SECONDS:
        samples, rate = say()
        pause = np.zeros(round(rng.uniform(*PAUSE_SECONDS) * rate), np.float32)
        parts += [samples, pause]
        seconds += (len(samples) + len(pause)) / rate
    piece = soxr.resample(np.concatenate(parts)[: round(PIECE_SECONDS * rate)], rate, sampling_rate)
    scale = 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(piece**2, dtype=np.float64))
    return piece * np.float32(min(scale, PEAK / np.abs(piece).max()))


def _make(plan: Plan, *, speak: Callable[[Plan], np.ndarray], output: Path) -> kaldi.Piece:
    """The finished piece; a whole file that an earlier run left is kept."""
    fingerprint = hashlib.sha256(repr(plan).encode()).hexdigest()[:8]
    path = output / plan.set_name / "wav" / f"{plan.recording_id}-{fingerprint}.wav"
    if not is_whole_wav(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        audio.write(path, speak(plan), plan.sampling_rate)
    return kaldi.Piece(plan.recording_id, path, audio.info(path).duration, plan.language)


def _remove_others(folder: Path, pieces: list[kaldi.Piece]) -> None:
    """Drop the files of an earlier run with other settings."""
    wanted = {piece.path for piece in pieces}
    for path in folder.glob("*.wav"):
        if path not in wanted:
            path.unlink()
