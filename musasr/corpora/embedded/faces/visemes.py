"""What a mouth does while phonemes are spoken: how far it opens, how wide it is, picture by picture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

CLOCK = 200  # steps a second on which targets are smoothed
SMOOTHING_SECONDS = 0.07  # of the lips' way from one target to the next
Phoneme = tuple[str, float, float]


class Mouth(NamedTuple):
    """Opening (0 closed, 1 wide open) and width (1 at rest)."""

    opening: float
    width: float


REST, CLOSED = Mouth(0.04, 1.0), Mouth(0.0, 0.95)
VOWELS = {
    "a": Mouth(1.0, 1.05),
    "i": Mouth(0.35, 1.3),
    "u": Mouth(0.3, 0.7),
    "e": Mouth(0.6, 1.2),
    "o": Mouth(0.7, 0.75),
}
DEVOICED = {vowel.upper(): Mouth(mouth.opening / 2, mouth.width) for vowel, mouth in VOWELS.items()}
OTHERS = {
    **dict.fromkeys(("sil", "pau"), REST),
    **dict.fromkeys(("m", "b", "p", "my", "by", "py"), CLOSED),
    **dict.fromkeys(("f", "v", "cl", "N"), Mouth(0.12, 1.0)),
    "w": Mouth(0.2, 0.6),
}
CONSONANT = Mouth(0.22, 1.05)  # made behind the teeth


def target(phoneme: str) -> Mouth:
    """What the mouth is on its way to."""
    return (VOWELS | DEVOICED | OTHERS).get(phoneme, CONSONANT)


def mouth_curve(phonemes: Sequence[Phoneme], *, num_pictures: int, pictures_per_second: int) -> np.ndarray:
    """Opening and width in the middle of each picture, (num_pictures, 2).

    Args:
        phonemes: (phoneme, start, end) in order, seconds; before and after them the mouth rests.
        num_pictures: How many.
        pictures_per_second: As it says.
    """
    steps = np.arange(round(num_pictures / pictures_per_second * CLOCK) + 1) / CLOCK
    curve = np.tile(np.array(REST), (len(steps), 1))
    for name, start, end in phonemes:
        curve[(steps >= start) & (steps < end)] = target(name)
    size = round(SMOOTHING_SECONDS * CLOCK) | 1
    weights = np.hanning(size + 2)[1:-1]
    padded = np.pad(curve, ((size // 2, size // 2), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(one, weights / weights.sum(), "valid") for one in padded.T], axis=1)
    middles = (np.arange(num_pictures) + 0.5) / pictures_per_second
    return smooth[np.round(middles * CLOCK).astype(int)]
