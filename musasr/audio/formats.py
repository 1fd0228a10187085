"""Audio files through libsndfile; what a file is before either of the two readers opens it."""

import os
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musasr.errors import DataError

if TYPE_CHECKING:
    from soundfile import SoundFile

BLOCK = 1 << 18
"""Samples of a channel that are decoded at once where a file is not read as a whole."""
# libsndfile's log of a wav whose header promises more bytes than the file has; from about 2^31 on the writer
# did not know the length (a pipe), and what is there is all there is.
_TRUNCATED = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
_UNKNOWN_LENGTH = 0x7FF00000
RATES = range(4000, 768_001)  # Hz: no speech is left below, and no recorder goes beyond
_HEAD = 1024  # bytes that tell text from sound
_STEP = np.float32(2**-15)  # of 16 bits


def existing(path: str | Path) -> Path:
    """The path of a file that may be read.

    Raises:
        DataError: It is missing, a folder, or empty, or libraries could not take its name.
    """
    path = Path(path)
    if not str(path).isascii() and os.fsencode(path) != str(path).encode(errors="replace"):
        name = os.fsencode(path).decode(errors="backslashreplace")
        raise DataError("its name is not UTF-8", where=name, mend="rename it")
    if path.is_dir():
        raise DataError("is a folder, not an audio file", where=path, mend="name a file in it")
    if not path.is_file():
        raise DataError("no such audio file", where=path, mend="check the path")
    if path.stat().st_size == 0:
        raise DataError("the file is empty (0 bytes)", where=path, mend="make the file again")
    return path


def check_rate(path: Path, rate: int) -> None:
    """See that a file's rate is one that speech or music can have: a header may say anything.

    Raises:
        DataError: It is not.
    """
    if rate not in RATES:
        what = f"the rate is {rate} Hz, not {RATES[0]} to {RATES[-1]}"
        raise DataError(what, where=path, mend="make the file again at 16000 Hz or more")


def is_text(path: Path) -> bool:
    """Whether a file begins as text does: a playlist, a page, subtitles under another name."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        text = getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\n\r\f\ufeff" for character in text)


def open_sndfile(path: Path) -> "SoundFile | None":
    """A file that libsndfile can open, to be closed by the caller; None where it cannot."""
    import soundfile

    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        return None


def is_sndfile(path: Path) -> bool:
    """Whether libsndfile can open a file."""
    file = open_sndfile(path)
    if file is None:
        return False
    file.close()
    return True


def read_sndfile(path: Path, file: "SoundFile", start: float, end: float | None) -> tuple[np.ndarray, int]:
    """Return the mono samples (T,) between two times in seconds, as far as the file goes, and its rate in Hz.

    Args:
        path: The file's, for messages.
        file: The same, open.
        start: Seconds.
        end: Seconds; None: the file's end.

    Raises:
        DataError: The file is broken or cut off, or its rate is none of `RATES`.
    """
    import soundfile

    try:
        _check_whole(path, file.extra_info)
        check_rate(path, file.samplerate)
        rate = file.samplerate
        first, last, _ = span(start, end, rate).indices(file.frames)
        file.seek(first)
        samples = _read_floats(file, max(0, last - first))
    except soundfile.LibsndfileError as error:
        raise DataError(
            f"broken audio ({error.error_string})", where=path, mend="make the file again"
        ) from error
    if len(samples) < last - first:
        what = f"broken audio: {len(samples)} of {last - first} samples can be decoded"
        raise DataError(what, where=path, mend="make the file again")
    return samples if samples.ndim == 1 else samples.mean(axis=1), rate


def _read_floats(file: "SoundFile", num_samples: int) -> np.ndarray:
    """The next samples, float32 (T,) or (T, channels)."""
    if file.subtype == "PCM_16":  # the same numbers, in a fifth of the time that libsndfile takes for them
        return np.multiply(file.read(num_samples, dtype="int16"), _STEP, dtype=np.float32)
    return file.read(num_samples, dtype="float32")


def decode_sndfile(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (block (channels, T), rate): the whole file.

    Raises:
        DataError: The file is broken or cut off, or its rate is none of `RATES`.
    """
    import soundfile

    decoded = 0
    try:
        with soundfile.SoundFile(path) as file:
            _check_whole(path, file.extra_info)
            check_rate(path, file.samplerate)
            # Not file.blocks: it fills up what cannot be decoded with what was there before.
            while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
                decoded += len(block)
                yield block.T, file.samplerate
            promised = file.frames
    except soundfile.LibsndfileError as error:
        raise DataError(
            f"broken audio ({error.error_string})", where=path, mend="make the file again"
        ) from error
    if decoded < promised:
        what = f"broken audio: {decoded} of {promised} samples can be decoded"
        raise DataError(what, where=path, mend="make the file again")


def _check_whole(path: Path, log: str) -> None:
    match = _TRUNCATED.search(log)
    promised, found = map(int, match.groups()) if match else (0, 0)
    if found < promised < _UNKNOWN_LENGTH:
        what = f"broken audio: the file is cut off ({found} of {promised} bytes)"
        raise DataError(what, where=path, mend="copy or make the file again")


def span(start: float, end: float | None, rate: int) -> slice:
    """Return the samples between two times in seconds, of which one below 0 counts as 0."""
    # Negative bounds would count from the end.
    return slice(max(0, round(start * rate)), None if end is None else max(0, round(end * rate)))
