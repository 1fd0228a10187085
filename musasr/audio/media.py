"""What a media file holds, without decoding it; and the media files that a command line names."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musasr.audio.containers import describe, has_stamps, opened, zero_of
from musasr.audio.formats import existing, is_sndfile
from musasr.errors import DataError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

_SUFFIXES = (
    "3g2 3gp aac ac3 aif aiff amr ape asf au avi caf dts eac3 f4v flac flv m2ts m4a m4b m4v mka mkv mov mp2"
    " mp3 mp4 mpeg mpg mts mxf nut oga ogg ogv opus rm rmvb ts tta vob w64 wav webm wma wmv wtv wv"
)
SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split(" "))
"""By which a file in a folder is taken for media; a file that is named itself may be called anything."""


@dataclass(frozen=True)
class Media:
    """What is known of a file before it is decoded.

    Attributes:
        path: The file.
        stream: The audio stream that the rest is about: a number from 0, in the file's order.
        duration: Where the file ends on the clock that a player shows, seconds: its longest stream's end.
        start: Where the audio stream begins on it, seconds.
        sampling_rate: Of the stream, Hz.
        num_channels: Of the stream.
        has_video: Whether there is a moving picture.
        streams: Each audio stream in a few words.
        content: The container's format, as ffmpeg or libsndfile calls it.
    """

    path: Path
    stream: int
    duration: float
    start: float
    sampling_rate: int
    num_channels: int
    has_video: bool
    streams: tuple[str, ...]
    content: str


def probe(path: str | Path, *, stream: int = 0) -> Media:
    """What a media file says of itself: headers only, where they say it.

    Raises:
        DataError: The file is missing, a folder, broken, encrypted or empty, or has no such audio stream.
    """
    path = existing(path)
    media = _probe_sndfile(path) if stream == 0 and is_sndfile(path) else _probe_container(path, stream)
    if media.duration <= 0:
        raise DataError("the audio is empty", where=path, mend="leave the file out")
    return media


def find_media(paths: Sequence[str | Path]) -> list[Path]:
    """The media files that paths name: files as they are, folders' media at any depth, patterns' matches.

    Each file once, in the order of the paths and of names in a folder; hidden files are left out.

    Raises:
        DataError: A path is not there, a pattern matches nothing, or a folder holds no media.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        for one in _media_of(path):
            found.setdefault(one.resolve(), one)
    return list(found.values())


def _media_of(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(_walk(path))
        if not files:
            raise DataError("no audio or video in the folder", where=path, mend="name another folder")
        return files
    if path.exists() or not glob.has_magic(str(path)):
        return [existing(path)]
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))
    if not matches:
        raise DataError("no file matches the pattern", where=path, mend="check the pattern")
    return [file for match in matches for file in (sorted(_walk(match)) if match.is_dir() else [match])]


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(root, name) for name in files if not name.startswith(".")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


def _probe_sndfile(path: Path) -> Media:
    import soundfile

    header = soundfile.info(path)
    return Media(
        path=path,
        stream=0,
        duration=header.frames / header.samplerate,
        start=0.0,
        sampling_rate=header.samplerate,
        num_channels=header.channels,
        has_video=False,
        streams=(f"{header.format.lower()}, {header.channels} channels",),
        content=header.format.lower(),
    )


def _probe_container(path: Path, number: int) -> Media:
    with opened(path, number) as (container, stream):
        zero = zero_of(container)
        begins = 0.0 if stream.start_time is None else float(stream.start_time * stream.time_base) - zero
        return Media(
            path=path,
            stream=number,
            duration=_end(container, stream) - zero,
            start=max(0.0, begins),
            sampling_rate=stream.codec_context.sample_rate,
            num_channels=stream.codec_context.channels,
            has_video=any(not _is_cover(one) for one in container.streams.video),
            streams=tuple(map(describe, container.streams.audio)),
            content=container.format.name,
        )


def _is_cover(stream: "av.VideoStream") -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _end(container: "InputContainer", stream: "av.AudioStream") -> float:
    """The last stamp of a container, seconds; where its header does not say, that of the stream's packets."""
    import av

    if container.duration is not None and has_stamps(container):
        # Matroska writes where the last packet ends; elsewhere it is how long the streams sound together.
        begin = 0 if "matroska" in container.format.name else container.start_time or 0
        return (begin + container.duration) / av.time_base
    ends = (
        float((packet.pts + (packet.duration or 0)) * packet.time_base)
        for packet in container.demux(stream)
        if packet.pts is not None
    )
    return max(ends, default=0.0)
