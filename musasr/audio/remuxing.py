"""A film with another sound: its picture as it is, packet by packet."""

import heapq
from collections.abc import Iterable, Iterator
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musasr.atomic import replacing
from musasr.audio.containers import opened, zero_of
from musasr.audio.film_writer import AUDIO_BIT_RATE, AUDIO_CODEC
from musasr.audio.pictures import NO_PICTURE
from musasr.errors import DataError

if TYPE_CHECKING:
    import av

BLOCK = 1 << 14  # samples that are encoded at once


def with_sound(film: Path, blocks: Iterable[np.ndarray], sampling_rate: int, output: Path) -> None:
    """Write an .mp4 with a film's picture and other sound, blocks (T,), from its beginning on.

    Both go on side by side: neither is held in memory.

    Raises:
        DataError: The film has no picture, or one that an .mp4 does not hold.
    """
    import av

    with opened(film) as (source, _), replacing(output) as temporary:
        if not source.streams.video:
            raise DataError(NO_PICTURE, where=film, mend="name a film")
        try:
            with av.open(
                str(temporary), "w", format="mp4", container_options={"fflags": "+bitexact"}
            ) as target:
                picture = target.add_stream_from_template(source.streams.video[0])
                sound = target.add_stream(AUDIO_CODEC, rate=sampling_rate, layout="mono")
                sound.bit_rate = AUDIO_BIT_RATE
                both = _copied(source, picture), _encoded(blocks, sampling_rate, sound)
                for _, packets in heapq.merge(*both, key=itemgetter(0)):
                    target.mux(packets)
        except (av.FFmpegError, ValueError) as error:
            what = f"its picture cannot stand in an .mp4 ({error})"
            raise DataError(what, where=film, mend="leave --film out") from error


def _copied(
    source: "av.container.InputContainer", stream: "av.VideoStream"
) -> Iterator[tuple[float, list["av.Packet"]]]:
    """Yield (second, packets) of the source's picture, for a stream of another container."""
    zero = zero_of(source)
    for packet in source.demux(source.streams.video[0]):
        if packet.dts is None:
            continue
        shift = round(zero / packet.time_base)
        packet.dts, packet.pts = packet.dts - shift, packet.pts - shift
        packet.stream = stream
        yield float(packet.dts * packet.time_base), [packet]


def _encoded(
    blocks: Iterable[np.ndarray], sampling_rate: int, stream: "av.AudioStream"
) -> Iterator[tuple[float, list["av.Packet"]]]:
    """Yield (second, packets) of blocks (T,), each second where a part of them begins."""
    import av

    num_samples = 0
    for block in blocks:
        for first in range(0, len(block), BLOCK):
            part = np.clip(block[first : first + BLOCK], -1, 1).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part)[None], format="fltp", layout="mono")
            frame.sample_rate, frame.time_base = sampling_rate, Fraction(1, sampling_rate)
            frame.pts = num_samples
            yield num_samples / sampling_rate, stream.encode(frame)
            num_samples += len(part)
    yield num_samples / sampling_rate, stream.encode(None)
