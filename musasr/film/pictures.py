"""What is seen in a film: the scene's number, on a ground that tells its kind, and a bar that moves."""

from collections.abc import Iterator

import numpy as np

from musasr.recipe.filming import MUSIC, SILENCE, SONG, SPEECH

# Ten digits of 3 by 5 dots, row by row.
DOTS = (
    "111101101101111",
    "010110010010111",
    "111001111100111",
    "111001111001111",
    "101101111001001",
    "111100111001111",
    "111100111101111",
    "111001001001001",
    "111101111101111",
    "111101111001111",
)
DOT_ROWS, DOT_COLUMNS = 5, 3
GROUND, INK, BAR = 48, 235, 150
# Chroma of the ground: blue-difference and red-difference.
TINTS = {SPEECH: (128, 128), MUSIC: (160, 112), SILENCE: (112, 120), SONG: (112, 160)}
BAR_WIDTH, BAR_STEP = 6, 4  # pixels


def draw_scene(
    number: int, kind: str, *, size: tuple[int, int], first: int, num_pictures: int
) -> Iterator[np.ndarray]:
    """Yield a scene's pictures, each (3 height / 2, width) uint8 in the planes of yuv420p.

    Args:
        number: Of the scene, which is shown.
        kind: speech, music, silence or song.
        size: Width and height in pixels, both even.
        first: Number of the first picture in the film: the bar moves on from scene to scene.
        num_pictures: How many.
    """
    width, height = size
    ground = np.full((height, width), GROUND, np.uint8)
    _write(ground, number)
    # Two planes of half the width and height, one behind the other in rows of the whole width.
    chroma = np.repeat(np.array(TINTS[kind], np.uint8), height * width // 4).reshape(-1, width)
    for index in range(first, first + num_pictures):
        light = ground.copy()
        at = BAR_STEP * index % (width - BAR_WIDTH)
        light[-height // 8 :, at : at + BAR_WIDTH] = BAR
        yield np.concatenate([light, chroma])


def _write(picture: np.ndarray, number: int) -> None:
    """Write a number in the middle of a picture (height, width), as large as it fits."""
    digits = [
        np.array(list(DOTS[int(digit)]), int).reshape(DOT_ROWS, DOT_COLUMNS).astype(bool)
        for digit in str(number)
    ]
    dots = np.concatenate([np.pad(digit, ((0, 0), (0, 1))) for digit in digits], axis=1)[:, :-1]
    height, width = picture.shape
    scale = max(1, min(height // (2 * DOT_ROWS), (width - 8) // dots.shape[1]))
    large = dots.repeat(scale, axis=0).repeat(scale, axis=1)
    top, left = (height - large.shape[0]) // 2, (width - large.shape[1]) // 2
    picture[top : top + large.shape[0], left : left + large.shape[1]][large] = INK
