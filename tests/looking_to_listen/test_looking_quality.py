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
    those = quality.metrics(16000)
    assert list(those) == ["sdr", "si_sdr", "pesq", "stoi"]
    assert quality.missing(list(those)) == []
    voice, silence = np.ones(100) / 2, np.zeros(100)
    assert quality.scores(those, estimate=voice, reference=voice)["pesq"] == 4.5
    found = quality.scores(those, estimate=silence, reference=voice)
    assert (found["pesq"], found["stoi"], found["si_sdr"]) == (1.0, 0.5, -80)


def test_packages_that_are_not_there_are_named(monkeypatch):
    monkeypatch.setattr(quality, "find_spec", lambda name: None)
    those = quality.metrics(16000)
    assert list(those) == ["sdr", "si_sdr"]
    assert quality.missing(list(those)) == [
        "PESQ: the package pesq is not installed",
        "STOI: the package pystoi is not installed",
    ]
