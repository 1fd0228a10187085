"""How a head moves while it speaks, and when it blinks: nothing of it follows the words."""

import math
import random
from dataclasses import dataclass

import numpy as np

SWAY, TILT, ZOOM = 0.02, 0.07, 0.03  # largest, of the picture's side, radians, of 1
SLOWEST, FASTEST = 0.15, 0.6  # Hz
BLINK_SECONDS, BLINK_EVERY = 0.2, (1.5, 5.0)


@dataclass(frozen=True)
class Pose:
    """Where a head is in a picture: moved, turned (radians), enlarged; eyes open from 0 to 1."""

    x: float
    y: float
    tilt: float
    zoom: float
    eyes: float


def move(key: str, *, num_pictures: int, pictures_per_second: int) -> list[Pose]:
    """The poses of a clip, a function of its key."""
    drawn = random.Random(f"{key} motion")
    times = np.arange(num_pictures) / pictures_per_second
    curves = [
        most * np.sin(2 * math.pi * (drawn.uniform(SLOWEST, FASTEST) * times + drawn.random()))
        for most in (SWAY, SWAY, TILT, ZOOM)
    ]
    eyes = np.ones(num_pictures)
    blink = drawn.uniform(0, BLINK_EVERY[1])
    while blink < times[-1]:
        # Shut in the middle of a blink, open at both its ends.
        eyes = np.minimum(eyes, np.clip(np.abs(times - blink) / (BLINK_SECONDS / 2), 0, 1))
        blink += drawn.uniform(*BLINK_EVERY)
    x, y, tilt, zoom = curves
    return [Pose(*map(float, one)) for one in zip(x, y, tilt, 1 + zoom, eyes, strict=True)]
