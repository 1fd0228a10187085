"""Where faces stand in a picture: boxes given by a person, or a row a picture by a detector."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr.errors import ConfigError, DataError


@dataclass(frozen=True)
class Box:
    """A part of a picture, in fractions of its width and height from the top left."""

    x: float
    y: float
    width: float
    height: float


WHOLE_PICTURE = Box(0.0, 0.0, 1.0, 1.0)
FORM = "give x,y,width,height in fractions of the picture, such as 0,0,0.5,1"


def parse_layout(text: str, *, where: object = "--faces") -> list[Box]:
    """The boxes of ``x,y,w,h;x,y,w,h``, from left to right by their middles.

    Raises:
        ConfigError: There is none, or it is spelt otherwise or lies outside the picture.
    """
    boxes = [_parse_box(part, where) for part in text.split(";") if part.strip()]
    if not boxes:
        raise ConfigError("no face is given", where=where, mend=FORM)
    return sorted(boxes, key=lambda box: box.x + box.width / 2)


def _parse_box(text: str, where: object) -> Box:
    try:
        box = Box(*(float(part) for part in text.split(",")))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{text!r} is no box", where=where, mend=FORM) from error
    values = (box.x, box.y, box.width, box.height)
    is_inside = min(box.x, box.y) >= 0 and box.x + box.width <= 1 + 1e-6 and box.y + box.height <= 1 + 1e-6
    if not all(map(math.isfinite, values)) or min(box.width, box.height) <= 0 or not is_inside:
        raise ConfigError(f"the box {text!r} is not within the picture", where=where, mend=FORM)
    return box


class FixedFace:
    """A face that stays where it is."""

    def __init__(self, box: Box):
        """Say where."""
        self.box = box

    def at(self, picture: int) -> Box | None:
        """The face in a picture (from 0)."""
        return self.box


class DetectedFace:
    """A face as a detector found it: rows ``picture x y width height``, by tabs; some pictures may lack."""

    def __init__(self, path: Path):
        """Read the rows.

        Raises:
            DataError: The file is missing, or a row is no such.
        """
        self._boxes: dict[int, Box] = {}
        if not path.is_file():
            raise DataError("there are no boxes of a face", where=path, mend="detect the face first")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                picture, *values = line.split("\t")
                self._boxes[int(picture)] = Box(*map(float, values))
            except (TypeError, ValueError) as error:
                what = f"line {number} is no box"
                raise DataError(what, where=path, mend="give picture, x, y, width, height by tabs") from error

    def at(self, picture: int) -> Box | None:
        """The face in a picture (from 0 at the clip's start, at the model's rate); None: it was not found."""
        return self._boxes.get(picture)


class TrackedFace:
    """A face that was followed through a film; some pictures may lack."""

    def __init__(self, numbers: np.ndarray, boxes: np.ndarray):
        """Hold where it is.

        Args:
            numbers: Of the pictures in which it is, (N,), rising.
            boxes: x, y, width, height in them, (N, 4).
        """
        self._numbers, self._boxes = numbers, boxes

    def at(self, picture: int) -> Box | None:
        """The face in a picture (from 0 at the clip's start, at the model's rate); None: it was not found."""
        index = int(np.searchsorted(self._numbers, picture))
        is_there = index < len(self._numbers) and self._numbers[index] == picture
        return Box(*map(float, self._boxes[index])) if is_there else None


type Face = FixedFace | DetectedFace | TrackedFace


def face_of(text: str, folder: Path) -> Face:
    """The face that a clip's table names: "" (the whole picture), a box, or a file from the folder on.

    Raises:
        ConfigError: It is a list of several boxes, or no box.
        DataError: The file is none of boxes.
    """
    if not text:
        return FixedFace(WHOLE_PICTURE)
    if text.endswith(".tsv"):
        return DetectedFace(folder / text)
    (box, *others) = parse_layout(text, where=folder)
    if others:
        raise ConfigError(f"a clip has one face, and {text!r} are several", where=folder, mend=FORM)
    return FixedFace(box)
