"""A new HTS voice out of an existing one, by linear maps on its model: vocal tract, brightness, rate.

The spectrum is a mel-cepstrum, log|H(w)| = sum_m c_m cos(m warp(w, alpha)). Another vocal-tract length,
another sampling rate and another alpha only move the frequencies at which that sum is read, so the new
cepstrum is a matrix times the old one. Synthesis at 16 kHz costs a third of synthesis at 48 kHz.
"""

import re
from dataclasses import dataclass

import numpy as np

GRID = 512
ALPHA_RATES, ALPHAS = (8000, 16000, 22050, 32000, 44100, 48000), (0.31, 0.42, 0.455, 0.50, 0.54, 0.55)
FRAMES_PER_SECOND = 200


@dataclass(frozen=True)
class Timbre:
    """How a voice differs from the one it is made from.

    Attributes:
        formant_scale: Factor on all resonance frequencies (1.15: a vocal tract shorter by 15 %).
        brightness: Added to the first mel-cepstral coefficient with its sign turned (> 0: more treble).
        intonation: Factor on the excursions of log F0 around its mean.
    """

    formant_scale: float
    brightness: float
    intonation: float


class HtsVoice:
    """The parts of a .htsvoice file."""

    def __init__(self, content: bytes):
        """Take a file apart.

        Args:
            content: The whole .htsvoice file.
        """
        header, mark, data = content.partition(b"[DATA]\n")
        self.header = header.decode("ascii")
        self._data, self._mark = bytearray(data), mark
        self.sampling_rate = int(self._field("SAMPLING_FREQUENCY"))

    def to_bytes(self) -> bytes:
        """The .htsvoice file."""
        return self.header.encode("ascii") + self._mark + bytes(self._data)

    def _field(self, name: str) -> str:
        return re.search(rf"^{re.escape(name)}:(.*)$", self.header, re.MULTILINE)[1]

    def set_field(self, name: str, value: str) -> None:
        """Replace one header line."""
        self.header = re.sub(rf"^{re.escape(name)}:.*$", f"{name}:{value}", self.header, flags=re.MULTILINE)

    @property
    def alpha(self) -> float:
        """The all-pass constant of the mel-cepstrum."""
        return float(self._field("OPTION[MCP]").removeprefix("ALPHA="))

    def table(self, name: str, num_counts: int) -> np.ndarray:
        """A writable view (rows, columns) of the float32 table of a PDF section.

        Args:
            name: The section, such as "STREAM_PDF[MCP]".
            num_counts: How many int32 row counts come before the table (one a state).
        """
        first, last = map(int, self._field(name).split("-"))
        section = np.frombuffer(self._data, dtype=np.uint8)[first : last + 1]
        num_rows = int(section[: 4 * num_counts].view("<i4").sum())
        return section[4 * num_counts :].view("<f4").reshape(num_rows, -1)


def transform(content: bytes, timbre: Timbre, sampling_rate: int) -> bytes:
    """The .htsvoice file of another speaker at another rate.

    Args:
        content: A .htsvoice file with streams MCP (with alpha), LF0 and LPF, 5 states and 3 windows.
        timbre: The new speaker.
        sampling_rate: The rate of the new voice in Hz, at most that of the old one.
    """
    voice = HtsVoice(content)
    old_rate = voice.sampling_rate
    alpha = float(np.interp(sampling_rate, ALPHA_RATES, ALPHAS))
    matrix = cepstrum_map((voice.alpha, old_rate), (alpha, sampling_rate), timbre.formant_scale)
    _map_spectrum(voice, matrix, timbre.brightness)
    _scale_intonation(voice, timbre.intonation)
    _decimate_excitation_filter(voice, old_rate / sampling_rate)
    voice.set_field("OPTION[MCP]", f"ALPHA={alpha}")
    voice.set_field("SAMPLING_FREQUENCY", str(sampling_rate))
    voice.set_field("FRAME_PERIOD", str(round(sampling_rate / FRAMES_PER_SECOND)))
    return voice.to_bytes()


def warp(omega: np.ndarray, alpha: float) -> np.ndarray:
    """The all-pass phase: w + 2 atan(alpha sin w / (1 - alpha cos w)), in rad, for w in rad."""
    return omega + 2 * np.arctan2(alpha * np.sin(omega), 1 - alpha * np.cos(omega))


def cepstrum_map(
    old: tuple[float, int], new: tuple[float, int], formant_scale: float, order: int = 35
) -> np.ndarray:
    """The (order, order) matrix that takes a mel-cepstrum to that of the scaled spectrum at a new rate.

    Args:
        old: Alpha and sampling rate (Hz) of the cepstrum that comes in.
        new: Alpha and sampling rate of the one that goes out.
        formant_scale: New frequency over old frequency of the same resonance.
        order: The number of coefficients.
    """
    omega = np.pi * (np.arange(GRID) + 0.5) / GRID
    source = np.minimum(omega * (new[1] / old[1]) / formant_scale, np.pi)
    log_magnitude = np.cos(np.outer(warp(source, old[0]), np.arange(order)))
    target = np.cos(np.outer(warp(omega, new[0]), np.arange(order)))
    # Errors count on the warped (mel) scale, as hearing and features do.
    weight = np.sqrt(np.gradient(warp(omega, new[0])))[:, None]
    return np.linalg.lstsq(weight * target, weight * log_magnitude, rcond=None)[0]


def _map_spectrum(voice: HtsVoice, matrix: np.ndarray, brightness: float) -> None:
    order = len(matrix)
    pdfs = voice.table("STREAM_PDF[MCP]", 5)
    correlation = np.corrcoef(pdfs[:, :order].T)
    for start in range(0, 3 * order, order):
        part = slice(start, start + order)
        pdfs[:, part] = pdfs[:, part] @ matrix.T
        pdfs[:, 3 * order :][:, part] = pdfs[:, 3 * order :][:, part] @ (matrix**2).T
    pdfs[:, 1] -= brightness
    # Global variance: coefficients move together over an utterance, so their correlation counts.
    global_variance = voice.table("GV_PDF[MCP]", 1)
    deviation = np.sqrt(global_variance[:, :order])
    covariance = deviation[:, :, None] * correlation * deviation[:, None, :]
    mapped = np.einsum("ij,rjk,ik->ri", matrix, covariance, matrix)
    relative = global_variance[:, order:] / global_variance[:, :order] ** 2
    global_variance[:, :order] = mapped
    global_variance[:, order:] = relative * mapped**2


def _scale_intonation(voice: HtsVoice, factor: float) -> None:
    pdfs = voice.table("STREAM_PDF[LF0]", 5)
    centre = np.median(pdfs[:, 0])
    pdfs[:, 0] = centre + factor * (pdfs[:, 0] - centre)
    pdfs[:, 1:3] *= factor
    pdfs[:, 3:6] *= factor**2
    global_variance = voice.table("GV_PDF[LF0]", 1)
    global_variance[:, 0] *= factor**2
    global_variance[:, 1] *= factor**4


def _decimate_excitation_filter(voice: HtsVoice, step: float) -> None:
    pdfs = voice.table("STREAM_PDF[LPF]", 5)
    num_taps = pdfs.shape[1] // 2
    taps = np.arange(num_taps)
    places = (taps - num_taps // 2) * step + num_taps // 2
    for row in pdfs:
        row[:num_taps] = step * np.interp(places, taps, row[:num_taps], left=0, right=0)
