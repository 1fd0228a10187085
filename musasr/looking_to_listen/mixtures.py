"""Mixtures of a set's clips: which clips from where on, drawn for training or planned for the test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musasr.corpora.talking.prepared import Prepared
from musasr.errors import DataError
from musasr.looking_to_listen.kinds import KINDS
from musasr.looking_to_listen.noise import Beside
from musasr.mixing.draw import generator


@dataclass(frozen=True)
class Part:
    """A stretch of a clip, from a picture on."""

    clip_id: str
    first: int


@dataclass(frozen=True)
class Mixed:
    """A mixture and what it is made of.

    Attributes:
        mixture: (T,) float32.
        sources: The voices of who is seen (S, T) float32, in the order of the faces.
        faces: (S, V, ...): crops uint8, or vectors float32.
    """

    mixture: np.ndarray
    sources: np.ndarray
    faces: np.ndarray


class Mixer:
    """Draws parts of different speakers, and mixes them."""

    def __init__(
        self,
        prepared: Prepared,
        *,
        kind: str,
        seconds: float,
        sampling_rate: int,
        pictures_per_second: int,
        beside: Beside | None = None,
        gain: float = 1.0,
    ):
        """Hold what is drawn from.

        Args:
            prepared: The clips.
            kind: Of the mixtures.
            seconds: Of a mixture.
            sampling_rate: Hz.
            pictures_per_second: As it says.
            beside: What is mixed in, for the kinds with something beside.
            gain: Factor on it.

        Raises:
            DataError: There are not as many speakers as the kind wants.
        """
        self.prepared, self.beside, self.gain = prepared, beside, gain
        self.sampling_rate = sampling_rate
        self.num_faces, self.num_unseen = KINDS[kind].num_faces, KINDS[kind].num_unseen
        self.num_pictures = round(seconds * pictures_per_second)
        self.num_samples = round(seconds * sampling_rate)
        self.samples_per_picture = sampling_rate / pictures_per_second
        self._ids_of: dict[str, list[str]] = {}
        for clip_id, speaker_id in prepared.speaker_of.items():
            self._ids_of.setdefault(speaker_id, []).append(clip_id)
        wanted = self.num_faces + self.num_unseen
        if len(self._ids_of) < wanted:
            what = f"{kind} wants {wanted} speakers, and there are {len(self._ids_of)}"
            raise DataError(what, where=prepared.folder, mend="use more speakers")

    def draw(self, clip_id: str, random: np.random.Generator) -> list[Part]:
        """Parts of who is seen in a mixture: one of a clip, and those of clips of other speakers."""
        first = self.prepared.speaker_of[clip_id]
        others = [speaker for speaker in self._ids_of if speaker != first]
        chosen = random.choice(len(others), self.num_faces - 1, replace=False)
        return [self.part(clip_id, random), *(self.part_of(others[index], random) for index in chosen)]

    def part_of(self, speaker_id: str, random: np.random.Generator) -> Part:
        """A part of a clip of a speaker."""
        clips = self._ids_of[speaker_id]
        return self.part(clips[int(random.integers(len(clips)))], random)

    def part(self, clip_id: str, random: np.random.Generator) -> Part:
        """A part of a clip from a drawn picture on."""
        room = self.prepared.num_pictures(clip_id) - self.num_pictures
        return Part(clip_id, int(random.integers(room + 1)))

    @property
    def has_strangers(self) -> bool:
        """Whether there is somebody who is not in a mixture."""
        return len(self._ids_of) > self.num_faces

    def stranger(self, parts: Sequence[Part], random: np.random.Generator) -> Part:
        """A part of a clip of somebody who is in none of the parts: see `has_strangers`."""
        present = {self.prepared.speaker_of[part.clip_id] for part in parts}
        others = [speaker for speaker in self._ids_of if speaker not in present]
        return self.part_of(others[int(random.integers(len(others)))], random)

    def mix(self, parts: Sequence[Part], random: np.random.Generator, *, has_faces: bool = True) -> Mixed:
        """The sum of the parts' sound, of voices that are not seen, and what is beside, with what is seen."""
        sources = np.stack([self._sound(part) for part in parts])
        mixture, present = sources.sum(axis=0), list(parts)
        for _ in range(self.num_unseen):
            present.append(self.stranger(present, random))
            mixture = mixture + self._sound(present[-1])
        if self.beside is not None:
            mixture = mixture + self.gain * self.beside.draw(self.num_samples, random)
        faces = np.stack([self.face(part) for part in parts]) if has_faces else np.zeros(0, np.uint8)
        return Mixed(mixture.astype(np.float32), sources, faces)

    def face(self, part: Part) -> np.ndarray:
        """The face of a part, (V, ...)."""
        return self.prepared.face(part.clip_id, part.first, self.num_pictures)

    def _sound(self, part: Part) -> np.ndarray:
        first = round(part.first * self.samples_per_picture)
        return self.prepared.sound(part.clip_id, first, self.num_samples)


def plan_test(mixer: Mixer, num_mixtures: int, *, seed: int) -> list[tuple[str, list[Part]]]:
    """(mixture id, parts) of each test mixture, a function of the seed and the clips; clips in turn."""
    ids = sorted(mixer.prepared.ids())
    return [
        (
            f"test{number:04d}",
            mixer.draw(ids[number % len(ids)], generator(seed, "looking", "test", number)),
        )
        for number in range(num_mixtures)
    ]
