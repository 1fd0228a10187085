"""Tunes of our own in a drawn mode: four parts over a progression, a melody of a motif and its variants."""

from collections.abc import Sequence

import numpy as np

from musasr.corpora.embedded.music.scores import Note, Score

SCALES = {False: (0, 2, 4, 5, 7, 9, 11), True: (0, 2, 3, 5, 7, 8, 10)}
PROGRESSIONS = {
    False: ((0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 5, 3), (0, 3, 0, 4), (0, 1, 4, 0), (0, 2, 3, 4)),
    True: ((0, 3, 4, 0), (0, 5, 2, 6), (0, 6, 5, 4), (0, 3, 0, 4), (0, 5, 3, 4), (0, 2, 6, 4)),
}
"""Degrees of the scale from 0, one a bar, by whether the mode is minor; the dominant is major in both."""

RHYTHMS = {
    4: ((1, 1, 1, 1), (2, 1, 1), (1, 0.5, 0.5, 2), (1.5, 0.5, 1, 1), (0.5,) * 8, (1, 1, 0.5, 0.5, 1)),
    3: ((1, 1, 1), (2, 1), (1, 0.5, 0.5, 1), (0.5,) * 6, (1.5, 0.5, 1)),
}
PHRASES = 4  # of one bar for each chord of the progression
LOWEST = {"melody": 67, "alto": 60, "tenor": 52, "bass": 40}  # MIDI pitches
HIGHEST = 86  # of the melody: what lies above comes an octave lower


def compose(name: str, *, is_minor: bool, generator: np.random.Generator) -> Score:
    """A tune of sixteen bars in a drawn key; the last bar is the tonic, the melody comes first.

    Args:
        name: The composition's.
        is_minor: Its mode.
        generator: Source of every draw.
    """
    tonic = int(generator.integers(12))
    bar = 3 if generator.random() < 0.2 else 4
    progression = PROGRESSIONS[is_minor][int(generator.integers(len(PROGRESSIONS[is_minor])))]
    degrees = [*(progression * PHRASES)[:-1], 0]
    motif = _motif(bar, generator)
    melody, parts = [], {part: [] for part in ("alto", "tenor", "bass")}
    for number, degree in enumerate(degrees):
        chord = _chord(degree, is_minor=is_minor)
        start = float(number * bar)
        steps = motif if number % 4 != 3 else _motif(bar, generator)
        melody += _melody_bar(steps, degree, chord, tonic, start, is_minor=is_minor)
        for part, member in zip(parts, (chord[1], chord[2], chord[0]), strict=True):
            parts[part].append(Note(start, float(bar), _at_or_above(tonic + member, LOWEST[part])))
    voices = (tuple(melody), *(tuple(notes) for notes in parts.values()))
    return Score(name, voices, float(len(degrees) * bar), float(bar))


def _motif(bar: int, generator: np.random.Generator) -> list[tuple[float, float, int]]:
    """(onset in the bar, duration, steps of the scale from the chord's root) of each note."""
    rhythm = RHYTHMS[bar][int(generator.integers(len(RHYTHMS[bar])))]
    onsets = np.cumsum([0, *rhythm[:-1]])
    place, motif = int(generator.choice((0, 2, 4))), []
    for onset, duration in zip(onsets, rhythm, strict=True):
        motif.append((float(onset), float(duration), place))
        place = int(np.clip(place + generator.choice((-2, -1, -1, 1, 1, 2)), -2, 7))
    return motif


def _melody_bar(
    motif: Sequence[tuple[float, float, int]],
    degree: int,
    chord: Sequence[int],
    tonic: int,
    start: float,
    *,
    is_minor: bool,
) -> list[Note]:
    """The motif over a chord: its first note a member of it, the others of the scale."""
    notes = []
    for index, (onset, duration, place) in enumerate(motif):
        octave, step = divmod(degree + place, 7)
        pitch = SCALES[is_minor][step]
        if index == 0:
            pitch = min(chord, key=lambda member: abs((member - pitch + 6) % 12 - 6)) % 12
        lifted = _at_or_above(tonic + pitch, LOWEST["melody"]) + 12 * max(0, octave - degree // 7)
        notes.append(Note(start + onset, duration, lifted - 12 if lifted > HIGHEST else lifted))
    return notes


def _chord(degree: int, *, is_minor: bool) -> tuple[int, int, int]:
    """Root, third and fifth in semitones from the tonic; the dominant's third leads to the tonic."""
    scale = SCALES[is_minor]
    root, third, fifth = (scale[(degree + step) % 7] for step in (0, 2, 4))
    return root, 11 if degree == 4 else third, fifth


def _at_or_above(pitch: int, lowest: int) -> int:
    return lowest + (pitch - lowest) % 12
