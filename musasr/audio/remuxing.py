"""A film with another sound: its picture as it is, packet by packet."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from musasr.atomic import replacing
from musasr.audio.containers import opened, zero_of
from musasr.audio.film_writer import AUDIO_BIT_RATE, AUDIO_CODEC
from musasr.audio.pictures import NO_PICTURE
from musasr.errors import DataError

BLOCK = 1 << 14  # samples that are encoded at once


def with_sound(film: Path, samples: np.ndarray, sampling_rate: int, output: Path) -> None:
    """Write an .mp4 with a film's picture and other samples (T,) from its beginning on.

    Raises:
        DataError: The film has no picture, or one that an .mp4 does not hold.
    """
    import av

    with opened(film) as (source, _), replacing(output) as temporary:
        if not source.streams.video:
            raise DataError(NO_PICTURE, where=film, mend="name a film")
        zero = zero_of(source)
        try:
            with av.open(
                str(temporary), "w", format="mp4", container_options={"fflags": "+bitexact"}
            ) as target:
                picture = target.add_stream_from_template(source.streams.video[0])
                sound = target.add_stream(AUDIO_CODEC, rate=sampling_rate, layout="mono")
                sound.bit_rate = AUDIO_BIT_RATE
                for packet in source.demux(source.streams.video[0]):
                    if packet.dts is None:
                        continue
                    shift = round(zero / packet.time_base)
                    packet.dts, packet.pts = packet.dts - shift, packet.pts - shift
                    packet.stream = picture
                    target.mux(packet)
                _encode(target, sound, samples, sampling_rate)
        except (av.FFmpegError, ValueError) as error:
            what = f"its picture cannot stand in an .mp4 ({error})"
            raise DataError(what, where=film, mend="leave --film out") from error


def _encode(target: object, stream: object, samples: np.ndarray, sampling_rate: int) -> None:
    import av

    for first in range(0, len(samples), BLOCK):
        block = np.clip(samples[first : first + BLOCK], -1, 1).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block)[None], format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = sampling_rate, Fraction(1, sampling_rate), first
        target.mux(stream.encode(frame))
    target.mux(stream.encode(None))
