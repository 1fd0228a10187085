"""A clip whole, another voice and music at their levels below it, and what is said in the clip."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from musasr.corpora.talking.prepared import Prepared
from musasr.looking_to_listen.noise import CROSSFADE_SECONDS, Beside
from musasr.mixing import gain


@dataclass(frozen=True)
class Levels:
    """How far below the speech the others are, dB over the clip; None: they are not there."""

    voice_db: float | None = None
    music_db: float | None = None

    @property
    def name(self) -> str:
        """Of a test condition."""
        parts = {"voice": self.voice_db, "music": self.music_db}
        named = [f"{what} {level:g} dB" for what, level in parts.items() if level is not None]
        return ", ".join(named) or "clean"


@dataclass(frozen=True)
class Scene:
    """What is heard and seen of a clip.

    Attributes:
        speech: Of who is seen, (T,) float32.
        rest: The other voice and the music, (T,) float32; zeros where neither is there.
        faces: (1, V, ...): crops uint8, or vectors float32.
        text: The words.
    """

    speech: np.ndarray
    rest: np.ndarray
    faces: np.ndarray
    text: str

    @property
    def mixture(self) -> np.ndarray:
        """(T,) float32."""
        return self.speech + self.rest


class Scenes:
    """Makes scenes of a set's clips."""

    def __init__(self, prepared: Prepared, music: Beside, *, sampling_rate: int):
        """Hold what is drawn from: the clips, of which others speak too, and music."""
        self.prepared, self.music, self.sampling_rate = prepared, music, sampling_rate
        self.text_of = {clip.clip_id: clip.text for clip in prepared.clips}

    def make(self, clip_id: str, levels: Levels, random: np.random.Generator) -> Scene:
        """The scene of a clip, a function of the levels and the generator."""
        speech = self._sound(clip_id)
        rest = np.zeros_like(speech)
        # Drawn in any case: what is under a clip stays the same where one of the two is left out.
        voice, music = (self._seed_of(random) for _ in range(2))
        if levels.voice_db is not None:
            rest += self._brought(speech, lambda size: self._voice(clip_id, size, voice), levels.voice_db)
        if levels.music_db is not None:
            rest += self._brought(speech, lambda size: self.music.draw(size, music), levels.music_db)
        faces = self.prepared.face(clip_id, 0, self.prepared.num_pictures(clip_id))
        return Scene(speech, rest, faces[None], self.text_of[clip_id])

    @staticmethod
    def _seed_of(random: np.random.Generator) -> np.random.Generator:
        return np.random.default_rng(int(random.integers(2**63)))

    @staticmethod
    def _brought(speech: np.ndarray, draw: Callable[[int], np.ndarray], snr_db: float) -> np.ndarray:
        """What is drawn, so far below the speech; as it is where one of the two is silent."""
        drawn = draw(len(speech))
        if not speech.any() or not drawn.any():
            return drawn
        return (drawn * gain.music_gain(speech=speech, music=drawn, snr_db=snr_db)).astype(np.float32)

    def _voice(self, clip_id: str, num_samples: int, random: np.random.Generator) -> np.ndarray:
        """Samples (T,) of somebody else's clip, from a drawn place on; a short one is looped."""
        speaker = self.prepared.speaker_of[clip_id]
        others = [other for other, its in self.prepared.speaker_of.items() if its != speaker]
        samples = self._sound(others[int(random.integers(len(others)))])
        first = int(random.integers(max(0, len(samples) - num_samples) + 1))
        crossfade = round(CROSSFADE_SECONDS * self.sampling_rate)
        return gain.loop(samples[first:], num_samples=num_samples, crossfade=crossfade)

    def _sound(self, clip_id: str) -> np.ndarray:
        return self.prepared.sound(clip_id, 0, self.prepared.num_samples(clip_id))
