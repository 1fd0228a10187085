"""Sound from files and into files. Read `files` first: it is what the rest of the house calls.

- `files`: any audio or video file as mono float32 samples; 16-bit wav out
- `streams`: the same from start to end in little memory, on the clock that a player shows
- `media`: what a file holds before it is decoded; the media files in folders
- `formats`, `containers`: libsndfile and PyAV, the two readers behind them; `frames`, `clock`: what the
  second's frames are and when they sound; `wholeness`: files that are cut off
- `resampling`: other rates
- `pictures`: what a film shows at even times; `film_writer`: pictures and sound into a film, as they come
- `conversion`: a collection of files into wavs of one rate, in parts and resumable
"""

from musasr.audio.files import AudioInfo, info, is_silent, read, read_cuts, to_pcm16, write
from musasr.audio.media import Media, find_media, probe
from musasr.audio.resampling import resample
from musasr.audio.streams import decode, stream_channels, stream_mono

__all__ = [
    "AudioInfo",
    "Media",
    "decode",
    "find_media",
    "info",
    "is_silent",
    "probe",
    "read",
    "read_cuts",
    "resample",
    "stream_channels",
    "stream_mono",
    "to_pcm16",
    "write",
]
