"""What a model is shown of a test mixture: the right faces, or what should make it fail."""

from collections.abc import Callable, Sequence

import numpy as np

from musasr.looking_to_listen.mixtures import Mixer, Part

RIGHT, SWAPPED, STRANGER = "right faces", "faces swapped", "another person's face"
type Shown = Callable[[Mixer, Sequence[Part], np.ndarray, np.random.Generator], np.ndarray]


def controls_of(offset_pictures: int) -> dict[str, Shown]:
    """What is shown, by name: the right faces first. For another person's there must be one in the test set.

    Args:
        offset_pictures: By how many the picture comes too late, or too early.
    """
    return {
        RIGHT: lambda mixer, parts, faces, random: faces,
        SWAPPED: lambda mixer, parts, faces, random: np.roll(faces, 1, axis=0),
        "a still face": lambda mixer, parts, faces, random: np.repeat(faces[:, :1], faces.shape[1], axis=1),
        STRANGER: _strangers,
        "no face": lambda mixer, parts, faces, random: np.zeros_like(faces),
        "picture late": lambda mixer, parts, faces, random: _shift(faces, offset_pictures),
        "picture early": lambda mixer, parts, faces, random: _shift(faces, -offset_pictures),
    }


def _strangers(
    mixer: Mixer, parts: Sequence[Part], faces: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Faces of somebody else, who says something else, in each place."""
    return np.stack([mixer.face(mixer.stranger(parts, random)) for _ in parts])


def _shift(faces: np.ndarray, pictures: int) -> np.ndarray:
    """Faces (S, V, ...) so many pictures later; the first, or the last, stands still meanwhile."""
    index = np.clip(np.arange(faces.shape[1]) - pictures, 0, faces.shape[1] - 1)
    return faces[:, index]
