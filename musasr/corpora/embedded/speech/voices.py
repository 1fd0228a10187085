"""The speakers of the embedded corpus: a numbered series of voices that are far from one another."""

import math
from dataclasses import dataclass

from musasr.corpora.embedded.speech.hts_voice import Timbre

# Multiples of irrationals, modulo 1: any run of consecutive points fills the range evenly (best with the
# golden ratio: pitch), so that the training, development and test speakers, being runs, are of all kinds.
STEPS = ((math.sqrt(5) - 1) / 2, math.sqrt(2), math.sqrt(3), math.sqrt(7), math.sqrt(11))
HIGHEST_HALF_TONE, HALF_TONE_RANGE = -1.0, 17.0
LOW_VOICE = -9.5
HIGHEST_FORMANT_SCALE, FORMANT_PITCH_SLOPE = 1.05, 0.011


@dataclass(frozen=True)
class Voice:
    """One speaker.

    Attributes:
        speaker_id: Kaldi's speaker id: jtm.. (low voices) or jtf.. (high ones) and the number in the series.
        half_tone: Pitch against the original voice (a woman's), in half tones.
        speed: Factor on the speaking rate.
        timbre: Vocal tract, brightness, intonation.
    """

    speaker_id: str
    half_tone: float
    speed: float
    timbre: Timbre


def make_voice(number: int) -> Voice:
    """The voice with a number (0, 1 ...) in the series; long vocal tracts go with low pitch, loosely."""
    pitch, tract, brightness, speed, intonation = point(number)
    half_tone = HIGHEST_HALF_TONE - HALF_TONE_RANGE * pitch
    formant_scale = HIGHEST_FORMANT_SCALE + FORMANT_PITCH_SLOPE * half_tone + 0.12 * (tract - 0.5)
    timbre = Timbre(
        formant_scale=round(formant_scale, 3),
        brightness=round(0.5 * (brightness - 0.5), 3),
        intonation=round(0.7 + 0.6 * intonation, 3),
    )
    letter = "m" if half_tone < LOW_VOICE else "f"
    return Voice(f"jt{letter}{number + 1:02d}", round(half_tone, 2), round(0.88 + 0.27 * speed, 3), timbre)


def point(number: int) -> tuple[float, ...]:
    """Pitch (0: high), tract, brightness, speed, intonation of a number in the sequence, each in [0, 1)."""
    return tuple((0.5 + (number + 1) * step) % 1.0 for step in STEPS)
