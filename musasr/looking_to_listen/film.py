"""A whole film with the faces of those who speak in it: a stem a face, in the memory of a few seconds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from musasr import audio
from musasr.audio.pictures import stream_pictures
from musasr.classification.folder import CONFIG, WEIGHTS
from musasr.corpora.talking.detectors import DETECTORS, check_detector, detector_of
from musasr.corpora.talking.layout import FORM, WHOLE_PICTURE, Box, Face, FixedFace, parse_layout
from musasr.corpora.talking.tracking import faces_throughout, track_faces
from musasr.digests import digest_of, digest_of_file
from musasr.errors import ConfigError
from musasr.looking_to_listen.building import load
from musasr.looking_to_listen.view import View
from musasr.recognition.chunk_files import ChunkFiles
from musasr.recognition.file_separation import FileSeparation, Settings
from musasr.recognition.stems import Blocks
from musasr.separators.looking.model import LookingToListen

OVERLAP_SECONDS = 0.4  # that two chunks share, cross-faded
SIDES = {"left": 0, "right": -1}


class FilmSeparation(FileSeparation):
    """A model that looks at work on films: their voices, mono, at the model's rate.

    What it is given at once is as long as the mixtures of its training.
    """

    has_rest = False

    def __init__(
        self,
        folder: Path,
        *,
        faces: str | None,
        stems: Callable[[LookingToListen], tuple[str, ...]],
        suffix: str,
        stream: int,
    ):
        """Load the model, and see that it is for such faces.

        Args:
            folder: Of the trained model.
            faces: Where the faces stand, as the command line says it, or the name of a detector that finds
                them; None: of one face the whole picture.
            stems: Which of a model's sources are written.
            suffix: "wav" or "flac".
            stream: The files' audio stream.

        Raises:
            ConfigError: The model sees no faces, or only vectors of another program, or another number of
                faces is given, or the detector is not installed.
            StateError: It is not trained.
        """
        model, config = load(folder)
        check_looks(config)
        self.boxes, self.config = boxes_of(faces, model.network.num_sources), config
        self.detector = None if self.boxes else faces
        seconds = config["mixing"]["seconds"]
        files = {name: digest_of_file(folder / name) for name in (CONFIG, WEIGHTS)}
        super().__init__(
            model,
            digest_of({**files, "faces": faces}),
            Settings(seconds, min(OVERLAP_SECONDS, seconds / 2), stems(model), suffix, stream),
            sampling_rate=config["sampling_rate"],
        )

    def sound(self, path: Path) -> Iterator[np.ndarray]:
        """A film's sound, mono, in blocks (1, T)."""
        settings = {"sampling_rate": self.sampling_rate, "stream": self.settings.stream}
        return (block[None] for block in audio.stream_mono(path, **settings))

    def cue_of(self, path: Path) -> Callable[[int, int], Tensor]:
        """The crops of a window, (1, S, V, size, size) uint8: at most half a picture off, in the last one."""
        rate = self.config["pictures_per_second"]
        view = View(path, self.faces(path), size=self.config["corpus"]["crop_size"], pictures_per_second=rate)

        def crops(start: int, num_samples: int) -> Tensor:
            first = round(start * rate / self.sampling_rate)
            number = -(-num_samples * rate // self.sampling_rate)
            return torch.from_numpy(view.crops(first, number))[None]

        return crops

    def faces(self, path: Path) -> Sequence[Face]:
        """A film's faces, from left to right: found, if nothing says where they stand.

        Raises:
            DataError: The film has no picture, or others are found than the model separates.
        """
        if self.detector is None:
            return [FixedFace(box) for box in self.boxes]
        pictures = stream_pictures(path, pictures_per_second=self.config["pictures_per_second"])
        tracks = track_faces(pictures, detector_of(self.detector))
        return faces_throughout(tracks, self.separator.network.num_sources, where=path)

    def stems(self, path: Path, chunks: ChunkFiles) -> Blocks:
        """The voices as they are."""
        for chunk in chunks:
            yield dict(zip(self.sources.estimated, chunk, strict=True)), self.sampling_rate


def check_looks(config: Mapping[str, Any]) -> None:
    """See that a trained model is one for films.

    Raises:
        ConfigError: It sees no faces, or only vectors of another program.
    """
    kind = config["variants"][config["variant"]]["face_encoder"]
    if kind != "crops":
        vectors = "wants face vectors of another program, and a film has none"
        what = f"the model {'sees no faces' if kind is None else vectors}"
        raise ConfigError(what, where=config["variant"], mend="name one with face_encoder: crops")


def boxes_of(layout: str | None, num_faces: int) -> Sequence[Box]:
    """Where the faces of a film stand, from left to right; none where a detector is to find them.

    Args:
        layout: As the command line says it; None: of one face the whole picture.
        num_faces: That the model separates.

    Raises:
        ConfigError: There is no face, or another number, or the detector is not installed.
    """
    if layout in DETECTORS:
        check_detector(layout, where="--faces")
        return []
    if layout is None and num_faces == 1:
        return [WHOLE_PICTURE]
    if layout is None:
        mend = f"{FORM}, or {' or '.join(DETECTORS)}, which finds them"
        raise ConfigError("no face is given", where="--faces", mend=mend)
    boxes = parse_layout(layout)
    if len(boxes) != num_faces:
        what = f"the model separates {num_faces} faces, and {len(boxes)} are given"
        raise ConfigError(what, where="--faces", mend="give as many, or name a model of as many")
    return boxes


def chosen_faces(choice: str | None, sources: Sequence[str]) -> tuple[str, ...]:
    """Which faces' stems are written: ``left``, ``right``, a number from 1, or None for all.

    Raises:
        ConfigError: There is no such face.
    """
    if choice is None:
        return tuple(sources)
    if choice in SIDES:
        return (sources[SIDES[choice]],)
    if not choice.isascii() or not choice.isdigit() or not 1 <= int(choice) <= len(sources):
        what = f"there is no face {choice!r}"
        raise ConfigError(
            what, where="--face", mend=f"give left, right, or a number from 1 to {len(sources)}"
        )
    return (sources[int(choice) - 1],)
