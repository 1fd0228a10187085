"""One clip as a video file: what is said, with the face that says it."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from musasr.atomic import replacing
from musasr.audio import to_pcm16
from musasr.audio.film_writer import FilmWriter
from musasr.corpora.embedded.faces.drawing import draw_head
from musasr.corpora.embedded.faces.identities import make_identity
from musasr.corpora.embedded.faces.motion import move
from musasr.corpora.embedded.faces.visemes import Mouth, mouth_curve
from musasr.corpora.embedded.speech.synthesis import Line
from musasr.corpora.embedded.speech.timing import synthesise_phonemes
from musasr.digests import digest_of

VERSION = 1  # raise it when the same task would give another film
NAME_DIGITS = 8


@dataclass(frozen=True)
class Task:
    """A film to be made: everything that decides its bytes.

    Attributes:
        line: What is said, by whom.
        size: Pixels of the picture's sides.
        pictures_per_second: As it says.
        seed: Of the face.
    """

    line: Line
    size: int
    pictures_per_second: int
    seed: int

    @property
    def name(self) -> str:
        """The film's: another task has another, so that a file of this name is this task's."""
        digest = digest_of({"version": VERSION, **asdict(self)})
        return f"{self.line.utterance_id}-{digest[:NAME_DIGITS]}.mp4"


def make_film(task: Task, path: Path) -> None:
    """Write the film of a task."""
    samples, pictures = make_clip(task)
    with (
        replacing(path) as temporary,
        FilmWriter(
            temporary,
            sampling_rate=task.line.sampling_rate,
            size=(task.size, task.size),
            pictures_per_second=task.pictures_per_second,
        ) as film,
    ):
        film.add(to_pcm16(samples), pictures)


def make_clip(task: Task) -> tuple[np.ndarray, list[np.ndarray]]:
    """The samples (T,) float32 and the pictures (3 size / 2, size) of a clip, which end together."""
    samples, phonemes = synthesise_phonemes(task.line)
    rate, pictures_per_second = task.line.sampling_rate, task.pictures_per_second
    num_pictures = len(samples) * pictures_per_second // rate
    options = {"num_pictures": num_pictures, "pictures_per_second": pictures_per_second}
    identity = make_identity(task.seed, task.line.voice.speaker_id)
    poses = move(f"{task.seed} {task.line.utterance_id}", **options)
    mouths = mouth_curve(phonemes, **options)
    pictures = [
        draw_head(identity, pose, Mouth(*map(float, mouth)), size=task.size)
        for pose, mouth in zip(poses, mouths, strict=True)
    ]
    return samples[: round(num_pictures * rate / pictures_per_second)], pictures
