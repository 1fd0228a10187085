"""The sound of a scene: its lines with their word times, its music at the SNR, and the noise floor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musasr import audio
from musasr.corpora.embedded.music.catalogue import Title
from musasr.corpora.embedded.speech.timing import Times, synthesise_timed
from musasr.errors import DataError
from musasr.film.cast import Said, Speech
from musasr.film.script import Scene
from musasr.film.soundtrack import play
from musasr.film.spans import Span
from musasr.mixing import gain
from musasr.mixing.draw import generator
from musasr.recipe.filming import FilmSettings

LEAST_PAUSE = 0.2  # seconds on average, to which a scene's pauses may shrink: else its last line is left out
DIGITS = 4  # of times, in seconds


@dataclass(frozen=True)
class Spoken:
    """A line in its scene: where it starts (a sample), its samples (T,), its words' times within it."""

    said: Said
    start: int
    samples: np.ndarray
    times: Sequence[Times]


@dataclass(frozen=True)
class Sound:
    """The parts of a scene, (T,) each, float32: the mixture is their sum.

    Attributes:
        speech: The lines; silence between them is digital.
        music: At its level.
        floor: Noise.
        lines: What is in `speech`.
        title: What is in `music`; None: nothing.
    """

    speech: np.ndarray
    music: np.ndarray
    floor: np.ndarray
    lines: Sequence[Spoken]
    title: Title | None

    @property
    def mixture(self) -> np.ndarray:
        """What the film sounds like, (T,)."""
        return self.speech + self.music + self.floor


@dataclass(frozen=True)
class Subtitle:
    """A line's truth on the film's clock: who speaks, and (text, start, end) of each word, in seconds.

    (What a transcription is in the house knows recognisers, which take a process seconds to import.)
    """

    speaker: str
    words: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Shot:
    """A scene as it comes back from a process: small, its times on the film's clock.

    Attributes:
        scene: What was asked for.
        samples: (T,) int16.
        subtitles: One for each line.
        span: Its stretch of the film.
    """

    scene: Scene
    samples: np.ndarray
    subtitles: tuple[Subtitle, ...]
    span: Span


@dataclass(frozen=True)
class Studio:
    """What the scenes of a film share."""

    settings: FilmSettings
    sampling_rate: int
    seed: int

    def shoot(self, scene: Scene) -> Shot:
        """The scene, ready for the film; a function of the scene and the studio alone."""
        sound = self.make_sound(scene)
        title = sound.title
        end = scene.start + scene.duration
        span = Span(
            scene.number,
            scene.kind,
            round(scene.start, DIGITS),
            round(end, DIGITS),
            scene.snr_db,
            title and title.genre,
            title and title.source.name,
        )
        subtitles = tuple(_subtitle(line, scene.start, self.sampling_rate) for line in sound.lines)
        return Shot(scene, audio.to_pcm16(sound.mixture), subtitles, span)

    def make_sound(self, scene: Scene) -> Sound:
        """The scene's parts, at most as loud as full scale allows: all are turned down together."""
        num_samples = self.place(scene.start + scene.duration) - self.place(scene.start)
        lines = [] if scene.speech is None else place_lines(scene.speech, num_samples, self.sampling_rate)
        speech = np.zeros(num_samples, np.float32)
        is_speech = np.zeros(num_samples, bool)
        for line in lines:
            span = slice(line.start, line.start + len(line.samples))
            speech[span], is_speech[span] = line.samples, True
        music, title = self._music(scene, num_samples)
        if scene.snr_db is not None:
            parts = {"speech": speech[is_speech], "music": music[is_speech]}
            music *= gain.music_gain(**parts, snr_db=scene.snr_db)
        floor = generator(self.seed, "film", "floor", scene.number).standard_normal(num_samples, np.float32)
        floor *= np.float32(10 ** (self.settings.noise_db / 20))
        scale = np.float32(gain.peak_scale(speech + music + floor))
        return Sound(speech * scale, music * scale, floor * scale, lines, title)

    def place(self, seconds: float) -> int:
        """The sample at a time of the film."""
        return round(seconds * self.sampling_rate)

    def _music(self, scene: Scene, num_samples: int) -> tuple[np.ndarray, Title | None]:
        if not scene.titles:
            return np.zeros(num_samples, np.float32), None
        return play(
            scene.titles,
            num_samples=num_samples,
            sampling_rate=self.sampling_rate,
            seed=self.seed,
            level_db=self.settings.music_db,
            vocal_db=self.settings.vocal_db,
        )


def place_lines(speech: Speech, num_samples: int, sampling_rate: int) -> list[Spoken]:
    """The lines of a scene where they are said: the planned pauses take what the lines leave.

    Lengths were foretold; where they were foretold so badly that pauses would go, the last line goes.

    Args:
        speech: Lines and pauses.
        num_samples: Of the scene.
        sampling_rate: Hz.

    Raises:
        DataError: The first line alone is longer than the scene.
    """
    made = [synthesise_timed(said.line, said.sentence.words) for said in speech.lines]
    while True:
        spare = num_samples - sum(len(samples) for samples, _ in made)
        if len(made) <= 1 or spare >= (len(made) + 1) * LEAST_PAUSE * sampling_rate:
            break
        made.pop()
    if spare < 0:
        where = speech.lines[0].line.utterance_id
        raise DataError(f"is {-spare / sampling_rate:.2f} s too long for its scene", where=where)
    pauses = np.array(speech.pauses[: len(made) + 1])
    before = np.cumsum(pauses)[:-1] * spare / pauses.sum()
    lengths = np.cumsum([0, *(len(samples) for samples, _ in made)])
    return [
        Spoken(said, int(gap) + int(length), samples, times)
        for said, gap, length, (samples, times) in zip(speech.lines, before, lengths, made, strict=False)
    ]


def _subtitle(line: Spoken, start: float, sampling_rate: int) -> Subtitle:
    """A line's words on the film's clock."""
    begin = start + line.start / sampling_rate
    words = tuple(
        (text, round(begin + first, DIGITS), round(begin + last, DIGITS))
        for text, (first, last) in zip(line.said.texts, line.times, strict=True)
    )
    return Subtitle(line.said.line.voice.speaker_id, words)
