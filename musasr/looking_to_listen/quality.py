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


PACKAGES = {"pesq": "pesq", "stoi": "pystoi"}  # metric -> the package that computes it
INSTALL = "pip install .[quality]"
PESQ_BANDS = {16000: "wb", 8000: "nb"}  # Hz -> ITU-T P.862.2 or P.862
LOWEST_PESQ = 1.0  # of what holds no speech, of which the package says nothing
LEAST_SECONDS = 0.5  # STOI wants 30 frames of 13 ms that are not silent, PESQ a quarter of a second


def metrics(sampling_rate: int, seconds: float) -> dict[str, Metric]:
    """The metrics of sounds of a rate (Hz) and a length that can be computed here, by name."""
    found: dict[str, Metric] = {"sdr": sdr, "si_sdr": si_sdr}
    makers: dict[str, Callable[[int], Metric]] = {"pesq": _pesq, "stoi": _stoi}
    lacking = missing(sampling_rate, seconds)
    return found | {name: makers[name](sampling_rate) for name in PACKAGES if name not in lacking}


def missing(sampling_rate: int, seconds: float) -> dict[str, str]:
    """The metrics of sounds of a rate (Hz) and a length that cannot be computed here, and why not."""
    reasons = {name: _why_not(name, sampling_rate, seconds) for name in PACKAGES}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _why_not(name: str, sampling_rate: int, seconds: float) -> str | None:
    if find_spec(PACKAGES[name]) is None:
        return f"the package {PACKAGES[name]} is not installed ({INSTALL})"
    if name == "pesq" and sampling_rate not in PESQ_BANDS:
        return f"takes 16000 or 8000 Hz, and the clips have {sampling_rate}"
    if seconds < LEAST_SECONDS:
        return f"takes {LEAST_SECONDS:g} s or more, and the mixtures have {seconds:g}"
    return None


def scores(those: dict[str, Metric], *, estimate: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """What metrics say of an estimate; dB are held within -+ 80."""
    return {name: limited(metric(estimate=estimate, reference=reference)) for name, metric in those.items()}


def _pesq(sampling_rate: int) -> Metric:
    """ITU-T P.862.2 at 16 kHz, P.862 at 8 kHz: 1 to 4.6."""
    package = import_module("pesq")

    def metric(*, estimate: np.ndarray, reference: np.ndarray) -> float:
        if not estimate.any():  # the package divides by its energy
            return LOWEST_PESQ
        try:
            return float(package.pesq(sampling_rate, reference, estimate, PESQ_BANDS[sampling_rate]))
        except package.NoUtterancesError:
            return LOWEST_PESQ

    return metric


def _stoi(sampling_rate: int) -> Metric:
    """Short-time objective intelligibility (Taal et al. 2011): up to 1."""
    package = import_module("pystoi")

    def metric(*, estimate: np.ndarray, reference: np.ndarray) -> float:
        return float(package.stoi(reference, estimate, sampling_rate))

    return metric
