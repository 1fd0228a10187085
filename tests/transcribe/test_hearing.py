"""What a recogniser hears: as asked for, or as it suits the system."""

import numpy as np
import pytest

from musasr.errors import ConfigError
from musasr.recognizers.reader import Reading, Word
from musasr.transcribe.hearing import choose_kind, hearings_of, surest
from musasr.transcribe.settings import load_settings

RATE = 16_000
TIME = np.arange(4 * RATE) / RATE
SPEECH = np.sin(2 * np.pi * 300 * TIME).astype(np.float32)
MUSIC = np.cos(2 * np.pi * 50 * TIME).astype(np.float32)  # orthogonal to it, as loud


def heard(kind, music, **of):
    of = {"has_separator": True, "is_ours": True, "is_fine_tuned": False} | of
    settings = load_settings([f"input.kind={kind}"])["input"]
    kind = choose_kind(settings["kind"], **of)
    (hearing,) = hearings_of(kind, settings, sampling_rate=RATE)
    estimate = np.zeros_like(SPEECH) if not of["has_separator"] else music
    return kind, hearing(SPEECH + music, speech=SPEECH, music=estimate)


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        ({"is_fine_tuned": True}, "separated"),
        ({}, "gated"),
        ({"is_ours": False}, "raw"),
        ({"has_separator": False}, "raw"),
    ],
)
def test_auto_is_what_suits_the_system(of, kind):
    assert heard("auto", MUSIC, **of)[0] == kind


def test_raw_is_the_mixture_and_separated_the_speech():
    assert np.array_equal(heard("raw", MUSIC)[1], SPEECH + MUSIC)
    assert np.allclose(heard("separated", MUSIC)[1], SPEECH)


def test_a_blend_has_the_music_six_db_below_the_speech():
    assert np.allclose(heard("blend", MUSIC)[1], SPEECH + 10 ** (-6 / 20) * MUSIC, atol=1e-4)


def test_a_gated_blend_is_the_mixture_where_speech_stands_clear_of_the_music():
    quiet = 10 ** (-20 / 20) * MUSIC
    assert np.allclose(heard("gated", quiet)[1], SPEECH + quiet, atol=1e-6)
    assert np.allclose(heard("gated", MUSIC)[1], heard("blend", MUSIC)[1], atol=1e-6)


def test_for_the_surest_the_mixture_and_blends_are_heard():
    settings = load_settings(["input.surest_of_db=[3, 12]"])["input"]
    ways = hearings_of("surest", settings, sampling_rate=RATE)
    heard = [one(SPEECH + MUSIC, speech=SPEECH, music=MUSIC) for one in ways]
    assert [one.kind for one in ways] == ["raw", "blend", "blend"]
    for samples, level in zip(heard, (0, -3, -12), strict=True):
        assert np.allclose(samples, SPEECH + 10 ** (level / 20) * MUSIC, atol=1e-4)


@pytest.mark.parametrize(
    ("confidences", "index"),
    [
        (([0.5, 0.7], [0.9]), 1),
        (([0.9], [0.5, 0.7]), 0),
        (([0.6], [0.6]), 0),
        (([], [0.1]), 1),
        (([None], [0.1]), 1),
        (([], []), 0),
    ],
)
def test_the_surest_reading_has_the_highest_mean_and_of_equals_comes_first(confidences, index):
    readings = [Reading(tuple(Word("a", confidence=one) for one in words)) for words in confidences]
    assert surest(readings) == index


@pytest.mark.parametrize("kind", ["separated", "blend", "gated", "surest"])
def test_what_is_not_there_cannot_be_heard(kind):
    with pytest.raises(ConfigError, match=f"input.kind: {kind} wants a separator, and there is none"):
        heard(kind, MUSIC, has_separator=False)
