"""The two libraries that read audio: libsndfile, and PyAV (ffmpeg) for the rest, such as m4a and video."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from musasr.errors import DataError

BLOCK = 1 << 18
"""Samples of a channel that are decoded at once where a file is not read as a whole."""
# libsndfile's log of a wav whose header promises more bytes than the file has; from about 2^31 on the writer
# did not know the length (a pipe), and what is there is all there is.
_TRUNCATED = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
_UNKNOWN_LENGTH = 0x7FF00000


def is_sndfile(path: Path) -> bool:
    """Whether libsndfile can open a file."""
    import soundfile

    try:
        with soundfile.SoundFile(path):
            return True
    except soundfile.LibsndfileError:
        return False


def read_sndfile(path: Path, start: float, end: float | None) -> tuple[np.ndarray, int]:
    """Return the mono samples (T,) between two times in seconds, as far as the file goes, and its rate in Hz.

    Raises:
        DataError: The file is broken or cut off.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            _check_whole(path, file.extra_info)
            rate, available = file.samplerate, file.frames
            first, last, _ = span(start, end, rate).indices(available)
            file.seek(first)
            samples = file.read(max(0, last - first), dtype="float32", always_2d=True).mean(axis=1)
    except soundfile.LibsndfileError as error:
        raise DataError(
            f"broken audio ({error.error_string})", where=path, mend="make the file again"
        ) from error
    if len(samples) < last - first:
        what = f"broken audio: {len(samples)} of {last - first} samples can be decoded"
        raise DataError(what, where=path, mend="make the file again")
    return samples, rate


def decode_sndfile(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (block (channels, T), rate): the whole file.

    Raises:
        DataError: The file is broken or cut off.
    """
    import soundfile

    decoded = 0
    try:
        with soundfile.SoundFile(path) as file:
            _check_whole(path, file.extra_info)
            for block in file.blocks(BLOCK, dtype="float32", always_2d=True):
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


def read_av(path: Path, start: float, end: float | None) -> tuple[np.ndarray, int]:
    """Return what `read_sndfile` does, of the first audio stream.

    Raises:
        DataError: No audio can be read.
    """
    blocks, num_samples, rate = [], 0, 1
    for block, rate in decode_av(path):
        blocks.append(block.mean(axis=0))
        num_samples += block.shape[1]
        if end is not None and num_samples >= end * rate:
            break
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return samples[span(start, end, rate)], rate


def decode_av(path: Path, stream: int = 0) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (block (channels, T), rate): an audio stream of a file.

    Raises:
        DataError: No audio can be read, or there is no such stream.
    """
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise DataError("no audio stream in the file", where=path, mend="name an audio file")
            if stream >= len(container.streams.audio):
                what = f"no audio stream {stream}: the file has {len(container.streams.audio)}"
                raise DataError(what, where=path, mend="name another file")
            to_float = av.AudioResampler(format="fltp")
            for decoded in container.decode(audio=stream):
                for frame in to_float.resample(decoded):
                    yield frame.to_ndarray(), frame.sample_rate
    except av.FFmpegError as error:
        raise DataError(
            f"no audio can be read ({error.strerror})", where=path, mend="make the file again"
        ) from error


def span(start: float, end: float | None, rate: int) -> slice:
    """Return the samples between two times in seconds, of which one below 0 counts as 0."""
    # Negative bounds would count from the end.
    return slice(max(0, round(start * rate)), None if end is None else max(0, round(end * rate)))
