"""One picture of a talking head: ellipses with soft edges, one over the other."""

import math

import numpy as np

from musasr.corpora.embedded.faces.identities import Colour, Identity
from musasr.corpora.embedded.faces.motion import Pose
from musasr.corpora.embedded.faces.visemes import Mouth

WHITE, DARK, TEETH = (225.0, 128.0, 128.0), (30.0, 124.0, 140.0), (215.0, 124.0, 130.0)
OPENED = 0.075  # how far the widest mouth opens, half, of the picture's side
JAW = 0.05  # how far the chin comes down then


class Canvas:
    """A picture under way: luma and both chromas, in the head's own coordinates, with the middle at 0."""

    def __init__(self, size: int, ground: Colour, pose: Pose):
        """Fill the ground.

        Args:
            size: Pixels of each side.
            ground: Its colour.
            pose: Where the head's middle is, how it is turned and enlarged.
        """
        self.size, self.pose = size, pose
        self.planes = np.empty((3, size, size), np.float32)
        self.planes[:] = np.array(ground, np.float32)[:, None, None]
        self._cos, self._sin = math.cos(pose.tilt), math.sin(pose.tilt)

    def ellipse(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Draw an ellipse with half axes of the picture's side; nothing where one of them is below 0."""
        if min(width, height) <= 0:
            return
        zoom, size = self.pose.zoom, self.size
        middle_x = 0.5 + self.pose.x + zoom * (self._cos * x - self._sin * y)
        middle_y = 0.5 + self.pose.y + zoom * (self._sin * x + self._cos * y)
        reach = zoom * max(width, height) + 2 / size
        rows, columns = (
            slice(max(0, int((middle - reach) * size)), min(size, int((middle + reach) * size) + 2))
            for middle in (middle_y, middle_x)
        )
        down = ((np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / size - middle_y)[:, None]
        right = ((np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5) / size - middle_x)[None]
        along = (self._cos * right + self._sin * down) / (zoom * width)
        across = (self._cos * down - self._sin * right) / (zoom * height)
        distance = (np.sqrt(along**2 + across**2) - 1) * (zoom * min(width, height) * size)
        cover = np.clip(0.5 - distance, 0, 1)
        area = self.planes[:, rows, columns]
        area += cover * (np.array(colour, np.float32)[:, None, None] - area)

    def yuv420p(self) -> np.ndarray:
        """(3 size / 2, size) uint8: luma in full, chromas at half the width and height."""
        luma, *chromas = np.round(self.planes)
        halves = [one.reshape(self.size // 2, 2, self.size // 2, 2).mean(axis=(1, 3)) for one in chromas]
        return np.concatenate([luma, np.stack(halves).reshape(-1, self.size)]).astype(np.uint8)


def draw_head(identity: Identity, pose: Pose, mouth: Mouth, *, size: int) -> np.ndarray:
    """A picture (3 size / 2, size) uint8 in the planes of yuv420p.

    Args:
        identity: Who it is.
        pose: Where the head is.
        mouth: What the mouth does.
        size: Pixels of each side, even.
    """
    canvas = Canvas(size, identity.ground, pose)
    jaw = JAW * mouth.opening
    canvas.ellipse(0, -0.06, identity.width + 0.03, identity.height + 0.01, identity.hair)
    canvas.ellipse(0, jaw / 2, identity.width, identity.height + jaw / 2, identity.skin)
    canvas.ellipse(0, -identity.height, identity.width, identity.height - identity.hair_line, identity.hair)
    if identity.has_beard:
        canvas.ellipse(0, 0.29 + jaw, 0.6 * identity.width, 0.12, identity.hair)
    _draw_eyes(canvas, identity, pose.eyes)
    shadow = _darker(identity.skin, 0.8)
    canvas.ellipse(0, identity.eye_height + identity.nose, 0.028, 0.5 * identity.nose, shadow)
    _draw_mouth(canvas, identity, mouth)
    return canvas.yuv420p()


def _draw_eyes(canvas: Canvas, identity: Identity, opened: float) -> None:
    size = identity.eye_size
    for side in (-1, 1):
        x, y = side * identity.eye_distance, identity.eye_height
        if identity.has_glasses:
            canvas.ellipse(x, y, 1.7 * size, 1.5 * size, DARK)
            canvas.ellipse(x, y, 1.7 * size - 0.012, 1.5 * size - 0.012, identity.skin)
        canvas.ellipse(x, y, size, 0.1 * size + 0.5 * size * opened, _darker(identity.skin, 0.6))
        canvas.ellipse(x, y, 0.9 * size, 0.5 * size * opened, WHITE)
        canvas.ellipse(x, y, 0.42 * size, min(0.42, 0.5 * opened) * size, identity.iris)
        canvas.ellipse(x, y - 1.7 * size, 1.3 * size, identity.brow, identity.hair)


def _draw_mouth(canvas: Canvas, identity: Identity, mouth: Mouth) -> None:
    """Lips, the dark between them, and the upper teeth."""
    width = identity.mouth_width * mouth.width
    opening = OPENED * identity.opening * mouth.opening
    y = identity.mouth_height + 0.6 * opening
    canvas.ellipse(0, y, width, opening + identity.lip, identity.lips)
    canvas.ellipse(0, y, 0.85 * width, opening, DARK)
    canvas.ellipse(0, y - 0.62 * opening, 0.6 * width, 0.25 * opening, TEETH)


def _darker(colour: Colour, factor: float) -> Colour:
    return factor * colour[0], colour[1], colour[2]
