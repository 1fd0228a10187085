"""Audio streams of containers through PyAV (ffmpeg): video, m4a and whatever libsndfile does not know."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musasr.audio.clock import Clock
from musasr.audio.formats import BLOCK, check_rate, is_text, span
from musasr.audio.frames import one_form
from musasr.audio.wholeness import check_whole
from musasr.errors import DataError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

# Demuxers that read nothing but the file itself. What names other files or addresses (concat, hls, dash, sdp,
# image sequences, playlists) is not among them.
DEMUXERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,asf_o,au,avi,caf,dsf,dts,dtshd,dv,eac3,flac,flv,gxf,iff,live_flv,"
    "loas,matroska,webm,mlp,mov,mp4,mp3,mpc,mpc8,mpeg,mpegts,mxf,nsv,nut,ogg,oma,rm,tak,truehd,tta,voc,w64,"
    "wav,wtv,wv"
)
_ENCRYPTED = (
    "enca",
    "drms",
    "drmi",
    "aavd",
)  # sample entries of mp4 that need a key
MAX_BROKEN_FRACTION = 0.05
"""Packets that may be broken: they become silence, as in a broadcast that was received with errors."""


@contextmanager
def opened(path: Path, stream: int = 0) -> Iterator[tuple["InputContainer", "av.AudioStream"]]:
    """Open a container, and one of its audio streams.

    Raises:
        DataError: It is none of `DEMUXERS`, broken or encrypted, or has no such stream.
    """
    import av

    if is_text(path):
        what = "no audio can be read (it is a text file)"
        raise DataError(what, where=path, mend="name an audio or video file")
    check_whole(path)
    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    try:
        # "file:" so that a path with a colon is no other protocol's address.
        with av.open(f"file:{path}", options=options) as container:
            yield container, _audio_stream(path, container, stream)
    except av.ArgumentError as error:
        raise _unreadable(path, "the format is none that is read here") from error
    except av.FFmpegError as error:
        raise _unreadable(path, error.strerror) from error


def decode_av(path: Path, stream: int = 0) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (block (channels, T), rate) of an audio stream, on the container's clock (see `zero_of`).

    Rate and channels are the first frame's, also where the stream changes them.

    Raises:
        DataError: As `opened`; more than `MAX_BROKEN_FRACTION` of the packets cannot be decoded.
    """
    with opened(path, stream) as (container, audio):
        clock, held, num_held = None, [], 0
        for block, time, rate in one_form(_frames(path, container, audio)):
            if clock is None:
                check_rate(path, rate)
                clock, zero = Clock(rate, is_free_running=_is_free_running(container)), zero_of(container)
            stamp = time - zero if time is not None and has_stamps(container) else None
            for piece in clock.place(block, stamp):
                held.append(piece)
                num_held += piece.shape[1]
                if num_held >= BLOCK:
                    yield np.concatenate(held, axis=1), rate
                    held, num_held = [], 0
        if held:
            yield np.concatenate(held, axis=1), rate


def read_av(path: Path, start: float, end: float | None) -> tuple[np.ndarray, int]:
    """Return the first audio stream's mono samples (T,) between two times in seconds, and its rate in Hz.

    Raises:
        DataError: No audio can be read.
    """
    kept, position, rate = [], 0, 1
    for block, rate in decode_av(path):
        wanted = span(start, end, rate)
        last = None if wanted.stop is None else max(0, wanted.stop - position)
        kept.append(block[:, max(0, wanted.start - position) : last].mean(axis=0))
        position += block.shape[1]
        if wanted.stop is not None and position >= wanted.stop:
            break
    return np.concatenate(kept) if kept else np.zeros(0, np.float32), rate


def zero_of(container: "InputContainer") -> float:
    """The stamp that a player shows as 0:00, seconds.

    A container's own zero, so that an audio stream that begins at 1.0 s begins at 1.0 s, with or without a
    picture before it. Clocks that start anywhere (MPEG-TS, MPEG-PS) are at 0 where the first stream begins.
    """
    if not _is_free_running(container) or container.start_time is None:
        return 0.0
    import av

    return container.start_time / av.time_base


def has_stamps(container: "InputContainer") -> bool:
    """Whether the format says when its packets sound; bare streams (aac, ac3, wav) say nothing.

    What ffmpeg gives for those is counted at the first packet's rate, and durations are guessed.
    """
    from av.format import Flags

    return _is_free_running(container) or not container.format.flags & Flags.generic_index.value


def _is_free_running(container: "InputContainer") -> bool:
    from av.format import Flags

    return bool(container.format.flags & Flags.ts_discont.value)


def _frames(path: Path, container: "InputContainer", stream: "av.AudioStream") -> Iterator["av.AudioFrame"]:
    """Yield what can be decoded."""
    import av

    num_packets = num_broken = 0
    for packet in container.demux(stream):
        num_packets += 1
        try:
            yield from packet.decode()
        except av.FFmpegError as error:
            num_broken += 1
            broken = error
        except ValueError as error:  # a header that fits no codec
            raise _unreadable(path, str(error)) from error
    if num_broken > max(1, MAX_BROKEN_FRACTION * num_packets):
        reason = f"{num_broken} of {num_packets} packets are broken"
        raise _unreadable(path, reason) from broken


def _audio_stream(path: Path, container: "InputContainer", number: int) -> "av.AudioStream":
    streams = container.streams.audio
    if not streams:
        raise DataError("no audio stream in the file", where=path, mend="name an audio file")
    if not 0 <= number < len(streams):
        known = ", ".join(f"{index} ({describe(one)})" for index, one in enumerate(streams))
        raise DataError(f"no audio stream {number}", where=path, mend=f"the file has: {known}")
    stream = streams[number]
    if stream.codec_context is None:
        raise _unreadable(path, "an unknown codec")
    if stream.codec_context.codec_tag in _ENCRYPTED:
        raise DataError("the audio is encrypted (DRM)", where=path, mend="name an unprotected file")
    return stream


def describe(stream: "av.AudioStream") -> str:
    """A stream in a few words, such as "jpn, aac, 2 channels"."""
    context = stream.codec_context
    if context is None:
        return "unknown codec"
    language = [] if stream.language in (None, "und") else [stream.language]
    channels = "1 channel" if context.channels == 1 else f"{context.channels} channels"
    return ", ".join([*language, context.codec.canonical_name, channels])


def _unreadable(path: Path, reason: str) -> DataError:
    return DataError(f"no audio can be read ({reason})", where=path, mend="make the file again")
