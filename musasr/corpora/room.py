"""Whether a disk has room for the wavs of a corpus: looked at before the first is made."""

from functools import lru_cache
from pathlib import Path

from musasr import audio
from musasr.errors import DataError, check_room

SAMPLE_BYTES = 2


def check_room_for_wavs(folder: Path, seconds: float, what: str, *, sampling_rate: int) -> None:
    """See that a disk has room for mono 16-bit wavs.

    Args:
        folder: Where they go; it need not be there yet.
        seconds: How long they are in all, about.
        what: What they are, as messages call it.
        sampling_rate: Hz.

    Raises:
        StateError: Less is free.
    """
    check_room(folder, seconds * sampling_rate * SAMPLE_BYTES, what)


@lru_cache(maxsize=1)  # a recording has many utterances, one after the other
def seconds_of(path: Path, *, stream: int = 0) -> float:
    """How long a recording says that it is; 0 where it does not: whoever reads it will say why."""
    try:
        return audio.probe(path, stream=stream).duration
    except (DataError, OSError):
        return 0.0
