"""The layers of an arrangement: melody, chords, bass and drums as notes in beats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from musasr.corpora.embedded.music.harmony import Chord, harmonise
from musasr.corpora.embedded.music.render import Event
from musasr.corpora.embedded.music.scores import Note, Score

KICK, RIM, SNARE, CLAP, CLOSED_HAT, PEDAL_HAT, OPEN_HAT, CRASH, RIDE, TAMBOURINE = (
    36,
    37,
    38,
    39,
    42,
    44,
    46,
    49,
    51,
    54,
)
LOW_TOM, SHAKER = 41, 70

DRUMS: dict[str, dict[int, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "rock": {
        KICK: ((0, 7, 8), (0, 6)),
        SNARE: ((4, 12), (4, 8)),
        CLOSED_HAT: ((0, 2, 4, 6, 8, 10, 12, 14), (0, 2, 4, 6, 8, 10)),
    },
    "dance": {
        KICK: ((0, 4, 8, 12), (0, 4, 8)),
        CLAP: ((4, 12), (4, 8)),
        OPEN_HAT: ((2, 6, 10, 14), (2, 6, 10)),
        SHAKER: (tuple(range(16)), tuple(range(12))),
    },
    "light": {
        KICK: ((0, 10), (0,)),
        RIM: ((4, 12), (4, 8)),
        SHAKER: ((0, 2, 4, 6, 8, 10, 12, 14), (0, 2, 4, 6, 8, 10)),
    },
    "march": {
        KICK: ((0, 8), (0,)),
        SNARE: ((0, 3, 4, 6, 8, 11, 12, 14, 15), (0, 4, 6, 8, 10)),
        CRASH: ((0,), (0,)),
    },
    "swing": {
        KICK: ((0, 8), (0,)),
        RIDE: ((0, 4, 6, 8, 12, 14), (0, 4, 6, 8)),
        PEDAL_HAT: ((4, 12), (4, 8)),
        SNARE: ((6,), (10,)),
    },
    "taiko": {LOW_TOM: ((0, 3, 6, 8, 12), (0, 4, 6)), KICK: ((0, 8), (0,)), TAMBOURINE: ((4, 12), (4, 8))},
}
"""Patterns of one bar in sixteenths: (of a bar of four beats, of a bar of three)."""

STRUMS = {
    "block": (0.0,),
    "beat": (0.0, 1.0, 2.0, 3.0),
    "off": (0.5, 1.5, 2.5, 3.5),
    "pop": (0.0, 1.0, 1.5, 2.5, 3.0, 3.5),
    "comp": (0.0, 1.5, 3.5),
}
"""Onsets of accompanying chords, in beats of a bar of four."""


@dataclass(frozen=True)
class Material:
    """What a title plays: a score or a stretch of it, repeated to the title's length, and its chords."""

    voices: tuple[tuple[Note, ...], ...]
    melody: tuple[Note, ...]
    chords: tuple[Chord, ...]
    num_beats: float
    beats_per_bar: float

    @property
    def bars(self) -> Iterable[float]:
        """The beats at which bars start."""
        return np.arange(0.0, self.num_beats - 1e-6, self.beats_per_bar)

    def chord_at(self, beat: float) -> Chord:
        """The chord that holds at a beat."""
        width = self.chords[0].end - self.chords[0].start
        return self.chords[min(len(self.chords) - 1, int((beat + 1e-6) / width))]


def unroll(score: Score, *, num_beats: float, transposition: int, generator: np.random.Generator) -> Material:
    """The score from a drawn bar on (from its start if it is short), repeated until `num_beats`."""
    bar = score.beats_per_bar if score.beats_per_bar >= 2 else 4.0
    last_start = int((score.num_beats - num_beats) // bar)
    first = bar * int(generator.integers(0, last_start + 1)) if last_start > 0 else 0.0
    length = bar * max(1, int(np.ceil((score.num_beats - first) / bar - 1e-6)))
    voices = tuple(
        tuple(_repeat(part, first=first, length=length, num_beats=num_beats, transposition=transposition))
        for part in score.parts
    )
    slot = bar if bar <= 3 else bar / 2
    chords = harmonise([note for voice in voices for note in voice], num_beats=num_beats, slot=slot)
    return Material(voices, top_line(voices[score.melody_part]), tuple(chords), num_beats, bar)


def _repeat(part: Sequence[Note], *, first: float, length: float, num_beats: float, transposition: int):
    for offset in np.arange(0.0, num_beats, length):
        for note in part:
            start = note.start - first + offset
            if offset <= start < min(offset + length, num_beats):
                end = min(start + note.duration, num_beats)
                yield Note(start, end - start, note.pitch + transposition)


def top_line(notes: Sequence[Note]) -> tuple[Note, ...]:
    """One note at a time: the highest of each onset, cut where the next begins; none of a part that rests."""
    highest: dict[float, Note] = {}
    for note in notes:
        if note.start not in highest or note.pitch > highest[note.start].pitch:
            highest[note.start] = note
    line = [highest[start] for start in sorted(highest)]
    ends = [*(note.start for note in line[1:]), float("inf")][: len(line)]
    return tuple(
        Note(note.start, min(note.duration, end - note.start), note.pitch)
        for note, end in zip(line, ends, strict=True)
    )


def sing_out(notes: Sequence[Note], *, lowest: int, velocity: int) -> list[Event]:
    """A line, moved by octaves so that its mean lies within an octave above `lowest`."""
    if not notes:
        return []
    mean = float(np.mean([note.pitch for note in notes]))
    shift = 12 * int(np.floor((lowest + 12 - mean) / 12))
    return [
        Event(
            note.start, note.start + 0.95 * note.duration, int(np.clip(note.pitch + shift, 24, 105)), velocity
        )
        for note in notes
    ]


def pad(material: Material, *, lowest: int, velocity: int) -> list[Event]:
    """Held chords; a pitch that both chords share is struck again."""
    return [
        Event(chord.start, chord.end, pitch, velocity)
        for chord in material.chords
        for pitch in chord.voicing(lowest)
    ]


def strum(material: Material, *, onsets: Sequence[float], lowest: int, velocity: int) -> list[Event]:
    """Chords on a rhythm that repeats every bar."""
    inside = [onset for onset in onsets if onset < material.beats_per_bar]
    events = []
    for bar in material.bars:
        for onset, following in zip(inside, [*inside[1:], material.beats_per_bar], strict=True):
            beat = bar + onset
            if beat < material.num_beats:
                end = min(bar + following, beat + 1.5) - 0.05
                voicing = material.chord_at(beat).voicing(lowest)
                events += [Event(beat + 0.02 * i, end, pitch, velocity) for i, pitch in enumerate(voicing)]
    return events


def arpeggio(material: Material, *, step: float, lowest: int, velocity: int) -> list[Event]:
    """Broken chords up and down over an octave and a bit, each note held a little over the next."""
    events = []
    for i, beat in enumerate(np.arange(0.0, material.num_beats - 1e-6, step)):
        chord = material.chord_at(beat)
        ladder = chord.voicing(lowest)
        ladder = (*ladder, ladder[0] + 12)
        cycle = ladder + ladder[-2:0:-1]
        events.append(Event(beat, beat + 1.8 * step, cycle[i % len(cycle)], velocity))
    return events


def bass(material: Material, *, step: float, octaves: bool, lowest: int, velocity: int) -> list[Event]:
    """Roots every `step` beats; every other one the fifth, or the octave if `octaves`."""
    events = []
    for i, beat in enumerate(np.arange(0.0, material.num_beats - 1e-6, step)):
        chord = material.chord_at(beat)
        root = lowest + (chord.root - lowest) % 12
        pitch = root if i % 2 == 0 or (step < 1 and not octaves) else root + (12 if octaves else 7)
        events.append(Event(beat, beat + 0.9 * step, pitch, velocity))
    return events


def walking_bass(
    material: Material, *, lowest: int, velocity: int, generator: np.random.Generator
) -> list[Event]:
    """A note a beat: the root where a chord begins, then chord tones, last a semitone below the next root."""
    events = []
    for beat in np.arange(0.0, material.num_beats - 1e-6, 1.0):
        chord, following = material.chord_at(beat), material.chord_at(beat + 1)
        if beat - chord.start < 1e-6:
            pitch_class = chord.root
        elif following is not chord:
            pitch_class = (following.root - 1) % 12
        else:
            pitch_class = int(generator.choice(chord.pitch_classes))
        events.append(Event(beat, beat + 0.95, lowest + (pitch_class - lowest) % 12, velocity))
    return events


def drums(material: Material, *, pattern: str, velocity: int) -> list[Event]:
    """The pattern in every bar, cymbals and accents on its first beat louder."""
    waltz = material.beats_per_bar == 3
    events = []
    for bar in np.arange(0.0, material.num_beats - 1e-6, 3.0 if waltz else 4.0):
        for pitch, patterns in DRUMS[pattern].items():
            for sixteenth in patterns[waltz]:
                beat = bar + sixteenth / 4
                if beat < material.num_beats and (pitch != CRASH or int(bar) % 32 == 0):
                    loudness = velocity if sixteenth % 4 == 0 else velocity - 18
                    events.append(Event(beat, beat + 0.2, pitch, loudness))
    return events
