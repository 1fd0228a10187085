"""What a face looks like: shapes and colours, a function of who it is; it says nothing of the voice."""

import random
from dataclasses import dataclass

Colour = tuple[float, float, float]  # luma and both chromas, of 255


@dataclass(frozen=True)
class Identity:
    """A face; lengths are fractions of the picture's side.

    Attributes:
        width, height: Half axes of the face.
        skin, hair, lips, iris, ground: Colours.
        hair_line: Where the hair ends above the eyes.
        eye_distance, eye_size, eye_height: Of the eyes; height below the picture's middle is positive.
        brow: Thickness.
        nose: Length.
        mouth_width, mouth_height, lip: Half width at rest, place below the middle, thickness.
        opening: Factor on how far the mouth opens.
        has_beard, has_glasses: As said.
    """

    width: float
    height: float
    skin: Colour
    hair: Colour
    lips: Colour
    iris: Colour
    ground: Colour
    hair_line: float
    eye_distance: float
    eye_size: float
    eye_height: float
    brow: float
    nose: float
    mouth_width: float
    mouth_height: float
    lip: float
    opening: float
    has_beard: bool
    has_glasses: bool


def make_identity(seed: int, speaker_id: str) -> Identity:
    """The face of a speaker: a function of the seed and the id."""
    drawn = random.Random(f"{seed} face {speaker_id}")
    between = drawn.uniform
    skin = between(110, 215)
    return Identity(
        width=between(0.29, 0.36),
        height=between(0.38, 0.44),
        skin=(skin, between(108, 120), between(140, 152)),
        hair=(between(25, 130), between(112, 130), between(126, 148)),
        lips=(skin * between(0.5, 0.72), between(112, 122), between(152, 172)),
        iris=(between(30, 100), between(115, 145), between(115, 130)),
        ground=(between(40, 200), between(100, 156), between(100, 156)),
        hair_line=between(0.2, 0.27),
        eye_distance=between(0.11, 0.15),
        eye_size=between(0.04, 0.055),
        eye_height=between(-0.1, -0.05),
        brow=between(0.008, 0.02),
        nose=between(0.09, 0.14),
        mouth_width=between(0.085, 0.12),
        mouth_height=between(0.19, 0.23),
        lip=between(0.014, 0.026),
        opening=between(0.85, 1.15),
        has_beard=drawn.random() < 0.25,
        has_glasses=drawn.random() < 0.2,
    )
