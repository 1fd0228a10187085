"""Sound from files and into files. Read `files` first: it is what the rest of the house calls.

- `files`: any audio or video file as mono float32 samples; 16-bit wav out
- `formats`: libsndfile and PyAV, the two readers behind it
- `conversion`: a collection of files into wavs of one rate, in parts and resumable
"""

from musasr.audio.files import (
    AudioInfo,
    decode,
    info,
    read,
    read_cuts,
    resample,
    to_pcm16,
    write,
)

__all__ = ["AudioInfo", "decode", "info", "read", "read_cuts", "resample", "to_pcm16", "write"]
