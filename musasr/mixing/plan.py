"""Test mixtures: drawn once from the seed, written as a table that one can read, made from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.atomic import write_text
from musasr.errors import DataError, StateError
from musasr.kaldi import Utterance
from musasr.mixing import gain
from musasr.mixing.draw import MusicLibrary, generator
from musasr.mixing.dynamic import Mixture

CLEAN = "clean"


def condition_name(genre: str, snr_db: float) -> str:
    """The name of a test condition, such as ``anime_-5``."""
    return f"{genre}_{snr_db:g}"


@dataclass(frozen=True)
class PlannedMixture:
    """One row of the plan: mixture = scale (speech + music_gain music[music_start:])."""

    condition: str
    utterance_id: str
    genre: str
    snr_db: float
    recording_id: str
    music_start: float
    music_gain: float
    scale: float


def draw_plan(
    utterances: Sequence[Utterance],
    libraries: Mapping[str, MusicLibrary],
    *,
    seed: int,
    snrs_db: Sequence[float],
) -> Iterator[PlannedMixture]:
    """The rows for every genre and SNR; one utterance has the same cut of a genre at every SNR.

    Args:
        utterances: The test set.
        libraries: Genre -> its music.
        seed: Base of every draw.
        snrs_db: SNRs in dB.

    Raises:
        DataError: An utterance is silent.
    """
    for genre, library in libraries.items():
        for utterance in utterances:
            speech = read_speech(utterance, sampling_rate=library.sampling_rate)
            random = generator(seed, "test", genre, utterance.utterance_id)
            recording_id, start, music = library.draw(random, num_samples=len(speech))
            for snr_db in snrs_db:
                factor = gain.music_gain(speech=speech, music=music, snr_db=snr_db)
                scale = gain.peak_scale(speech + np.float32(factor) * music)
                yield PlannedMixture(
                    condition_name(genre, snr_db),
                    utterance.utterance_id,
                    genre,
                    float(snr_db),
                    recording_id,
                    start,
                    factor,
                    scale,
                )


def read_speech(utterance: Utterance, *, sampling_rate: int) -> np.ndarray:
    """The utterance's samples (T,).

    Raises:
        DataError: The rate is another, or the utterance is silent.
    """
    speech, rate = audio.read(utterance.path)
    if rate != sampling_rate:
        raise DataError(
            f"rate is {rate} Hz, not {sampling_rate}", where=utterance.path, mend="run stage 1 again"
        )
    if gain.energy(speech) == 0:
        raise DataError("is silent: it has no SNR", where=utterance.path, mend="remove the utterance")
    return speech


def make(row: PlannedMixture, *, speech: np.ndarray, library: MusicLibrary) -> Mixture:
    """The mixture that a row describes, with its parts."""
    music = library.read(row.recording_id, start=row.music_start, num_samples=len(speech))
    scale = np.float32(row.scale)
    speech, music = speech * scale, music * np.float32(row.music_gain) * scale
    return Mixture(mixture=speech + music, speech=speech, music=music)


def write_plan(path: Path, rows: Sequence[PlannedMixture]) -> None:
    """Write the table: a header line, then one tab-separated row a mixture."""
    header = "\t".join(field.name for field in fields(PlannedMixture))
    lines = ["\t".join(map(str, astuple(row))) for row in rows]
    write_text(path, "\n".join([header, *lines]) + "\n")


def read_plan(path: Path) -> list[PlannedMixture]:
    """The rows of a plan.

    Raises:
        StateError: There is no plan yet, or it is not one.
    """
    if not path.is_file():
        raise StateError("the test mixing plan is missing", where=path, mend="run stage 2")
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    kinds = [field.type for field in fields(PlannedMixture)]
    if header.split("\t") != [field.name for field in fields(PlannedMixture)]:
        raise StateError("is not a mixing plan", where=path, mend="remove it and run stage 2")
    return [
        PlannedMixture(*(kind(value) for kind, value in zip(kinds, line.split("\t"), strict=True)))
        for line in lines
    ]
