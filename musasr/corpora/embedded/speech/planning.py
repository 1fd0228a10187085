"""What the embedded corpus says: every line of every set, decided before any audio is made."""

import random
from dataclasses import dataclass

from musasr.corpora.embedded.speech import grammar
from musasr.corpora.embedded.speech.grammar import Sentence
from musasr.corpora.embedded.speech.synthesis import Line
from musasr.corpora.embedded.speech.voices import Voice, make_voice
from musasr.errors import ConfigError
from musasr.pronunciation import is_spoken_as

SHORTEST, LONGEST = 2.0, 9.0
# Measured on the original voice at speed 1, in seconds.
SECONDS_PER_MORA, SECONDS_PER_PAUSE = 0.1185, 0.53
ATTEMPTS = 200
HOUR = 3600.0


@dataclass(frozen=True)
class SetPlan:
    """The lines of one set and their transcripts' sentences, in the same order."""

    lines: tuple[Line, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Style:
    """How far utterances of one speaker differ; a level and a silence of their own each.

    Attributes:
        filler_rate: Probability of a filler at each place where the grammar allows one.
        speed_variation: Speeds lie within 1 -+ this.
        pitch_variation: Pitches lie within -+ this many half tones.
        level_db, level_variation: Levels lie within level_db -+ level_variation dB.
        noise_db: White noise floor, dB re full scale.
        silence: Seconds before and after the speech, at least and at most.
    """

    filler_rate: float
    speed_variation: float
    pitch_variation: float
    level_db: float
    level_variation: float
    noise_db: float
    silence: tuple[float, float]


def plan(
    hours: dict[str, float], speakers: dict[str, int], style: Style, sampling_rate: int, seed: int
) -> dict[str, SetPlan]:
    """Lines of all sets; no sentence comes twice in the whole corpus.

    Voices are numbered in the order of `speakers`, sentences drawn in the order of `hours`: the set that
    comes last in `hours` can change its size without changing the other sets.

    Args:
        hours: Set name -> hours of audio (met within a few percent: durations are foretold from moras).
        speakers: Set name -> number of voices; no voice is in two sets.
        style: How utterances vary.
        sampling_rate: In Hz.
        seed: Decides every choice.

    Raises:
        ConfigError: If the grammar has not enough different sentences for the hours.
    """
    voices, number = {}, 0
    for name, count in speakers.items():
        voices[name] = [make_voice(number + index) for index in range(count)]
        number += count
    taken: set[str] = set()
    return {
        name: plan_set(name, hours[name], voices[name], style, sampling_rate, seed, taken) for name in hours
    }


def plan_set(
    name: str,
    hours: float,
    voices: list[Voice],
    style: Style,
    sampling_rate: int,
    seed: int,
    taken: set[str],
) -> SetPlan:
    """Lines of one set, speakers in turn, until the foretold durations reach the hours.

    Args:
        taken: Sentences that are used already; this set's are added.
    """
    from tqdm import tqdm

    lines, sentences, seconds = [], [], 0.0
    with tqdm(total=round(hours * HOUR), desc=f"{name} text", unit="s", leave=False) as bar:
        while seconds < hours * HOUR:
            index = len(lines)
            key = f"{seed} {name} {index}"
            line = plan_manner(key, voices[index % len(voices)], index, style, sampling_rate)
            sentence = plan_sentence(key, line, style, taken)
            lines.append(Line(**(vars(line) | {"spelling": sentence.spelling})))
            sentences.append(sentence)
            length = foretell_duration(sentence, line)
            seconds += length
            bar.update(length)
    return SetPlan(tuple(lines), tuple(sentences))


def plan_manner(key: str, voice: Voice, index: int, style: Style, sampling_rate: int) -> Line:
    """How one utterance is spoken, the words still to come."""
    rng = random.Random(f"{key} manner")
    return Line(
        utterance_id=f"{voice.speaker_id}_{index:06d}",
        spelling="",
        voice=voice,
        half_tone=rng.uniform(-style.pitch_variation, style.pitch_variation),
        speed=1 + rng.uniform(-style.speed_variation, style.speed_variation),
        level_db=style.level_db + rng.uniform(-style.level_variation, style.level_variation),
        lead=rng.uniform(*style.silence),
        tail=rng.uniform(*style.silence),
        noise_db=style.noise_db,
        sampling_rate=sampling_rate,
        seed=key,
    )


def plan_sentence(
    key: str, line: Line, style: Style, taken: set[str], *, longest: float = LONGEST
) -> Sentence:
    """A sentence of fit length that is new and that the synthesiser reads as the transcript says.

    Args:
        key: Decides the words.
        line: How it is spoken.
        style: How often there are fillers.
        taken: Sentences that are used already; this one is added.
        longest: Seconds that it may take, by its moras.

    Raises:
        ConfigError: There is no such sentence in many attempts.
    """
    rng = random.Random(f"{key} words")
    for _ in range(ATTEMPTS):
        sentence = grammar.load().draw(rng, style.filler_rate)
        text = sentence.text("mixed")
        if (
            SHORTEST <= foretell_duration(sentence, line) <= longest
            and text not in taken
            and is_spoken_as(sentence.spelling, sentence.reading)
        ):
            taken.add(text)
            return sentence
    where = f"speech, {line.utterance_id}"
    raise ConfigError(f"no new sentence in {ATTEMPTS} attempts", where=where, mend="ask for fewer hours")


def foretell_duration(sentence: Sentence, line: Line) -> float:
    """Seconds of the utterance, from its moras and pauses."""
    speech = SECONDS_PER_MORA * sentence.num_moras + SECONDS_PER_PAUSE * len(sentence.pauses)
    return speech / (line.voice.speed * line.speed) + line.lead + line.tail
