"""Tiny audio files of every kind that tests of corpora need."""

import av
import numpy as np

from musasr import audio

RATE = 8000


def sine(pitch, *, rate=RATE, seconds=0.5, gain=0.3):
    """A tone: (T,) float32."""
    time = np.arange(int(seconds * rate)) / rate
    return (gain * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def tone(path, pitch, *, rate=RATE, seconds=0.5, gain=0.3):
    """Write a tone as wav, folders included."""
    audio.write(path, sine(pitch, rate=rate, seconds=seconds, gain=gain), rate)
    return path


def encode(path, streams, *, codec, rate=44100):
    """Write mono signals as the audio streams of a container."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4" if path.suffix in (".mp4", ".m4a") else None) as container:
        tracks = [container.add_stream(codec, rate=rate, layout="mono") for _ in streams]
        for track, samples in zip(tracks, streams, strict=True):
            frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="fltp", layout="mono")
            frame.sample_rate = rate
            resampler = av.AudioResampler(
                format=track.codec_context.format, frame_size=track.codec_context.frame_size
            )
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(track.encode(part))
            container.mux(track.encode(None))
    return path
