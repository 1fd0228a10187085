"""A score to a title: a style, a tempo, a key and players are drawn, and their notes set in seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from musasr.corpora.embedded.music import layers
from musasr.corpora.embedded.music.layers import Material
from musasr.corpora.embedded.music.render import Event, Track
from musasr.corpora.embedded.music.scores import Note, Score
from musasr.corpora.embedded.music.styles import Style

FASTEST_RATE, SLOWEST_RATE = 6.0, 1.6
"""Melody notes per second that a tempo may lead to: editions differ in what they call a quarter note."""

SECTION_BARS = 4
"""Bars for which the set of playing layers stays the same."""


@dataclass(frozen=True)
class Arrangement:
    """A title ready to be rendered; `melody` in seconds is for a singer, `tempo` is in beats a minute."""

    tracks: tuple[Track, ...]
    melody: tuple[Event, ...]
    style: Style
    tempo: float


@dataclass(frozen=True)
class Layer:
    """One player's part in beats; a layer with `presence` p plays in that share of the sections."""

    program: int | None
    events: Sequence[Event]
    volume: int
    presence: float


def arrange(score: Score, style: Style, *, duration: float, generator: np.random.Generator) -> Arrangement:
    """Draw everything that the style leaves open and write the parts.

    Args:
        score: The composition.
        style: Its instruments and rhythms.
        duration: Seconds to fill.
        generator: Source of every draw.
    """
    tempo = _tempo(score, style, generator)
    material = layers.unroll(
        score,
        num_beats=duration * tempo / 60,
        transposition=int(generator.integers(-5, 6)),
        generator=generator,
    )
    swing = generator.uniform(*style.swing)
    tracks = [
        Track(
            layer.program,
            _perform(_sections(layer, material, generator), tempo, swing, generator),
            layer.volume,
        )
        for layer in _layers(material, style, generator)
    ]
    melody = [Event(note.start, note.end, note.pitch, 100) for note in material.melody]
    return Arrangement(tuple(tracks), _in_seconds(melody, tempo, swing), style, tempo)


def _tempo(score: Score, style: Style, generator: np.random.Generator) -> float:
    """A tempo of the style, bent so that the melody is neither a crawl nor a blur."""
    line = layers.top_line(score.parts[score.melody_part])
    notes_per_beat = len(line) / max(1.0, sum(note.duration for note in line))
    tempo = generator.uniform(*style.tempo)
    return float(np.clip(tempo, 60 * SLOWEST_RATE / notes_per_beat, 60 * FASTEST_RATE / notes_per_beat))


def _layers(material: Material, style: Style, generator: np.random.Generator) -> Iterator[Layer]:
    """Every layer of the style; the ground (parts or pad, bass) plays throughout, colours come and go."""
    has_parts = bool(style.voices) and (len(material.voices) >= 2 or not style.pads)
    if has_parts:
        yield from _voices(material, style, generator)
    if style.leads:
        yield from _leads(material, style, generator)
    pick = _Picker(generator)
    if style.pads and (program := pick(style.pads)) is not None:
        lowest = int(generator.integers(50, 58))
        yield Layer(program, layers.pad(material, lowest=lowest, velocity=64), 80, 0.5 if has_parts else 1.0)
    if style.chords:
        onsets = layers.STRUMS[pick(style.strums)]
        yield Layer(
            pick(style.chords), layers.strum(material, onsets=onsets, lowest=50, velocity=72), 82, 0.9
        )
    if style.arpeggios:
        step, lowest = pick((0.25, 0.5, 0.5)), int(generator.integers(52, 64))
        yield Layer(
            pick(style.arpeggios), layers.arpeggio(material, step=step, lowest=lowest, velocity=70), 85, 0.7
        )
    if style.basses:
        yield Layer(pick(style.basses), _bass(material, pick(style.bass_steps), generator), 105, 0.95)
    if style.drums:
        yield Layer(None, layers.drums(material, pattern=pick(style.drums), velocity=92), 90, 0.85)


class _Picker:
    """Draws one of several values as it is (numpy would turn it into its own type)."""

    def __init__(self, generator: np.random.Generator):
        self.generator = generator

    def __call__(self, options: Sequence):
        return options[int(self.generator.integers(len(options)))]


def _voices(material: Material, style: Style, generator: np.random.Generator) -> Iterator[Layer]:
    """The score's parts, high to low, on the players of one drawn set; at most six parts sound."""
    programs = _Picker(generator)(style.voices)
    parts = [part for part in material.voices if part]
    parts = sorted(parts, key=lambda part: -np.mean([note.pitch for note in part]))[:6]
    for i, part in enumerate(parts):
        program = programs[min(len(programs) - 1, i * len(programs) // max(1, len(parts)))]
        events = [
            Event(n.start, n.start + 0.97 * n.duration, int(np.clip(n.pitch, 21, 105)), 84) for n in part
        ]
        yield Layer(program, events, 100, 1.0)


def _leads(material: Material, style: Style, generator: np.random.Generator) -> Iterator[Layer]:
    """The melody on a first instrument throughout, a second one joining in some sections."""
    pick = _Picker(generator)
    first, second = pick(style.leads), pick(style.leads)
    yield Layer(first, layers.sing_out(material.melody, lowest=64, velocity=96), 108, 1.0)
    lowest = pick((52, 64, 76))
    yield Layer(second, layers.sing_out(material.melody, lowest=lowest, velocity=84), 90, 0.45)


def _bass(material: Material, step: float, generator: np.random.Generator) -> list[Event]:
    if step == 0:
        return layers.walking_bass(material, lowest=33, velocity=92, generator=generator)
    octaves = bool(generator.integers(2))
    return layers.bass(material, step=step, octaves=octaves, lowest=31, velocity=90)


def _sections(layer: Layer, material: Material, generator: np.random.Generator) -> list[Event]:
    """The layer's notes in the sections that it plays in."""
    width = SECTION_BARS * material.beats_per_bar
    plays = generator.random(int(material.num_beats // width) + 1) < layer.presence
    return [event for event in layer.events if plays[min(len(plays) - 1, int(event.start // width))]]


def _perform(
    events: Sequence[Event], tempo: float, swing: float, generator: np.random.Generator
) -> tuple[Event, ...]:
    """Notes in seconds, with the small unevenness of players."""
    shifts = generator.normal(0.0, 0.006, len(events))
    accents = generator.integers(-9, 10, len(events))
    timed = _in_seconds(events, tempo, swing)
    return tuple(
        Event(
            max(0.0, event.start + float(shift)),
            max(0.03, event.end + float(shift)),
            event.pitch,
            int(np.clip(event.velocity + accent, 1, 127)),
        )
        for event, shift, accent in zip(timed, shifts, accents, strict=True)
    )


def _in_seconds(events: Sequence[Event] | Sequence[Note], tempo: float, swing: float) -> tuple[Event, ...]:
    def seconds(beat: float) -> float:
        whole, part = divmod(beat, 1.0)
        warped = part * swing / 0.5 if part < 0.5 else swing + (part - 0.5) * (1 - swing) / 0.5
        return float((whole + warped) * 60 / tempo)

    return tuple(Event(seconds(e.start), seconds(e.end), e.pitch, e.velocity) for e in events)
