"""Who speaks in a film, and what: voices and sentences of the embedded corpus that no set of the run has."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from musasr.corpora.embedded.speech.grammar import Sentence
from musasr.corpora.embedded.speech.planning import (
    LONGEST,
    Style,
    foretell_duration,
    plan_manner,
    plan_sentence,
)
from musasr.corpora.embedded.speech.synthesis import Line
from musasr.corpora.embedded.speech.voices import Voice, make_voice
from musasr.mixing.draw import generator
from musasr.recipe.filming import FilmSettings
from musasr.text import normalise

SILENCE_AROUND = 0.1  # seconds of a line's own before and after it, which count as part of its pauses
SILENT_DB = -140.0  # a line has no noise floor of its own: the film has one throughout
LEAST_ROOM = 4.0  # seconds for another line: sentences so short are common enough to be found
LINES_PER_SCENE = 1000  # more than there can be: numbers of lines are those of their scenes, times this


@dataclass(frozen=True)
class Said:
    """A line, the sentence that it says, and how the truth spells it (``mixed`` or ``kana``)."""

    line: Line
    sentence: Sentence
    script: str

    @property
    def texts(self) -> list[str]:
        """The words as the truth spells them, one spelling for one thing."""
        return normalise(self.sentence.text(self.script)).split()


@dataclass(frozen=True)
class Speech:
    """What is said in a scene.

    Attributes:
        lines: In order.
        pauses: Seconds before the first line, between two, and behind the last: one more than lines. The
            scene's sound stretches or shortens them by one factor, so that lines and pauses fill it.
    """

    lines: tuple[Said, ...]
    pauses: tuple[float, ...]


class Cast:
    """The speakers of a film, each sentence once."""

    def __init__(
        self,
        settings: FilmSettings,
        *,
        first_voice: int,
        known_texts: Collection[str],
        sampling_rate: int,
        seed: int,
    ):
        """Hold who may speak and what was said already.

        Args:
            settings: The recipe's section ``film``.
            first_voice: Number of the first voice, of the embedded corpus' series; those before are taken.
            known_texts: Transcripts that are in a set of the run, in the film's script, normalised.
            sampling_rate: Hz.
            seed: Decides every draw.
        """
        self.settings, self.sampling_rate, self.seed = settings, sampling_rate, seed
        self.voices = [make_voice(first_voice + index) for index in range(settings.speakers)]
        self.style = Style(
            settings.filler_rate,
            settings.speed_variation,
            settings.pitch_variation,
            settings.level_db,
            settings.level_variation,
            SILENT_DB,
            (SILENCE_AROUND, SILENCE_AROUND),
        )
        self._known_texts, self._taken = known_texts, set[str]()

    def speak(self, scene: int, seconds: float) -> Speech:
        """What is said in a scene, by two speakers, so that lines and pauses foretell its length.

        Raises:
            ConfigError: The grammar has no more sentences.
        """
        random = generator(self.seed, "film", "speech", scene)
        pair = [self.voices[index] for index in random.permutation(len(self.voices))[:2]]
        lines: list[Said] = []
        pauses = [float(random.uniform(*self.settings.pause_seconds))]
        least = self.settings.pause_seconds[0]
        left = seconds - least
        while not lines or left >= least + LEAST_ROOM:
            voice = pair[int(random.integers(len(pair)))]
            lines.append(self._line(scene, len(lines), voice, min(LONGEST, left - least)))
            pauses.append(float(random.uniform(*self.settings.pause_seconds)))
            left -= foretell_duration(lines[-1].sentence, lines[-1].line) + pauses[-1]
        return Speech(tuple(lines), tuple(pauses))

    def _line(self, scene: int, index: int, voice: Voice, longest: float) -> Said:
        """A sentence that no set of the run has, said for the first time."""
        attempt = 0
        while True:
            key = f"{self.seed} film {scene} {index} {attempt}"
            line = plan_manner(key, voice, LINES_PER_SCENE * scene + index, self.style, self.sampling_rate)
            sentence = plan_sentence(key, line, self.style, self._taken, longest=longest)
            if normalise(sentence.text(self.settings.script)) not in self._known_texts:
                return Said(replace(line, spelling=sentence.spelling), sentence, self.settings.script)
            attempt += 1
