"""A film whose speech are bursts of a tone: a detector and a reader that can tell where they are."""

from dataclasses import replace

import numpy as np
import torch

from musasr import audio
from musasr.recognition.blending import Blending
from musasr.recognizers.reader import Reading, Word
from musasr.transcribe import recording
from musasr.transcribe.activity import RATE, WINDOW
from musasr.transcribe.hearing import RAW, SEPARATED, Hearing
from musasr.transcribe.settings import load_settings
from musasr.transcribe.system import TranscriptionSystem

SETTINGS = load_settings(["separation.chunk_seconds=4", "separation.overlap_seconds=0.5"])
LOUD = 0.05


def film(bursts, seconds: float) -> np.ndarray:
    """Silence with a tone of 500 Hz from and to such seconds."""
    time = np.arange(round(seconds * RATE)) / RATE
    is_on = np.zeros(len(time), bool)
    for start, end in bursts:
        is_on |= (time >= start) & (time < end)
    return (0.3 * np.sin(2 * np.pi * 500 * time) * is_on).astype(np.float32)


def write_film(path, bursts, seconds: float):
    audio.write(path, film(bursts, seconds), RATE)
    return path


class LoudnessActivity:
    """Sees a burst where it is loud; needs no more than the window itself."""

    def __init__(self, **settings):
        self.heard = 0

    def hear(self, speech):
        self.heard += 1

    def __call__(self, speech, mixture):
        padded = np.pad(speech, (0, -len(speech) % WINDOW)).reshape(-1, WINDOW)
        return (np.abs(padded).max(axis=1) > LOUD).astype(np.float64)


class BurstReader:
    """Reads one word a waveform: for how many tenths of a second there is a tone in it."""

    sampling_rate = RATE

    def __init__(self):
        self.num_read = 0

    def __call__(self, waveforms, lengths):
        self.num_read += len(waveforms)
        return [
            self._read(waveform[:length])
            for waveform, length in zip(waveforms, lengths.tolist(), strict=True)
        ]

    def _read(self, waveform):
        is_loud = waveform.abs() > LOUD
        places = is_loud.nonzero().flatten()
        if len(places) == 0:
            return Reading(())
        start, end = float(places[0]) / RATE, float(places[-1] + 1) / RATE
        return Reading((Word(f"w{round((end - start) * 10)}", start, end, 0.9),))


class HalfSeparator:
    """Gives half of the mixture as speech, the rest as music."""

    sources = ("speech", "music")

    def __init__(self):
        self.num_separated = 0

    def separate(self, mixture, lengths, cue=None):
        self.num_separated += len(mixture)
        return torch.stack([0.5 * mixture, 0.5 * mixture], dim=1)


def make_system(monkeypatch, *, with_separator: bool = True) -> TranscriptionSystem:
    """A system of the parts above, in the place of a trained one."""
    monkeypatch.setattr(recording, "SpeechActivity", LoudnessActivity)
    system = TranscriptionSystem(
        separator=HalfSeparator(),
        reader=BurstReader(),
        sampling_rate=RATE,
        hearings=(Hearing(SEPARATED, Blending(RATE)),),
        names={"model": "bursts"},
        digest="bursts",
    )
    return system if with_separator else replace(system, separator=None, hearings=(Hearing(RAW, None),))
