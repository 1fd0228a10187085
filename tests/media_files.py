"""Media files made on the spot: a tone in any container, late, with gaps, beside a picture."""

from fractions import Fraction

import av
import numpy as np

RATE = 48000


def tone(seconds=3.0, *, rate=RATE, begin=0.5, end=None, frequency=440.0):
    """Silence but for a tone between two times."""
    time = np.arange(round(seconds * rate)) / rate
    is_on = (time >= begin) & (time < (seconds - 0.5 if end is None else end))
    return (0.5 * np.sin(2 * np.pi * frequency * time) * is_on).astype(np.float32)


def write_media(
    path,
    samples,
    *,
    codec,
    rate=RATE,
    start=0.0,
    stamps=None,
    frame=1024,
    picture=0.0,
    content=None,
    streams=1,
):
    """Write samples (T,) or (channels, T), and return the path.

    Frame i is stamped start + stamps[i], by default one after another.
    picture: seconds of video from 0 on. streams: how often the audio is there.
    """
    samples = np.atleast_2d(samples)
    layout = "stereo" if len(samples) == 2 else "mono"
    with av.open(str(path), "w", format=content) as container:
        video = _picture(container) if picture else None
        outputs = [container.add_stream(codec, rate=rate, layout=layout) for _ in range(streams)]
        if video:
            _draw(container, video, picture)
        for output in outputs:
            form = av.AudioResampler(format=output.codec_context.format, layout=layout, rate=rate)
            for index, first in enumerate(range(0, samples.shape[1], frame)):
                block = np.ascontiguousarray(samples[:, first : first + frame])
                sound = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
                sound.sample_rate, sound.time_base = rate, Fraction(1, rate)
                time = first / rate if stamps is None else stamps[index]
                sound.pts = round((start + time) * rate)
                for part in form.resample(sound):
                    container.mux(output.encode(part))
            container.mux(output.encode(None))
    return path


def _picture(container):
    video = container.add_stream("mpeg4", rate=25)
    video.width = video.height = 32
    video.pix_fmt = "yuv420p"
    return video


def _draw(container, video, seconds):
    for index in range(round(25 * seconds)):
        image = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        image.pts, image.time_base = index, Fraction(1, 25)
        container.mux(video.encode(image))
    container.mux(video.encode(None))


def tone_times(samples, rate, *, level=0.1):
    """Where a tone begins and ends, seconds: (begin, end) of each stretch that is louder than the level."""
    step = rate // 200
    peaks = np.abs(samples[: len(samples) // step * step]).reshape(-1, step).max(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (peaks > level).astype(int), [0]])))
    return [(begin * step / rate, end * step / rate) for begin, end in edges.reshape(-1, 2)]
