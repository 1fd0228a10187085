"""Utterances that recognition kept for the report: sounds, pictures, and where the words differ."""

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from musasr.errors import StateError
from musasr.recipe.workdir import Workdir
from musasr.report.embedding import data_uri
from musasr.report.spectrograms import draw_alike, png, spectrogram_db

ROLES = ("mixture", "estimate", "reference")
MOST_SOUND_BYTES = 24_000_000  # of all sounds together: a page of more is slow to open


@dataclass(frozen=True)
class Words:
    """Words that stand side by side in the alignment of reference and hypothesis.

    Attributes:
        kind: ``equal``, ``substitute``, ``delete`` or ``insert``.
        reference: What was said; empty if inserted.
        hypothesis: What was recognised; empty if deleted.
    """

    kind: str
    reference: str
    hypothesis: str


@dataclass(frozen=True)
class Example:
    """One utterance as it is shown.

    Attributes:
        condition: Such as "anime_0".
        rank: ``best``, ``median`` or ``worst``.
        utterance_id: Its key.
        wer: In percent; None where there are no words.
        si_sdr: Of the estimate, dB; None where there is nothing to separate.
        seconds: Its length.
        top_khz: The frequency at the upper edge of the spectrograms.
        words: The alignment; empty where nothing is said and nothing recognised.
        sounds: Role -> data URI of FLAC; empty where the page has too much of them already.
        pictures: Role -> data URI of its spectrogram.
        attention: Data URI: units from the top, frames from the left; None where there is none.
        units: The units of its rows.
    """

    condition: str
    rank: str
    utterance_id: str
    wer: float | None
    si_sdr: float | None
    seconds: float
    top_khz: float
    words: list[Words]
    sounds: dict[str, str]
    pictures: dict[str, str]
    attention: str | None
    units: list[str]


def read_examples(workdir: Workdir, conditions: Iterable[str]) -> list[Example]:
    """The examples of some conditions, in their order; those that come first are sure to be heard.

    Raises:
        StateError: What recognition left is not whole.
    """
    found, num_bytes = [], 0
    for condition in conditions:
        directory = workdir.examples(condition)
        for listed in _listed(directory):
            try:
                example = _example(condition, directory / listed["utterance_id"], listed)
            except (OSError, ValueError, KeyError, TypeError, soundfile.SoundFileError) as error:
                what = f"the report's examples are not whole ({error})"
                raise StateError(what, where=directory, mend=_MEND) from error
            num_bytes += sum(map(len, example.sounds.values()))
            if num_bytes > MOST_SOUND_BYTES:
                example.sounds.clear()
            found.append(example)
    return found


_MEND = "remove it and this condition's decode folder, and run musasr recognize"


def align(reference: str, hypothesis: str) -> list[Words]:
    """Words of a reference and a hypothesis, runs of one kind together, in the alignment that WER counts."""
    import jiwer

    said, heard = reference.split(), hypothesis.split()
    if not said:
        return [Words("insert", "", hypothesis)] if heard else []
    (chunks,) = jiwer.process_words(" ".join(said), " ".join(heard)).alignments
    return [
        Words(
            chunk.type,
            " ".join(said[chunk.ref_start_idx : chunk.ref_end_idx]),
            " ".join(heard[chunk.hyp_start_idx : chunk.hyp_end_idx]),
        )
        for chunk in chunks
    ]


def _listed(directory: Path) -> Iterator[dict[str, Any]]:
    path = directory / "examples.json"
    if not path.is_file():
        return
    try:
        yield from json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError) as error:
        raise StateError(f"is no list of examples ({error})", where=path, mend=_MEND) from error


def _example(condition: str, folder: Path, listed: dict[str, Any]) -> Example:
    paths = {role: folder / f"{role}.wav" for role in ROLES}
    sounds = {role: soundfile.read(path, dtype="int16") for role, path in paths.items() if path.is_file()}
    samples, rate = sounds["mixture"]
    pictures = draw_alike({role: spectrogram_db(one / 32768, rate) for role, (one, _) in sounds.items()})
    hypothesis = listed["hypothesis"]
    return Example(
        condition=condition,
        rank=listed["rank"],
        utterance_id=listed["utterance_id"],
        wer=listed["wer"],
        si_sdr=listed["si_sdr"],
        seconds=len(samples) / rate,
        top_khz=rate / 2000,
        words=[] if hypothesis is None else align(listed["reference"], hypothesis),
        sounds={role: data_uri(_flac(*sound), "audio/flac") for role, sound in sounds.items()},
        pictures={role: data_uri(picture, "image/png") for role, picture in pictures.items()},
        attention=None if listed["units"] is None else _attention(folder / "attention.npy"),
        units=listed["units"] or [],
    )


def _flac(samples: np.ndarray, rate: int) -> bytes:
    """Half the bytes of wav, and each of them played by every browser."""
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format="FLAC", subtype="PCM_16")
    return content.getvalue()


def _attention(path: Path) -> str:
    weights = np.load(path, allow_pickle=False).astype(np.float32)
    # The square root: most weights are small, and only their order is of interest.
    return data_uri(png(np.sqrt(weights / max(float(weights.max()), 1e-6))), "image/png")
