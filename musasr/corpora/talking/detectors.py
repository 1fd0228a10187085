"""Faces in a picture, found by a library that is kept by others."""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from musasr.corpora.talking.layout import Box
from musasr.errors import ConfigError

CASCADE = "haarcascade_frontalface_default.xml"
INSTALL = "pip install .[faces]"
LARGEST_SIDE = 480  # pixels; a larger picture is made smaller: what is looked at grows with its area
LEAST_FRACTION = 1 / 8  # of a picture's height that a face has at least
SCALE_STEP, LEAST_NEIGHBOURS = 1.1, 5  # from one size that is tried to the next; hits that make a face

type Detector = Callable[[np.ndarray], list[Box]]


def check_detector(name: str, *, where: object) -> None:
    """See that a detector is there, without loading it.

    Raises:
        ConfigError: Its package is not installed, or brings no cascades.
    """
    package = find_spec("cv2")
    if package is None:
        raise ConfigError(f"{name} is OpenCV's, which is not installed", where=where, mend=INSTALL)
    if not any((Path(place) / "data" / CASCADE).is_file() for place in package.submodule_search_locations):
        raise ConfigError("this OpenCV brings no cascades, as from 5.0 on", where=where, mend=INSTALL)


@cache
def detector_of(name: str) -> Detector:
    """A detector by its name, loaded once."""
    return DETECTORS[name]()


class Haar:
    """The cascade of Viola and Jones (2001) for faces seen from the front, as OpenCV brings it."""

    def __init__(self):
        """Load it."""
        import cv2

        # Where several threads find faces their order is not always one, and other processes have the cores.
        cv2.setNumThreads(1)
        self._cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / CASCADE))

    def __call__(self, picture: np.ndarray) -> list[Box]:
        """The faces of a grey picture (height, width) uint8."""
        import cv2

        factor = min(1.0, LARGEST_SIDE / max(picture.shape))
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        height, width = small.shape
        least = round(LEAST_FRACTION * height)
        found = self._cascade.detectMultiScale(
            small, scaleFactor=SCALE_STEP, minNeighbors=LEAST_NEIGHBOURS, minSize=(least, least)
        )
        return [
            Box(float(x / width), float(y / height), float(w / width), float(h / height))
            for x, y, w, h in found
        ]


DETECTORS: dict[str, Callable[[], Detector]] = {"haar": Haar}
