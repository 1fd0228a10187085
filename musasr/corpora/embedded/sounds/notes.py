"""What the General MIDI sound font plays: phrases, beats, strokes, rings and sounds that stay."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from musasr.corpora.embedded.music.render import Event, Track, synthesise

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))
OCTAVE = 12
Player = Callable[[random.Random, Mapping[str, Any], float], Track]


def phrase(rng: random.Random, settings: Mapping[str, Any], seconds: float) -> Track:
    """A melody that wanders over a scale, in as many parts as the instrument plays at once."""
    lowest, highest = settings["pitches"]
    scale, key = rng.choice(SCALES), rng.randrange(OCTAVE)
    tones = [pitch for pitch in range(lowest, highest + 1) if (pitch - key) % OCTAVE in scale]
    parts = rng.randint(1, settings["voices"])
    step, place = rng.uniform(*settings["step"]), rng.randrange(len(tones))
    events, start = [], rng.uniform(0.0, 0.1)
    while start < seconds:
        length = step * rng.choice((1, 1, 1, 2))
        place = min(max(place + rng.choice((-3, -2, -1, -1, 1, 1, 2, 3)), 0), len(tones) - 1)
        chord = {tones[max(place - 2 * part, 0)] for part in range(parts)}
        events += [Event(start, start + 0.95 * length, pitch, _velocity(rng)) for pitch in sorted(chord)]
        start += length
    return Track(rng.choice(settings["programs"]), tuple(events))


def beat(rng: random.Random, settings: Mapping[str, Any], seconds: float) -> Track:
    """A bar of bass drum, snare and hi-hat, again and again."""
    step = rng.uniform(*settings["step"])
    bass, snare, hat = (rng.choice(keys) for keys in settings["kit"])
    has_bass = [place == 0 or rng.random() < 0.3 for place in range(8)]
    events = []
    for index in range(int(seconds / step)):
        struck = [hat] + [bass] * has_bass[index % 8] + [snare] * (index % 4 == 2)
        events += [Event(index * step, index * step + 0.1, key, _velocity(rng)) for key in struck]
    return Track(None, tuple(events))


def stroke(rng: random.Random, settings: Mapping[str, Any], seconds: float) -> Track:
    """Single sounds, one after the other at uneven distances; of a drum kit's keys, or of a program."""
    least, most = settings["step"]
    pace, start, events = rng.uniform(least, most), rng.uniform(0.0, 0.15), []
    pitches = settings.get("keys") or range(settings["pitches"][0], settings["pitches"][1] + 1)
    own = [rng.choice(pitches) for _ in range(rng.randint(1, 3))]
    while start < seconds:
        events.append(Event(start, start + max(0.3, pace), rng.choice(own), _velocity(rng)))
        start += pace * rng.uniform(0.7, 1.3)
    return Track(None if "keys" in settings else rng.choice(settings["programs"]), tuple(events))


def ring(rng: random.Random, settings: Mapping[str, Any], seconds: float) -> Track:
    """Bursts of one short sound, with pauses between."""
    pitch, length = rng.randint(*settings["pitches"]), rng.uniform(0.08, 0.3)
    burst, pause = rng.randint(4, 10), rng.uniform(0.2, 0.5)
    events, start = [], rng.uniform(0.0, 0.2)
    while start < seconds:
        for _ in range(burst):
            events.append(Event(start, start + length, pitch, 110))
            start += length
        start += pause
    return Track(rng.choice(settings["programs"]), tuple(events))


def sustain(rng: random.Random, settings: Mapping[str, Any], seconds: float) -> Track:
    """A sound that stays: the note is struck again, a little lower or higher, before the last one fades."""
    own, step = rng.randint(*settings["pitches"]), rng.uniform(0.6, 1.4)
    events = [
        Event(start, start + 3.0, own + rng.randint(-2, 2), _velocity(rng))
        for start in np.arange(-1.0, seconds, step).clip(0.0).tolist()
    ]
    return Track(rng.choice(settings["programs"]), tuple(events))


PLAYERS: dict[str, Player] = {
    "phrase": phrase,
    "beat": beat,
    "stroke": stroke,
    "ring": ring,
    "sustain": sustain,
}


def play(
    maker: str, rng: random.Random, settings: Mapping[str, Any], *, seconds: float, sampling_rate: int
) -> np.ndarray:
    """What one of the PLAYERS plays: samples (T,), float32, of any level."""
    track = PLAYERS[maker](rng, settings, seconds)
    return synthesise([track], duration=seconds, sampling_rate=sampling_rate)


def _velocity(rng: random.Random) -> int:
    return rng.randint(70, 120)
