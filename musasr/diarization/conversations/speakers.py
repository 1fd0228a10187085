"""Who speaks: a numbered series of OpenJTalk's voices and eSpeak NG's variants; none is in two sets."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from musasr import audio
from musasr.corpora.embedded.speech.planning import Style, plan_manner, plan_sentence
from musasr.corpora.embedded.speech.synthesis import active_span, synthesise
from musasr.corpora.embedded.speech.voices import Voice, make_voice
from musasr.corpora.embedded.voices.espeak import speak
from musasr.corpora.embedded.voices.speakers import LATIN, VARIANTS, Manner
from musasr.corpora.embedded.voices.wording import draw_text

LEVEL_DB, PEAK = -26.0, 0.99  # RMS of an utterance re full scale, and what no sample passes
# How utterances of a voice of the series differ; no silence around them, and next to no noise.
STYLE = Style(0.1, 0.08, 0.8, LEVEL_DB, 0.0, -80.0, (0.0, 0.0))
RATE_STEP, PITCH_STEP = 12, 3  # how far a variant's utterances differ, on eSpeak NG's own scales
LONGEST = 5.0  # seconds of an utterance, about


@dataclass(frozen=True)
class Speaker:
    """One voice.

    Attributes:
        speaker_id: Of the series, or ``es`` and the variant.
        voice: Of the series; None: one of eSpeak NG's variants.
        manner: How a variant speaks; each of its utterances differs a little.
    """

    speaker_id: str
    voice: Voice | None = None
    manner: Manner | None = None


def speakers_of(counts: Mapping[str, int], *, seed: int) -> dict[str, list[Speaker]]:
    """Set name -> its speakers: every other one is of the series, which has any number of voices.

    Args:
        counts: Set name -> number of speakers.
        seed: Which variants a set gets, and how they speak.
    """
    rng = random.Random(f"{seed} variants")
    variants = rng.sample(VARIANTS, len(VARIANTS))
    speakers: dict[str, list[Speaker]] = {}
    number = 0
    for name, count in counts.items():
        speakers[name] = []
        for index in range(count):
            if index % 2 and variants:
                speakers[name].append(_variant(variants.pop(), rng))
            else:
                voice = make_voice(number)
                speakers[name].append(Speaker(voice.speaker_id, voice=voice))
                number += 1
    return speakers


def _variant(variant: str, rng: random.Random) -> Speaker:
    manner = Manner(
        rng.choice(LATIN), variant, rng.randint(120, 200), rng.randint(20, 85), rng.randint(25, 80)
    )
    return Speaker(f"es{variant.lower()}", manner=manner)


def say(speaker: Speaker, index: int, *, sampling_rate: int, seed: int) -> tuple[str, np.ndarray]:
    """(text, samples (T,)) of a speaker's utterance with this number: a function of the arguments alone."""
    key = f"{seed} {speaker.speaker_id} {index}"
    if speaker.voice is not None:
        line = plan_manner(key, speaker.voice, index, STYLE, sampling_rate)
        sentence = plan_sentence(key, line, STYLE, set(), longest=LONGEST)
        line = replace(line, spelling=sentence.spelling)
        return sentence.text("mixed"), synthesise(line)
    return _say_variant(speaker.manner, key, sampling_rate)


def _say_variant(manner: Manner, key: str, sampling_rate: int) -> tuple[str, np.ndarray]:
    rng = random.Random(key)
    text = draw_text(rng, manner.language)
    said = replace(
        manner,
        rate=manner.rate + rng.randint(-RATE_STEP, RATE_STEP),
        pitch=manner.pitch + rng.randint(-PITCH_STEP, PITCH_STEP),
    )
    samples, rate = speak(text, said, seed=rng.randrange(2**31))
    samples = audio.resample(samples, rate, sampling_rate)
    first, last = active_span(samples, sampling_rate)
    samples = samples[first:last]
    scale = 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(samples**2, dtype=np.float64))
    return text, samples * np.float32(min(scale, PEAK / np.abs(samples).max()))
