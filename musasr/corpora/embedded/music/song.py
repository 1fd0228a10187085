"""A sung line: Japanese lyrics on a melody. Morae are spoken by OpenJTalk and put on notes with WORLD."""

import functools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from musasr.corpora.embedded.music.lyrics import draw_lyrics
from musasr.corpora.embedded.music.render import Event
from musasr.pronunciation import load_openjtalk

FRAME = 0.005
"""WORLD's frame period in seconds."""

SHORTEST = 0.14
"""A note shorter than this (seconds) has no mora of its own: the voice slides on."""

VOICE_RANGE = (52, 69)
"""Lowest and highest mean pitch of a melody (MIDI), from which singers are drawn."""


@dataclass(frozen=True)
class Mora:
    """WORLD's parameters of one spoken mora.

    Attributes:
        is_voiced: (L,) whether the frame has a pitch.
        envelope: (L, F) power spectral envelope, of the same loudness for every mora.
        aperiodicity: (L, F).
        onset: Frames before the vowel's steady part.
    """

    is_voiced: np.ndarray
    envelope: np.ndarray
    aperiodicity: np.ndarray
    onset: int


@dataclass(frozen=True)
class Syllable:
    """A mora over one or several notes, in seconds."""

    mora: str
    start: float
    end: float


@dataclass(frozen=True)
class Singing:
    """The sung line: samples (T,), its pitch (L,) in Hz every 5 ms (0 where unvoiced) and its words."""

    samples: np.ndarray
    pitch: np.ndarray
    lyrics: tuple[str, ...]


def sing(
    melody: Sequence[Event], *, num_samples: int, sampling_rate: int, generator: np.random.Generator
) -> Singing:
    """Sing drawn lyrics to a melody.

    Args:
        melody: Notes in seconds, one at a time.
        num_samples: Length of the output.
        sampling_rate: Hz.
        generator: Draws the singer and the lyrics.
    """
    singer_mean = generator.uniform(*VOICE_RANGE)
    warp = float(np.interp(singer_mean, VOICE_RANGE, (0.94, 1.12)) * generator.uniform(0.97, 1.03))
    melody = _in_range(melody, singer_mean)
    slots = _slots(melody)
    lyrics = draw_lyrics(len(slots), generator)
    syllables = [Syllable(mora, start, end) for (start, end), mora in zip(slots, lyrics.morae, strict=True)]
    num_frames = int(num_samples / sampling_rate / FRAME) + 1
    pitch = _pitch(melody, num_frames)
    voiced, envelope, aperiodicity = _fill(syllables, num_frames, sampling_rate, warp)
    pitch = np.where(voiced, pitch, 0.0)
    samples = load_world().synthesize(pitch, envelope, aperiodicity, sampling_rate, 1000 * FRAME)
    samples = np.pad(samples, (0, max(0, num_samples - len(samples))))[:num_samples]
    return Singing(samples.astype(np.float32), pitch, lyrics.words)


def over(band: np.ndarray, voice: np.ndarray, *, level_db: float) -> np.ndarray:
    """Band and voice together.

    Args:
        band: (T,).
        voice: (T,).
        level_db: RMS of the voice, where it sings, over the RMS of the band, in dB.
    """
    active = np.abs(voice) > 1e-3 * np.max(np.abs(voice), initial=1e-12)
    loudness = np.sqrt(np.mean(voice[active] ** 2)) if active.any() else 1.0
    gain = 10 ** (level_db / 20) * np.sqrt(np.mean(band**2)) / loudness
    return (band + gain * voice).astype(np.float32)


def _in_range(melody: Sequence[Event], mean: float) -> list[Event]:
    """The melody, moved by octaves to a mean near the singer's."""
    shift = 12 * round((mean - float(np.mean([note.pitch for note in melody]))) / 12)
    return [Event(note.start, note.end, note.pitch + shift, note.velocity) for note in melody]


def _slots(melody: Sequence[Event]) -> list[tuple[float, float]]:
    """Spans of time that take one mora each: notes, the short ones joined to the one before."""
    slots: list[list[float]] = []
    for note in melody:
        touches = bool(slots) and note.start - slots[-1][1] < 0.08
        if touches and (note.end - note.start < SHORTEST or slots[-1][1] - slots[-1][0] < SHORTEST):
            slots[-1][1] = note.end
        else:
            if touches:
                slots[-1][1] = note.start
            slots.append([note.start, note.end])
    return [(start, end) for start, end in slots]


def _pitch(melody: Sequence[Event], num_frames: int) -> np.ndarray:
    """The melody's pitch in Hz at each frame: gliding from note to note, with vibrato on long notes."""
    time = np.arange(num_frames) * FRAME
    semitones = np.full(num_frames, float(melody[0].pitch))
    depth = np.zeros(num_frames)
    for note in melody:
        semitones[time >= note.start] = note.pitch
        if note.end - note.start > 0.35:
            inside = (time >= note.start) & (time < note.end)
            depth[inside] = np.clip((time[inside] - note.start - 0.2) / 0.2, 0, 1)
    glide = np.hanning(15)
    semitones = np.convolve(np.pad(semitones, 7, mode="edge"), glide / glide.sum(), mode="valid")
    semitones += 0.3 * depth * np.sin(2 * np.pi * 5.5 * time)
    return 440.0 * 2 ** ((semitones - 69) / 12)


def _fill(syllables: Sequence[Syllable], num_frames: int, sampling_rate: int, warp: float):
    """WORLD's parameters of the whole line: each mora's onset as spoken, its vowel stretched to the end."""
    bins = speak(syllables[0].mora, sampling_rate).envelope.shape[1]
    voiced = np.zeros(num_frames, dtype=bool)
    envelope = np.full((num_frames, bins), 1e-12)
    aperiodicity = np.ones((num_frames, bins))
    for syllable in syllables:
        first, last = round(syllable.start / FRAME), min(num_frames, round(syllable.end / FRAME))
        if last - first < 4:
            continue
        mora = speak(syllable.mora, sampling_rate)
        frames = _stretch(len(mora.is_voiced), mora.onset, last - first)
        voiced[first:last] = mora.is_voiced[frames]
        envelope[first:last] = _shift_formants(mora.envelope, warp)[frames] * _fade(last - first)[:, None]
        aperiodicity[first:last] = mora.aperiodicity[frames]
    return voiced, np.maximum(envelope, 1e-12), aperiodicity


def _stretch(length: int, onset: int, wanted: int) -> np.ndarray:
    """A mora's frames for each of `wanted`: the onset as it is (half at most), then evenly."""
    taken = min(onset, wanted // 2)
    head = np.linspace(0, onset, taken, endpoint=False)
    tail = np.linspace(onset, length - 1, wanted - taken)
    return np.round(np.concatenate([head, tail])).astype(int).clip(0, length - 1)


def _fade(num_frames: int) -> np.ndarray:
    """(L,) power gain that joins a mora to its neighbours without a click."""
    ramp = np.clip((np.arange(num_frames) + 1) / 4, 0, 1)
    return np.minimum(ramp, ramp[::-1]) ** 2


def _shift_formants(envelope: np.ndarray, warp: float) -> np.ndarray:
    """The envelope along a frequency axis stretched by `warp` (> 1: a shorter vocal tract)."""
    position = np.minimum(np.arange(envelope.shape[1]) / warp, envelope.shape[1] - 1)
    low = position.astype(int)
    high = np.minimum(low + 1, envelope.shape[1] - 1)
    return envelope[:, low] + (envelope[:, high] - envelope[:, low]) * (position - low)


@functools.cache
def speak(mora: str, sampling_rate: int) -> Mora:
    """A mora spoken by OpenJTalk and analysed by WORLD, silence cut off, at a fixed loudness.

    Args:
        mora: Kana. It is spoken with a long vowel, which is never devoiced.
        sampling_rate: Hz, of the analysis.

    Raises:
        ValueError: If the synthesiser's rendering has no voiced part.
    """
    spoken, rate = load_openjtalk().tts(_katakana(mora) + "ー")
    samples = soxr.resample(np.asarray(spoken, dtype=np.float64) / 32768, rate, sampling_rate)
    world = load_world()
    pitch, time = _track_pitch(samples, sampling_rate)
    envelope = world.cheaptrick(samples, pitch, time, sampling_rate)
    aperiodicity = world.d4c(samples, pitch, time, sampling_rate)
    power = envelope.mean(axis=1)
    sounding, voiced = np.flatnonzero(power > 1e-3 * power.max()), np.flatnonzero(pitch > 0)
    if len(voiced) < 8:
        raise ValueError(f"{mora}: no voiced part")
    first, last = min(sounding[0], voiced[0]), max(voiced[-1] - 6, voiced[0] + 8)
    loudness = np.mean(power[voiced])
    # Two frames of a steady vowel begin some 60 ms after the voice does.
    onset = min(last - first - 2, voiced[0] - first + 12)
    return Mora(pitch[first:last] > 0, envelope[first:last] / loudness, aperiodicity[first:last], int(onset))


def _track_pitch(samples: np.ndarray, sampling_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """(pitch in Hz, time in seconds) by DIO, or by the slower Harvest where DIO hears no voice."""
    world = load_world()
    pitch, time = world.dio(samples, sampling_rate, frame_period=1000 * FRAME)
    if np.count_nonzero(pitch) < 12:
        pitch, time = world.harvest(samples, sampling_rate, frame_period=1000 * FRAME)
    return pitch, time


def _katakana(hiragana: str) -> str:
    return "".join(chr(ord(kana) + 0x60) for kana in hiragana)


@functools.cache
def load_world():
    """The package pyworld, without its warning about how it finds its own version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyworld
    return pyworld
