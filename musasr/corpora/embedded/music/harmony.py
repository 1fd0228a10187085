"""Chords under a melody, or out of a full score: the accompaniment's ground plan."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musasr.corpora.embedded.music.scores import Note

QUALITIES = {"major": (0, 4, 7), "minor": (0, 3, 7), "dominant": (0, 4, 7, 10), "half": (0, 3, 6, 10)}
MAJOR_KEY = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR_KEY = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""Krumhansl and Kessler's probe-tone profiles."""


@dataclass(frozen=True)
class Chord:
    """A chord that holds from `start` to `end` (beats); root is a pitch class."""

    start: float
    end: float
    root: int
    quality: str

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The chord's members as pitch classes, root first."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])

    def voicing(self, lowest: int) -> tuple[int, ...]:
        """The members as the closest MIDI pitches at or above `lowest`, ascending."""
        return tuple(sorted(lowest + (pitch - lowest) % 12 for pitch in self.pitch_classes))


def harmonise(notes: Sequence[Note], *, num_beats: float, slot: float) -> list[Chord]:
    """The likeliest chord sequence, one chord a slot (Viterbi).

    A chord's evidence is the time its members sound less the time of foreign notes; moves to the same chord
    and by a falling fifth are favoured, chords of the key too.

    Args:
        notes: Everything that sounds, in beats.
        num_beats: Length of the piece.
        slot: Beats a chord holds.

    Returns:
        Chords that tile [0, num_beats).
    """
    num_slots = max(1, int(np.ceil(num_beats / slot - 1e-6)))
    weights = _pitch_class_times(notes, num_slots=num_slots, slot=slot)
    states = [(root, quality) for root in range(12) for quality in QUALITIES]
    key = estimate_key(weights.sum(axis=0))
    evidence = _evidence(weights / slot, states, key)
    path = _viterbi(evidence, _moves(states))
    return [Chord(i * slot, min((i + 1) * slot, num_beats), *states[state]) for i, state in enumerate(path)]


def estimate_key(times: np.ndarray) -> tuple[int, bool]:
    """(tonic pitch class, is major) whose profile correlates best with the time each pitch class sounds."""
    if np.ptp(times) == 0:
        return 0, True
    scores = [
        (np.corrcoef(times, np.roll(profile, tonic))[0, 1], tonic, is_major)
        for tonic in range(12)
        for profile, is_major in ((MAJOR_KEY, True), (MINOR_KEY, False))
    ]
    _, tonic, is_major = max(scores)
    return tonic, is_major


def _pitch_class_times(notes: Sequence[Note], *, num_slots: int, slot: float) -> np.ndarray:
    """(slots, 12): beats for which each pitch class sounds in each slot; notes on its start count double."""
    weights = np.zeros((num_slots, 12))
    for note in notes:
        for i in range(int(note.start / slot), min(num_slots, int(np.ceil(note.end / slot)))):
            overlap = min(note.end, (i + 1) * slot) - max(note.start, i * slot)
            accent = 2.0 if abs(note.start - i * slot) < 1e-3 else 1.0
            weights[i, note.pitch % 12] += accent * max(0.0, overlap)
    return weights


def _evidence(weights: np.ndarray, states: list[tuple[int, str]], key: tuple[int, bool]) -> np.ndarray:
    """(slots, states) log-like scores."""
    tonic, is_major = key
    scale = {
        (tonic + step) % 12 for step in ((0, 2, 4, 5, 7, 9, 11) if is_major else (0, 2, 3, 5, 7, 8, 10, 11))
    }
    columns = []
    for root, quality in states:
        members = [(root + step) % 12 for step in QUALITIES[quality]]
        inside = weights[:, members].sum(axis=1)
        diatonic = sum(member in scale for member in members) / len(members)
        rare = {"dominant": -0.25, "half": -0.5}.get(quality, 0.0)
        tonic_bonus = 0.15 if root == tonic else 0.0
        columns.append(2.0 * inside - weights.sum(axis=1) + 1.5 * (diatonic - 1.0) + rare + tonic_bonus)
    return np.stack(columns, axis=1)


def _moves(states: list[tuple[int, str]]) -> np.ndarray:
    """(from, to) bonus of each move."""
    roots = np.array([root for root, _ in states])
    falling_fifth = (roots[None, :] - roots[:, None]) % 12 == 5
    return 0.3 * np.eye(len(states)) + 0.3 * falling_fifth


def _viterbi(evidence: np.ndarray, moves: np.ndarray) -> list[int]:
    best, back = evidence[0], []
    for row in evidence[1:]:
        candidates = best[:, None] + moves
        back.append(candidates.argmax(axis=0))
        best = candidates.max(axis=0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]
