"""Tracks of notes to a waveform: General MIDI synthesis, a room, a master level."""

import functools
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

HIGHEST_SYNTH_RATE = 44100
"""The soundfont's own rate; nothing is gained beyond it."""

SILENT = 1e-9
"""What is less than this is nothing that a gain could be told of."""

GRID = 64
"""Events start on multiples of so many samples (2 ms): far fewer calls, and nobody hears it."""

DRUM_CHANNEL = 9
CHANNELS = [channel for channel in range(16) if channel != DRUM_CHANNEL]


@dataclass(frozen=True)
class Event:
    """A note to be played: times in seconds, pitch and velocity as MIDI numbers."""

    start: float
    end: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Track:
    """One instrument's notes; program is the General MIDI number from 0, or None for the drum kit."""

    program: int | None
    events: tuple[Event, ...]
    volume: int = 100


def synthesise(tracks: Sequence[Track], *, duration: float, sampling_rate: int) -> np.ndarray:
    """The dry mono sum of all tracks.

    Args:
        tracks: At most 15 with a program, any number for the drum kit.
        duration: Length in seconds; what sounds on is cut.
        sampling_rate: Rate of the output in Hz. The synthesiser interpolates linearly and would alias there:
            it runs at twice the rate (44.1 kHz at most), and the upper half is filtered away.

    Returns:
        Samples (T,), float32, of arbitrary level.
    """
    synth_rate = min(HIGHEST_SYNTH_RATE, 2 * sampling_rate)
    synth, soundfont = _synthesiser(synth_rate)
    melodic = iter(CHANNELS)
    schedule: list[tuple[int, bool, int, int, int]] = []
    for track in tracks:
        channel = DRUM_CHANNEL if track.program is None else next(melodic)
        is_drums = track.program is None
        synth.program_select(channel, soundfont, 128 if is_drums else 0, track.program or 0, is_drums)
        synth.control_change(channel, 7, track.volume)
        schedule.extend(_commands(track, channel, synth_rate))
    num_samples = round(duration * synth_rate)
    rendered = _play(synth, sorted(schedule), num_samples)
    return soxr.resample(rendered, synth_rate, sampling_rate, quality="HQ").astype(np.float32)


def _synthesiser(rate: int):
    """A fresh synthesiser: a reused one would carry voices and settings from piece to piece."""
    import tinysoundfont

    synth = tinysoundfont.Synth(gain=-12, samplerate=rate)
    return synth, synth.sfload(_soundfont())


@functools.cache
def _soundfont() -> bytes:
    """The General MIDI soundfont inside pretty_midi, found without importing it."""
    spec = importlib.util.find_spec("pretty_midi")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pretty_midi")
    return (Path(spec.origin).parent / "TimGM6mb.sf2").read_bytes()


def _commands(track: Track, channel: int, rate: int):
    """(tick, is_on, channel, pitch, velocity): offs sort before ons of the same tick."""
    for event in track.events:
        first = round(event.start * rate / GRID)
        last = max(first + 1, round(event.end * rate / GRID))
        yield first, True, channel, event.pitch, event.velocity
        yield last, False, channel, event.pitch, 0


def _play(synth, schedule: Sequence[tuple[int, bool, int, int, int]], num_samples: int) -> np.ndarray:
    """Run the synthesiser from event to event; mono (T,)."""
    output = np.zeros((num_samples, 2), dtype=np.float32)
    position = 0
    for tick, is_on, channel, pitch, velocity in schedule:
        target = min(tick * GRID, num_samples)
        if target > position:
            _generate(synth, output, position, target)
            position = target
        if is_on:
            synth.noteon(channel, pitch, velocity)
        else:
            synth.noteoff(channel, pitch)
    _generate(synth, output, position, num_samples)
    return output.mean(axis=1)


def _generate(synth, output: np.ndarray, start: int, stop: int) -> None:
    if stop > start:
        block = np.frombuffer(synth.generate(stop - start), dtype=np.float32)
        output[start:stop] = block.reshape(-1, 2)


def add_room(dry: np.ndarray, *, sampling_rate: int, seconds: float, wet_db: float, generator) -> np.ndarray:
    """The signal with a diffuse reverberation: noise that decays by 60 dB in `seconds`, darker with time.

    Args:
        dry: Samples (T,).
        sampling_rate: Hz.
        seconds: Reverberation time.
        wet_db: Energy of the impulse response behind the direct sound, in dB.
        generator: numpy Generator that draws the noise.
    """
    from scipy import signal

    time = np.arange(round(seconds * sampling_rate)) / sampling_rate
    tail = generator.standard_normal(len(time)) * np.exp(-6.9 * time / seconds)
    tail[1:] = 0.6 * tail[:-1] + 0.4 * tail[1:]
    tail[: round(0.012 * sampling_rate)] = 0.0
    tail *= 10 ** (wet_db / 20) / np.sqrt(np.sum(tail**2))
    wet = signal.fftconvolve(dry, tail)[: len(dry)]
    return (dry + wet).astype(np.float32)


def brighten(
    samples: np.ndarray, *, sampling_rate: int, gain_db: float, corner: float = 1000.0
) -> np.ndarray:
    """The samples with everything well above `corner` (Hz) raised by `gain_db` (a shelf of the first order).

    The soundfont's bass outweighs what records have; without this, music would hardly touch the consonants.
    """
    from scipy import signal

    gain, omega = 10 ** (gain_db / 20), 2 * np.pi * corner
    numerator, denominator = signal.bilinear([gain, omega], [1.0, omega], fs=sampling_rate)
    return signal.lfilter(numerator, denominator, samples).astype(np.float32)


def compress(samples: np.ndarray, *, sampling_rate: int, amount: float, window: float = 0.4) -> np.ndarray:
    """Even out the level as a master does: gain = (local RMS / RMS) ** -amount, at most 12 dB up."""
    from scipy.ndimage import uniform_filter1d

    size = max(1, round(window * sampling_rate))
    power = uniform_filter1d(samples.astype(np.float64) ** 2, size=size)
    relative = np.maximum(power / max(np.mean(power), 1e-12), 10 ** (-12 / (10 * max(amount, 1e-3))))
    return (samples * relative ** (-amount / 2)).astype(np.float32)


def master(samples: np.ndarray, *, sampling_rate: int, level_db: float) -> np.ndarray:
    """The piece at its level, faded out, within full scale.

    Args:
        samples: (T,), any level.
        sampling_rate: Hz.
        level_db: RMS over the whole piece, dB relative to full scale.

    Returns:
        Samples (T,); RMS is `level_db`, save where peaks beyond -0.5 dBFS had to be held.

    Raises:
        ValueError: If the piece is silent.
    """
    faded = samples.astype(np.float64)
    fade = min(len(faded), round(1.5 * sampling_rate))
    faded[len(faded) - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    rms = np.sqrt(np.mean(faded**2))
    if not rms > 1e-7:
        raise ValueError("silent")
    scaled = faded * 10 ** (level_db / 20) / rms
    ceiling = 10 ** (-0.5 / 20)
    return (scaled * min(1.0, ceiling / np.max(np.abs(scaled)))).astype(np.float32)


def apply_gains(part: np.ndarray, *, of: np.ndarray, to: np.ndarray) -> np.ndarray:
    """A part (T,) with the gains, sample for sample, that made `to` of `of`; none where that was silent."""
    gains = np.divide(to, of, out=np.zeros(len(of)), where=np.abs(of) > SILENT)
    return (part * gains).astype(np.float32)
