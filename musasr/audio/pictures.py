"""What a film shows at even times, whatever the rate of its pictures, on the clock that a player shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musasr.audio.containers import opened, zero_of
from musasr.audio.formats import existing, is_sndfile
from musasr.errors import DataError

if TYPE_CHECKING:
    import av

NO_PICTURE = "shows no moving picture"


def stream_pictures(
    path: str | Path, *, pictures_per_second: int, start: float = 0.0, end: float | None = None
) -> Iterator[np.ndarray]:
    """Yield grey pictures (height, width) uint8: number n is what is shown in the middle of its time.

    Before the first picture of the film that one is shown, and no more follow its last.

    Args:
        path: The film, which has sound too.
        pictures_per_second: Of what comes out.
        start: Second of the film at which the first of them begins.
        end: Second at which the last one ends; None: the film's end.

    Raises:
        DataError: The file is missing or broken, or has no sound, or no moving picture.
    """
    path = existing(path)
    if is_sndfile(path):
        raise DataError(NO_PICTURE, where=path, mend="name a film")
    number, shown = 0, None
    last = None if end is None else round((end - start) * pictures_per_second)
    for time, until, picture in _timed(path):
        shown = picture if shown is None else shown
        while (last is None or number < last) and (middle := start + (number + 0.5) / pictures_per_second) < (
            until
        ):
            yield shown if middle < time else picture
            number += 1
        shown = picture
        if number == last:
            return


def _timed(path: Path) -> Iterator[tuple[float, float, np.ndarray]]:
    """Yield (begin, end, grey picture) in the order in which they are shown; times in seconds."""
    with opened(path) as (container, _):
        video = _picture_stream(path, container)
        zero, usual = zero_of(container), 1 / float(video.average_rate or 25)
        waiting = None
        for frame in container.decode(video):
            if frame.pts is None:
                continue
            time = float(frame.pts * frame.time_base) - zero
            if waiting is not None:
                yield waiting[0], time, waiting[1]
            # One thread: what has more waits for them where it is let go of, in a forked process for ever.
            waiting = time, frame.reformat(format="gray", threads=1).to_ndarray()
        if waiting is None:
            raise DataError(NO_PICTURE, where=path, mend="name a film")
        yield waiting[0], waiting[0] + usual, waiting[1]


def _picture_stream(path: Path, container: "av.container.InputContainer") -> "av.VideoStream":
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise DataError(NO_PICTURE, where=path, mend="name a film")
