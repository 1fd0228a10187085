"""One utterance from a planned line: OpenJTalk labels, the speaker's HTS voice, level and silence."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from musasr import audio
from musasr.atomic import write_bytes
from musasr.corpora.embedded.speech.hts_voice import transform
from musasr.corpora.embedded.speech.voices import Voice
from musasr.pronunciation import front_end, load_openjtalk

FRAME_SECONDS = 0.01
ACTIVE_BELOW_PEAK_DB = 35.0
PEAK_LIMIT = 0.98
HIGHEST_RATE = 48000


@dataclass(frozen=True)
class Line:
    """What is to be said, by whom, and how: everything that decides the samples.

    Attributes:
        utterance_id: Begins with the speaker id.
        spelling: What the synthesiser reads, commas for pauses.
        voice: The speaker.
        half_tone: Pitch of this utterance against the speaker's own, in half tones.
        speed: Factor on the speaker's own speaking rate.
        level_db: RMS of the active speech, in dB re full scale.
        lead, tail: Silence before and after the speech, in seconds.
        sampling_rate: In Hz.
        seed: Of the noise floor.
    """

    utterance_id: str
    spelling: str
    voice: Voice
    half_tone: float
    speed: float
    level_db: float
    lead: float
    tail: float
    noise_db: float
    sampling_rate: int
    seed: str


def synthesise(line: Line) -> np.ndarray:
    """The samples (T,), float32 at the line's rate."""
    return finish(speak(line), line)


def speak(line: Line) -> np.ndarray:
    """The samples (T,) as the synthesiser gives them, with silence of its own and at a level of its own."""
    rate = engine_rate(line)
    engine = engine_of(line.voice, rate)
    engine.set_speed(line.voice.speed * line.speed)
    engine.add_half_tone(line.voice.half_tone + line.half_tone)
    return audio.resample(engine.synthesize(labels_of(line)), rate, line.sampling_rate)


def labels_of(line: Line) -> list[str]:
    """The full-context labels of the line's phonemes, silence at both ends."""
    jtalk = front_end()
    return jtalk.make_label(jtalk.run_frontend(line.spelling))


def engine_rate(line: Line) -> int:
    """The rate at which the line is synthesised, Hz."""
    return min(line.sampling_rate, HIGHEST_RATE)


def finish(speech: np.ndarray, line: Line) -> np.ndarray:
    """Cut or pad the silence to what the line says, set the level, add the noise floor; never clips."""
    active = activity(speech, line.sampling_rate)
    hop = round(FRAME_SECONDS * line.sampling_rate)
    level = np.sqrt(np.mean(speech[: len(active) * hop].reshape(-1, hop)[active] ** 2))
    first, last = active_span(speech, line.sampling_rate)
    lead, tail = round(line.lead * line.sampling_rate), round(line.tail * line.sampling_rate)
    padded = np.pad(speech, (lead, tail))[first : last + lead + tail]
    samples = padded * (10 ** (line.level_db / 20) / level)
    noise = np.random.default_rng(random.Random(line.seed).getrandbits(64)).standard_normal(len(samples))
    samples = samples + 10 ** (line.noise_db / 20) * noise
    return (samples * min(1.0, PEAK_LIMIT / np.abs(samples).max())).astype(np.float32)


def activity(speech: np.ndarray, sampling_rate: int) -> np.ndarray:
    """Whether each 10 ms frame holds speech: less than 35 dB below the loudest frame; (L,) bool."""
    hop = round(FRAME_SECONDS * sampling_rate)
    frames = speech[: len(speech) // hop * hop].reshape(-1, hop)
    power = np.mean(frames.astype(np.float64) ** 2, axis=1)
    return power > power.max() * 10 ** (-ACTIVE_BELOW_PEAK_DB / 10)


def active_span(speech: np.ndarray, sampling_rate: int) -> tuple[int, int]:
    """First sample of the speech, and the one after its last."""
    hop = round(FRAME_SECONDS * sampling_rate)
    frames = np.flatnonzero(activity(speech, sampling_rate))
    return int(frames[0]) * hop, int(frames[-1] + 1) * hop


@cache
def engine_of(voice: Voice, sampling_rate: int):
    """The synthesis engine of a speaker (one for each process)."""
    load_openjtalk()
    from pyopenjtalk.htsengine import HTSEngine

    with voice_file(voice, sampling_rate) as path:
        return HTSEngine(str(path).encode())


@contextmanager
def voice_file(voice: Voice, sampling_rate: int) -> Iterator[Path]:
    """Yield the .htsvoice file of a speaker, which is there as long as the block runs."""
    content = Path(load_openjtalk().DEFAULT_HTS_VOICE.decode()).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speaker.htsvoice"
        write_bytes(path, transform(content, voice.timbre, sampling_rate))
        yield path
