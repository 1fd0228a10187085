"""Scores of a separated voice: SDR and SI-SDR, and PESQ and STOI where their packages are installed."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from musasr.metrics.separation import limited, sdr, si_sdr


class Metric(Protocol):
    """A score of an estimate (T,), higher is better."""

    def __call__(self, *, estimate: np.ndarray, reference: np.ndarray) -> float:
        """The score."""


LOWEST_PESQ = 1.0  # of what holds no speech, of which the package says nothing
PACKAGES = {"pesq": "pesq", "stoi": "pystoi"}  # metric -> the package that computes it


def metrics(sampling_rate: int) -> dict[str, Metric]:
    """The metrics that can be computed here, by name."""
    found: dict[str, Metric] = {"sdr": sdr, "si_sdr": si_sdr}
    makers: dict[str, Callable[[int], Metric]] = {"pesq": _pesq, "stoi": _stoi}
    return found | {name: makers[name](sampling_rate) for name in PACKAGES if find_spec(PACKAGES[name])}


def missing(names: list[str]) -> list[str]:
    """What is not among these metrics, and why."""
    return [
        f"{name.upper()}: the package {package} is not installed"
        for name, package in PACKAGES.items()
        if name not in names
    ]


def scores(those: dict[str, Metric], *, estimate: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """What metrics say of an estimate; dB are held within -+ 80."""
    return {name: limited(metric(estimate=estimate, reference=reference)) for name, metric in those.items()}


def _pesq(sampling_rate: int) -> Metric:
    """ITU-T P.862.2 at 16 kHz, P.862 at 8 kHz: 1 to 4.6."""
    package = import_module("pesq")
    band = "wb" if sampling_rate == 16000 else "nb"

    def metric(*, estimate: np.ndarray, reference: np.ndarray) -> float:
        try:
            return float(package.pesq(sampling_rate, reference, estimate, band))
        except package.NoUtterancesError:
            return LOWEST_PESQ

    return metric


def _stoi(sampling_rate: int) -> Metric:
    """Short-time objective intelligibility (Taal et al. 2011): up to 1."""
    package = import_module("pystoi")

    def metric(*, estimate: np.ndarray, reference: np.ndarray) -> float:
        return float(package.stoi(reference, estimate, sampling_rate))

    return metric
