"""Any audio file as mono float32 samples at an asked rate; 16-bit wav out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musasr.atomic import replacing
from musasr.audio.containers import read_av
from musasr.audio.formats import existing, is_sndfile, open_sndfile, read_sndfile, span
from musasr.audio.resampling import resample
from musasr.audio.streams import decode
from musasr.errors import DataError

# A cut may run this far past its file's end: time stamps are rounded, and lossy codecs trim a few frames.
OVERRUN_SECONDS = 0.1
_FULL_SCALE = 32768
WAV_HEADER = 44  # bytes
# The largest sample of what is silent, 3 steps of 16 bits: stereo in antiphase leaves as much when averaged.
_SILENT_PEAK = 1e-4


@dataclass(frozen=True)
class AudioInfo:
    """What a file holds: rate in Hz, samples per channel, channels, seconds."""

    sampling_rate: int
    num_samples: int
    num_channels: int

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.num_samples / self.sampling_rate


def read(
    path: str | Path, *, sampling_rate: int | None = None, start: float = 0.0, duration: float | None = None
) -> tuple[np.ndarray, int]:
    """Return mono float32 samples of shape (T,) and their rate in Hz.

    Channels are averaged. libsndfile reads what it can; PyAV (ffmpeg) reads the rest: m4a, video and so on.

    Args:
        path: The audio or video file.
        sampling_rate: The rate to resample to, in Hz; None keeps the file's own.
        start: Where the cut begins, in seconds.
        duration: How long the cut is, in seconds; None reads to the end.

    Raises:
        DataError: The file is missing, broken, empty, holds NaN or infinity, or ends before the cut does.
    """
    path = existing(path)
    end = None if duration is None else start + duration
    file = open_sndfile(path)
    if file is None:
        samples, rate = read_av(path, start, end)
    else:
        with file:
            samples, rate = read_sndfile(path, file, start, end)
    samples = _check_cut(path, samples, rate, start, end)
    if sampling_rate is not None and sampling_rate != rate:
        samples, rate = resample(samples, rate, sampling_rate), sampling_rate
    return samples, rate


def read_cuts(
    path: str | Path, cuts: Sequence[tuple[float, float | None]], *, sampling_rate: int
) -> Iterator[np.ndarray]:
    """Yield the samples (T,) of each (start, duration) in seconds, as `read` gives them, one after the other.

    A file in which no place can be looked up (video, m4a) is decoded once for all cuts, not once for each.

    Raises:
        DataError: As `read`.
    """
    path = existing(path)
    if len(cuts) == 1 or is_sndfile(path):
        for start, duration in cuts:
            yield read(path, sampling_rate=sampling_rate, start=start, duration=duration)[0]
        return
    whole, rate = read_av(path, 0.0, None)
    for start, duration in cuts:
        end = None if duration is None else start + duration
        cut = _check_cut(path, whole[span(start, end, rate)], rate, start, end)
        yield resample(cut, rate, sampling_rate)


def write(path: str | Path, samples: np.ndarray, sampling_rate: int) -> None:
    """Write mono samples of shape (T,) in [-1, 1] as 16-bit PCM wav, whole or not at all.

    Reading back gives the samples within half a step of 1/32768 (one step at +1, which 16 bits cannot hold).

    Raises:
        DataError: A sample is above 1 in size or not a number, or there are no samples.
        OSError: The system refuses to write it.
    """
    import soundfile

    samples = np.asarray(samples)
    if samples.ndim != 1 or samples.size == 0:
        raise DataError(f"samples of shape {samples.shape} are not a mono signal", where=path)
    peak = np.abs(samples).max()
    if not peak <= 1.0:  # written so that NaN fails too
        raise DataError(
            f"peak {peak} does not fit a 16-bit wav", where=path, mend="scale the signal to [-1, 1]"
        )
    with replacing(path, num_bytes=WAV_HEADER + 2 * samples.size) as temporary:
        soundfile.write(temporary, to_pcm16(samples), sampling_rate, subtype="PCM_16", format="WAV")


def to_pcm16(samples: np.ndarray) -> np.ndarray:
    """Return samples in [-1, 1] as 16-bit steps that `read` gives back as they were, within half a step."""
    # libsndfile scales by 32767 on the way out and 32768 on the way in: quantise here, so that levels stay.
    steps = np.rint(samples.astype(np.float64) * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1)
    return steps.astype(np.int16)


def is_silent(samples: np.ndarray) -> bool:
    """Whether samples are silence: nothing of them is left in 16 bits that one could hear."""
    return samples.size == 0 or float(np.abs(samples).max()) <= _SILENT_PEAK


def info(path: str | Path) -> AudioInfo:
    """Return rate, length and channels of a file; num_samples is what `read` returns at the file's own rate.

    Only the header is read where libsndfile knows the format; others are decoded, for their headers lie.

    Raises:
        DataError: The file is missing, or no audio can be read from it.
    """
    import soundfile

    path = existing(path)
    if is_sndfile(path):
        header = soundfile.info(path)
        return AudioInfo(header.samplerate, header.frames, header.channels)
    num_samples, rate, num_channels = 0, 0, 0
    for block, rate in decode(path):  # noqa: B007
        num_channels, num_samples = len(block), num_samples + block.shape[1]
    return AudioInfo(rate, num_samples, num_channels)


def _check_cut(path: Path, samples: np.ndarray, rate: int, start: float, end: float | None) -> np.ndarray:
    if start < 0 or (end is not None and end <= start):
        raise DataError(
            f"no audio lies between {start:g} s and {end} s",
            where=path,
            mend="give a start of 0 or more, and an end after it",
        )
    if len(samples) == 0 and end is None and start == 0:
        raise DataError("the audio is empty", where=path, mend="leave the file out")
    if len(samples) == 0:
        raise DataError(f"the file ends before {start:g} s", where=path, mend="give an earlier start")
    if end is not None and len(samples) < (end - start - OVERRUN_SECONDS) * rate:
        ends = start + len(samples) / rate
        raise DataError(
            f"the file ends at {ends:.2f} s, before {end:g} s", where=path, mend="give an earlier end"
        )
    if not np.isfinite(samples).all():
        raise DataError("the audio holds NaN or infinite samples", where=path, mend="make the file again")
    return samples
