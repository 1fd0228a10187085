"""Kinds of audio files that people have: what each holds, and what is said of it; None: it is used."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

RATE = 16000
GONE, EMPTY, NO_AUDIO = "no such", "empty", "no audio"
SOUNDS: dict[str, tuple[Callable[[Path], None], str | None]] = {}


def noise(seconds: float = 1.0, *, rate: int = RATE, channels: int = 1, seed: int = 1) -> np.ndarray:
    """White noise (T, channels) at -20 dB or so."""
    return 0.2 * np.random.default_rng(seed).standard_normal((round(seconds * rate), channels)).clip(-3, 3)


def file_of(samples: np.ndarray, rate: int = RATE, **form: str) -> bytes:
    """The bytes of a file that holds these samples."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, **({"format": "WAV"} | form))
    return buffer.getvalue()


def add(name: str, content: bytes | Callable[[Path], None], said: str | None) -> None:
    """Put a kind into the zoo, under the name of its file."""

    def make(path: Path) -> None:
        path.write_bytes(content)

    SOUNDS[name] = (make if isinstance(content, bytes) else content, said)


WHOLE = file_of(noise())
LONG_MP3 = file_of(noise(20.0), format="MP3", subtype="MPEG_LAYER_III")
FLAC = file_of(noise(), format="FLAC", subtype="PCM_16")
OGG = file_of(noise(), format="OGG", subtype="VORBIS")

# What is used as it is.
add("plain.wav", WHOLE, None)
add("stereo.wav", file_of(noise(channels=2)), None)
add("six_channels.wav", file_of(noise(channels=6)), None)
for _subtype in ("PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW", "IMA_ADPCM"):
    add(f"{_subtype.lower()}.wav", file_of(noise(), subtype=_subtype), None)
for _rate in (4000, 8000, 11025, 44100, 48000, 96000, 192000):
    add(f"rate_{_rate}.wav", file_of(noise(rate=_rate), _rate), None)
add("flac.flac", FLAC, None)
add("vorbis.ogg", OGG, None)
add("mp3.mp3", file_of(noise(), format="MP3", subtype="MPEG_LAYER_III"), None)
add("opus.opus", file_of(noise(rate=48000), 48000, format="OGG", subtype="OPUS"), None)
add("aiff.aiff", file_of(noise(), format="AIFF"), None)
add("au.au", file_of(noise(), format="AU"), None)
add("wav_named_mp3.mp3", WHOLE, None)
add("flac_named_wav.wav", FLAC, None)
add("spaces, quotes ' \" and $(touch CANARY).wav", WHOLE, None)
add("日本語の名前.wav", WHOLE, None)
add("\U0001f3b5 emoji.wav", WHOLE, None)
add(f"{'long' * 62}.wav", WHOLE, None)
add(f"{'長' * 80}.wav", WHOLE, None)
add("-rf.wav", WHOLE, None)
add("unknown_length.wav", WHOLE[:40] + b"\xff\xff\xff\xff" + WHOLE[44:], None)
add("loud.wav", file_of(4.0 * noise(), subtype="FLOAT"), None)  # above full scale
add("offset.wav", file_of(0.1 * noise() + 0.5), None)
add("junk_behind.wav", WHOLE + b"TAGjunk" * 20, None)

# What is not.
add("empty.wav", b"", "the file is empty (0 bytes)")
add("header_alone.wav", WHOLE[:44][:40] + struct.pack("<I", 0), EMPTY)
add("half.wav", WHOLE[: len(WHOLE) // 2], "the file is cut off")
add("half.flac", FLAC[: len(FLAC) // 2], "broken audio")
add("half.ogg", OGG[: len(OGG) // 2], EMPTY)
add("half.mp3", LONG_MP3[: len(LONG_MP3) // 2], "broken audio")
add("ten_bytes.wav", WHOLE[:10], NO_AUDIO)
add("zeros.wav", bytes(5000), NO_AUDIO)
add("random.wav", np.random.default_rng(2).bytes(5000), NO_AUDIO)
add("text.wav", "これは音ではありません\n".encode() * 20, NO_AUDIO)
add("page.mp3", b"<html><body>404 Not Found</body></html>", NO_AUDIO)
add("playlist.mp3", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nplain.wav\n#EXT-X-ENDLIST\n", NO_AUDIO)
add("concat.mp3", b"ffconcat version 1.0\nfile plain.wav\n", NO_AUDIO)
add("picture.wav", b"\x89PNG\r\n\x1a\n" + bytes(300), NO_AUDIO)
add("archive.wav", b"PK\x03\x04" + bytes(300), NO_AUDIO)
add("pickle.wav", b"\x80\x04cposix\nsystem\n(S'touch CANARY'\ntR.", NO_AUDIO)
add("silent.wav", file_of(np.zeros((RATE, 1))), "silent")
add("antiphase.wav", file_of(noise() * [[1, -1]]), "silent")
add("antiphase_24.flac", file_of(noise() * [[1, -1]], format="FLAC", subtype="PCM_24"), "silent")
add("one_step.wav", file_of(np.full((RATE, 1), 1 / 32768)), "silent")
add(
    "nan.wav",
    file_of(np.where(np.arange(RATE)[:, None] == 7, np.nan, noise()), subtype="FLOAT"),
    "NaN or infinite",
)
add(
    "infinite.wav",
    file_of(np.where(np.arange(RATE)[:, None] == 7, np.inf, noise()), subtype="FLOAT"),
    "NaN or infinite",
)
for _rate in (1, 100, 3999):
    add(f"rate_{_rate}.wav", file_of(noise(rate=4000), _rate), f"the rate is {_rate} Hz")
add("rate_0.wav", WHOLE[:24] + bytes(4) + WHOLE[28:], NO_AUDIO)
add("huge_rate.wav", WHOLE[:24] + b"\xff\xff\xff\x7f" + WHOLE[28:], "the rate is 2147483647 Hz")
add("no_channels.wav", WHOLE[:22] + bytes(2) + WHOLE[24:], NO_AUDIO)
add("folder.wav", lambda path: path.mkdir(), "a folder")
add("dangling.wav", lambda path: path.symlink_to("nowhere.wav"), GONE)
add("circle.wav", lambda path: path.symlink_to(path.name), GONE)


def write_zoo(directory: Path) -> Path:
    """A folder with one of each."""
    directory.mkdir()
    for name, (make, _) in SOUNDS.items():
        make(directory / name)
    return directory
