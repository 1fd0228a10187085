"""Bands of speech, music and singing: in these films what is steady is speech, and what alternates music."""

import numpy as np
import pytest
import torch

from musasr import audio
from musasr.diarizers.silero import RATE, WINDOW
from musasr.music_tags import bands
from musasr.music_tags.bands import BandFinder, common, joined
from musasr.music_tags.labels import Labels
from musasr.transcribe.settings import load_settings

SETTINGS = load_settings(["separation.chunk_seconds=5", "separation.overlap_seconds=0.5"])
# Amplitudes: of what is steady, of what alternates, and of this where somebody sings.
SPEECH, MUSIC, VOICE = 0.3, 0.08, 0.2


class SteadyActivity:
    """Hears speech where samples have a mean."""

    def __init__(self, **settings):
        pass

    def __call__(self, speech, mixture):
        padded = np.pad(speech, (0, -len(speech) % WINDOW)).reshape(-1, WINDOW)
        return (padded.mean(axis=1) > SPEECH / 2).astype(float)


class LoudTagger:
    """Hears a voice where samples alternate loudly."""

    def __init__(self, *tags):
        self.labels, self.heard = Labels((), tags), []

    def tag(self, samples):
        self.heard.append(samples)
        return {"tags": {"singing": float(np.abs(samples).mean() > (MUSIC + VOICE) / 2)}}


class SteadySeparator:
    """What is steady is speech, what alternates music."""

    sources = ("speech", "music")

    def separate(self, mixture, lengths, cue=None):
        steady = (mixture + torch.roll(mixture, 1, dims=1)) / 2
        return torch.stack([steady, mixture - steady], dim=1)


@pytest.fixture(autouse=True)
def steady_activity(monkeypatch):
    monkeypatch.setattr(bands, "SpeechActivity", SteadyActivity)


@pytest.fixture
def write(tmp_path):
    """Writes a film of (from, to, amplitude of speech, of music) seconds, and gives its path."""

    def write(seconds, *parts):
        samples = np.zeros(round(seconds * RATE), np.float32)
        for start, end, speech, music in parts:
            place = slice(round(start * RATE), round(end * RATE))
            samples[place] += speech + music * np.where(np.arange(len(samples[place])) % 2, -1, 1)
        audio.write(tmp_path / "film.wav", samples, RATE)
        return tmp_path / "film.wav"

    return write


def is_near(found, wanted, *, within=0.6):
    """Whether bands are these to a level's half second and a segment's padding."""
    return len(found) == len(wanted) and np.allclose(found, np.reshape(wanted, np.shape(found)), atol=within)


def test_music_without_a_separator_is_what_sounds_where_nobody_speaks(write):
    film = write(34, (0, 6, SPEECH, 0), (8, 16, 0, MUSIC), (16, 20, SPEECH, MUSIC), (20, 27.5, 0, MUSIC))
    found = BandFinder(LoudTagger("singing"), SETTINGS)(film)
    assert is_near(found.speech, [(0, 6), (16, 20)])
    assert is_near(found.music, [(8, 16), (20, 27.5)])
    assert found.singing == []


def test_a_separator_tells_music_below_speech(write):
    film = write(34, (0, 6, SPEECH, 0), (8, 16, 0, MUSIC), (16, 20, SPEECH, MUSIC), (20, 27.5, 0, MUSIC))
    tagger = LoudTagger("singing")
    found = BandFinder(tagger, SETTINGS, separator=SteadySeparator())(film)
    assert is_near(found.speech, [(0, 6), (16, 20)])
    assert is_near(found.music, [(8, 27.5)])
    assert sum(map(len, tagger.heard)) / RATE == pytest.approx(34, abs=0.1)


def test_singing_is_where_the_tagger_hears_it_and_music_plays(write):
    film = write(30, (0, 4, SPEECH, 0), (6.4, 16, 0, MUSIC), (16, 24, 0, VOICE))
    tagger = LoudTagger("calm", "singing")
    found = BandFinder(tagger, SETTINGS)(film)
    assert is_near(found.music, [(6.4, 24)])
    assert is_near(found.singing, [(16, 24)])
    assert max(abs(samples.mean()) for samples in tagger.heard) < SPEECH / 10  # speech is not for the tagger


def test_a_tagger_without_the_tag_is_not_asked(write):
    tagger = LoudTagger("calm")
    found = BandFinder(tagger, SETTINGS)(write(12, (0, 12, 0, VOICE)))
    assert (is_near(found.music, [(0, 12)]), found.singing, tagger.heard) == (True, None, [])


def test_no_band_outlasts_the_recording(write):
    found = BandFinder(LoudTagger("singing"), SETTINGS)(write(10.01, (0, 10.01, 0, VOICE)))
    assert found.music == found.singing == [(0.0, 10.01)]
    spoken = BandFinder(LoudTagger("singing"), SETTINGS)(write(10.01, (0, 10.01, SPEECH, 0)))
    assert (spoken.speech, spoken.music) == ([(0.0, 10.01)], [])


@pytest.mark.parametrize("chunk_seconds", [2, 30])
def test_chunks_change_nothing(write, chunk_seconds):
    film = write(20, (0, 3, SPEECH, 0), (4, 12, 0, MUSIC), (12, 18, 0, VOICE))
    settings = {**SETTINGS, "separation": {"chunk_seconds": chunk_seconds, "overlap_seconds": 0.5}}
    found, wanted = (BandFinder(LoudTagger("singing"), one)(film) for one in (settings, SETTINGS))
    assert found == wanted


def test_stretches_that_are_near_are_one_and_short_ones_none():
    assert joined([(0, 3), (3.5, 3.6), (5, 6.5), (8, 10)]) == [(0, 3.6), (8, 10)]
    assert joined([(0, 5), (1, 2), (5.9, 6)]) == [(0, 6)]
    assert joined([(0, 0.5)], least=0.0) == [(0, 0.5)]
    assert joined([]) == []


def test_what_two_bands_share():
    assert common([(0, 10), (20, 30)], [(4, 21), (27, 40)]) == [(4, 10), (27, 30)]
    assert common([(0, 3)], [(3, 6)]) == []
