"""A whole film with the faces of those who speak in it: a stem a face, chunk by chunk."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musasr import audio
from musasr.audio.pictures import stream_pictures
from musasr.corpora.talking.layout import WHOLE_PICTURE, Box, FixedFace, parse_layout
from musasr.corpora.talking.tracks import check_seen, crops_of
from musasr.errors import ConfigError, DataError
from musasr.looking_to_listen.evaluation import separate
from musasr.separators.looking.model import LookingToListen

MAX_OVERHANG_SECONDS = 0.5  # of the sound behind the last picture: codecs pad their last frame
OVERLAP_SECONDS = 0.4  # that two chunks share, cross-faded
SIDES = {"left": 0, "right": -1}


@dataclass(frozen=True)
class Voices:
    """What was made of a film: the voices (S, T) in the order of the faces, and its rate, Hz."""

    samples: np.ndarray
    sampling_rate: int


def faces_of(layout: str | None, num_faces: int) -> list[Box]:
    """Where the faces of a film stand, from left to right.

    Args:
        layout: As the command line says it; None: of one face the whole picture.
        num_faces: That the model separates.

    Raises:
        ConfigError: There is no face, or another number.
    """
    if layout is None and num_faces == 1:
        return [WHOLE_PICTURE]
    boxes = parse_layout(layout or "")
    if len(boxes) != num_faces:
        what = f"the model separates {num_faces} faces, and {len(boxes)} are given"
        raise ConfigError(what, where="--faces", mend="give as many, or name a model of as many")
    return boxes


def chosen_faces(choice: str | None, num_faces: int) -> list[int]:
    """Which faces' stems are written: ``left``, ``right``, a number from 1, or None for all.

    Raises:
        ConfigError: There is no such face.
    """
    if choice is None:
        return list(range(num_faces))
    if choice in SIDES:
        return [SIDES[choice] % num_faces]
    if not choice.isascii() or not choice.isdigit() or not 1 <= int(choice) <= num_faces:
        what = f"there is no face {choice!r}"
        raise ConfigError(what, where="--face", mend=f"give left, right, or a number from 1 to {num_faces}")
    return [int(choice) - 1]


def separate_film(model: LookingToListen, config: dict[str, Any], film: Path, boxes: Sequence[Box]) -> Voices:
    """The voices of a film's faces.

    Args:
        model: One that looks, at crops.
        config: The one it was trained with.
        film: The file.
        boxes: Where the faces stand.

    Raises:
        ConfigError: The model sees no faces, or only vectors of another program.
        DataError: The file has no sound or no picture, or the sound goes on without a picture.
    """
    kind = config["variants"][config["variant"]]["face_encoder"]
    if kind != "crops":
        what = (
            "sees no faces" if kind is None else "wants face vectors of another program, and a film has none"
        )
        raise ConfigError(
            f"the model {what}", where=config["variant"], mend="name one with face_encoder: crops"
        )
    rate, pictures_per_second = config["sampling_rate"], config["pictures_per_second"]
    samples, _ = audio.read(film, sampling_rate=rate)
    crops = read_crops(film, boxes, config)
    seconds, shown = len(samples) / rate, crops.shape[1] / pictures_per_second
    if seconds > shown + MAX_OVERHANG_SECONDS:
        what = f"the sound lasts {seconds:.1f} s, and the picture {shown:.1f} s"
        raise DataError(
            what, where=film, mend="cut the sound, or name a film whose faces are there throughout"
        )
    return Voices(separate_chunks(model, samples, crops, seconds=config["mixing"]["seconds"]), rate)


def read_crops(film: Path, boxes: Sequence[Box], config: dict[str, Any]) -> np.ndarray:
    """The crops of a film's faces, (S, V, size, size) uint8.

    Raises:
        DataError: The film has no picture.
    """
    pictures = stream_pictures(film, pictures_per_second=config["pictures_per_second"])
    faces = [FixedFace(box) for box in boxes]
    crops = np.stack(list(crops_of(pictures, faces, size=config["corpus"]["crop_size"])), axis=1)
    for one in crops:
        check_seen(one, where=film)
    return crops


def separate_chunks(
    model: LookingToListen, samples: np.ndarray, crops: np.ndarray, *, seconds: float
) -> np.ndarray:
    """Voices (S, T) of samples (T,): chunks as long as the training's mixtures, cross-faded where they meet.

    Args:
        model: The model.
        samples: (T,).
        crops: (S, V, size, size); the last one stands where there are no more.
        seconds: Of a chunk.
    """
    rate, pictures_per_second = model.sampling_rate, model.pictures_per_second
    size = round(seconds * pictures_per_second)
    hop = max(1, size - round(OVERLAP_SECONDS * pictures_per_second))
    voices = np.zeros((len(crops), len(samples)), np.float32)
    weights = np.zeros(len(samples), np.float32)
    num_pictures = max(crops.shape[1], -(-len(samples) * pictures_per_second // rate))
    for first in range(0, max(1, num_pictures - size + hop), hop):
        begin, end = (round(number * rate / pictures_per_second) for number in (first, first + size))
        chunk = samples[begin:end]
        if len(chunk) < model.spectrum.win_length:
            continue
        index = np.clip(np.arange(first, first + size), 0, crops.shape[1] - 1)
        weight = _fade(len(chunk), round(OVERLAP_SECONDS * rate))
        voices[:, begin:end] += weight * separate(model, chunk, crops[:, index])
        weights[begin:end] += weight
    return voices / np.maximum(weights, np.finfo(np.float32).tiny)


def _fade(size: int, rise: int) -> np.ndarray:
    """Weights (size,) that rise and fall in so many samples, and are above 0."""
    ramp = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1)) / (rise + 1)
    return np.minimum(ramp, 1).astype(np.float32)
