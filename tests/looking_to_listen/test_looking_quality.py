"""PESQ and STOI are scores like others where their packages are, and named as missing where not."""

import sys
from types import ModuleType

import numpy as np
import pytest

from musasr.looking_to_listen import quality


class NoUtterancesError(Exception):
    """As the package's own."""


@pytest.fixture
def packages(monkeypatch):
    """Packages of the same names and arguments."""
    pesq, pystoi = ModuleType("pesq"), ModuleType("pystoi")

    def pesq_of(rate, reference, estimate, band):
        if not estimate.any():
            raise NoUtterancesError
        return (rate, band, 4.5 - float(np.abs(reference - estimate).mean()))[2]

    pesq.pesq, pesq.NoUtterancesError = pesq_of, NoUtterancesError
    pystoi.stoi = lambda reference, estimate, rate: 1 - float(np.abs(reference - estimate).mean())
    monkeypatch.setitem(sys.modules, "pesq", pesq)
    monkeypatch.setitem(sys.modules, "pystoi", pystoi)
    monkeypatch.setattr(quality, "find_spec", lambda name: True)


def test_packages_that_are_there_are_used(packages):
    those = quality.metrics(16000, 3.0)
    assert list(those) == ["sdr", "si_sdr", "pesq", "stoi"]
    assert quality.missing(16000, 3.0) == {}
    voice, silence = np.ones(100) / 2, np.zeros(100)
    assert quality.scores(those, estimate=voice, reference=voice)["pesq"] == 4.5
    found = quality.scores(those, estimate=silence, reference=voice)
    assert (found["pesq"], found["stoi"], found["si_sdr"]) == (1.0, 0.5, -80)


def test_packages_that_are_not_there_are_named(monkeypatch):
    monkeypatch.setattr(quality, "find_spec", lambda name: None)
    assert list(quality.metrics(16000, 3.0)) == ["sdr", "si_sdr"]
    assert quality.missing(16000, 3.0) == {
        "pesq": "the package pesq is not installed (pip install .[quality])",
        "stoi": "the package pystoi is not installed (pip install .[quality])",
    }


@pytest.mark.parametrize(
    ("rate", "seconds", "expected"),
    [
        (8000, 3.0, {}),
        (22050, 3.0, {"pesq": "takes 16000 or 8000 Hz, and the clips have 22050"}),
        (16000, 0.2, dict.fromkeys(["pesq", "stoi"], "takes 0.5 s or more, and the mixtures have 0.2")),
    ],
)
def test_sounds_that_a_metric_does_not_take_are_named(packages, rate, seconds, expected):
    assert quality.missing(rate, seconds) == expected
    assert quality.metrics(rate, seconds).keys().isdisjoint(expected)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_the_packages_themselves_know_a_voice_from_noise_and_from_silence(rate):
    pytest.importorskip("pesq", reason="pesq is not installed (pip install .[quality])")
    pytest.importorskip("pystoi", reason="pystoi is not installed (pip install .[quality])")
    random, times = np.random.default_rng(1), np.arange(2 * rate) / rate
    hum = sum(np.sin(2 * np.pi * 140 * n * times) / n for n in range(1, 20))
    voice = (0.1 * hum * (np.sin(2 * np.pi * 3 * times) > 0)).astype(np.float32)
    noise = (0.05 * random.standard_normal(len(voice))).astype(np.float32)
    those = quality.metrics(rate, 2.0)
    clean, noisy, silent = (
        quality.scores(those, estimate=one, reference=voice) for one in (voice, voice + noise, 0 * voice)
    )
    assert clean["pesq"] > 4.4
    assert clean["stoi"] == pytest.approx(1)
    assert 1 <= silent["pesq"] < noisy["pesq"] < clean["pesq"]
    assert silent["stoi"] < noisy["stoi"] < 0.95
