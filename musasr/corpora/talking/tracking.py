"""Faces of single pictures joined to those of a film, and which of them speak."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from musasr.corpora.talking.detectors import Detector
from musasr.corpora.talking.layout import Box, TrackedFace
from musasr.corpora.talking.tracks import MAX_MISSING_FRACTION
from musasr.errors import DataError

LEAST_OVERLAP = 0.3  # intersection over union of one face in two pictures
PATIENCE = 50  # pictures without it, after which a face that was mostly missing is forgotten
SMOOTHING = 5  # pictures on either side whose boxes are averaged: a detector's tremble is no movement


class Track:
    """A face that was found again and again: 20 bytes a picture, for films of hours."""

    def __init__(self, number: int, box: Box):
        """Begin with a picture."""
        self._numbers, self._boxes = array("i"), array("f")
        self.add(number, box)

    def __len__(self) -> int:
        """In how many pictures it was found."""
        return len(self._numbers)

    def add(self, number: int, box: Box) -> None:
        """Say where it is in a picture."""
        self._numbers.append(number)
        self._boxes.extend((box.x, box.y, box.width, box.height))
        self.last, self.last_number = box, number

    def face(self) -> TrackedFace:
        """Where it is, its boxes averaged over time; missing where it was not found."""
        numbers = np.array(self._numbers)
        boxes = np.array(self._boxes, np.float64).reshape(-1, 4)
        sums = np.concatenate([np.zeros((1, 4)), np.cumsum(boxes, axis=0)])
        begin = np.searchsorted(numbers, numbers - SMOOTHING)
        end = np.searchsorted(numbers, numbers + SMOOTHING, side="right")
        return TrackedFace(numbers, (sums[end] - sums[begin]) / (end - begin)[:, None])

    def middle(self) -> tuple[float, float]:
        """Of all its boxes."""
        x, y, width, height = np.array(self._boxes).reshape(-1, 4).mean(axis=0)
        return float(x + width / 2), float(y + height / 2)


@dataclass(frozen=True)
class Tracks:
    """What was found in a film.

    Attributes:
        tracks: The faces.
        num_pictures: Of the film.
    """

    tracks: list[Track]
    num_pictures: int

    def lasting(self) -> list[Track]:
        """Those that are there in enough of the pictures, from left to right."""
        least = (1 - MAX_MISSING_FRACTION) * self.num_pictures
        found = [track for track in self.tracks if len(track) >= least]
        return sorted(found, key=lambda track: track.middle()[0])


def track_faces(pictures: Iterable[np.ndarray], detect: Detector) -> Tracks:
    """Follow the faces of pictures: a face is the one before whose box overlaps its own most.

    Args:
        pictures: Grey, (height, width) uint8.
        detect: Finds the faces of one.
    """
    tracks: list[Track] = []
    number = -1
    for number, picture in enumerate(pictures):
        _join(tracks, number, detect(picture))
        tracks = [
            track
            for track in tracks
            if number - track.last_number < PATIENCE or len(track) > (number + 1) / 2
        ]
    return Tracks(tracks, number + 1)


def _join(tracks: list[Track], number: int, boxes: list[Box]) -> None:
    """Add a picture's boxes to the tracks that they overlap most, one each; the others begin tracks."""
    pairs = [(overlap(track.last, box), track, box) for track in tracks for box in boxes]
    free_tracks, free_boxes = list(tracks), list(boxes)
    for fraction, track, box in sorted(pairs, key=lambda pair: -pair[0]):
        if fraction >= LEAST_OVERLAP and track in free_tracks and box in free_boxes:
            track.add(number, box)
            free_tracks.remove(track)
            free_boxes.remove(box)
    tracks.extend(Track(number, box) for box in free_boxes)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one.width * one.height + other.width * other.height - shared)


def faces_throughout(tracks: Tracks, num_faces: int, *, where: object) -> list[TrackedFace]:
    """So many faces that are there throughout a film, from left to right.

    Raises:
        DataError: There are more, or fewer.
    """
    lasting = tracks.lasting()
    if len(lasting) != num_faces:
        what = f"{len(lasting)} faces are found throughout, and the model separates {num_faces}"
        raise DataError(what, where=where, mend="say where they stand: --faces x,y,width,height;...")
    return [track.face() for track in lasting]


def face_of_clip(tracks: Tracks, place: Box | None, *, where: object) -> TrackedFace:
    """The face of who speaks in a clip: the one at its place, or the only one.

    Args:
        tracks: What was found.
        place: Where the collection says that its middle is; None: it says nothing.
        where: The film.

    Raises:
        DataError: None is found (there), or several and nothing says which.
    """
    found = [track for track in tracks.tracks if place is None or _is_within(track.middle(), place)]
    if not found:
        what = "no face is found" if place is None else "no face is found where it should be"
        raise DataError(what, where=where, mend="leave the clip out, or say where the face is")
    lasting = [track for track in tracks.lasting() if track in found]
    if len(lasting) > 1 and place is None:
        what = f"{len(lasting)} faces are found, and nothing says whose the voice is"
        raise DataError(what, where=where, mend="leave the clip out, or say where the face is")
    return max(found, key=len).face()


def _is_within(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    return 0 <= x - box.x <= box.width and 0 <= y - box.y <= box.height
