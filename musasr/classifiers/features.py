"""Log-mel spectrograms as the two systems see them: of voices, and of music."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

SAMPLING_RATE = 16000
LOWEST_POWER = 1e-6
WINDOWS: dict[str, Callable[[int], Tensor]] = {"hamming": torch.hamming_window, "hann": torch.hann_window}


class MelPower(nn.Module):
    """Power in mel bands (HTK's scale, triangles of height 1) of waveforms at 16 kHz."""

    def __init__(self, *, num_bands: int, num_fft: int, window_size: int, hop: int, window: str):
        """Say how it is measured; sizes in samples."""
        super().__init__()
        self.num_bands, self.num_fft, self.window_size, self.hop = num_bands, num_fft, window_size, hop
        self.register_buffer("window", WINDOWS[window](window_size), persistent=False)
        self.register_buffer("filters", mel_filters(num_bands, num_fft), persistent=False)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Map (B, T) to (B, F, 1 + T // hop); ends are mirrored by half a transform."""
        # torch mirrors no row that is shorter than what it mirrors.
        short = self.num_fft // 2 + 1 - waveforms.shape[1]
        padded = nn.functional.pad(waveforms, (0, max(0, short)))
        spectrum = torch.stft(
            padded, self.num_fft, self.hop, self.window_size, self.window, center=True, return_complex=True
        )
        return self.filters @ (spectrum.real**2 + spectrum.imag**2)


class VoiceFeatures(nn.Module):
    """log(power + 1e-6) in 40 bands each 10 ms, each band normalised over its utterance."""

    def __init__(self, *, num_bands: int = 40):
        """Hold the number of bands F."""
        super().__init__()
        self.num_bands = num_bands
        self.mel = MelPower(num_bands=num_bands, num_fft=512, window_size=400, hop=160, window="hamming")
        self.normalise = nn.InstanceNorm1d(num_bands)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Map (B, T) at 16 kHz to (B, F, L)."""
        return self.normalise((self.mel(waveforms) + LOWEST_POWER).log())


class MusicFeatures(nn.Module):
    """log10(1 + 10 m) in 128 bands each 32 ms: m is the power, the transform 2048 samples."""

    def __init__(self, *, num_bands: int = 128):
        """Hold the number of bands F."""
        super().__init__()
        self.num_bands = num_bands
        self.mel = MelPower(num_bands=num_bands, num_fft=2048, window_size=2048, hop=512, window="hann")

    def forward(self, waveforms: Tensor) -> Tensor:
        """Map (B, T) at 16 kHz to (B, F, L)."""
        return compress_power(self.mel(waveforms))


def compress_power(power: Tensor) -> Tensor:
    """log10(1 + 10 m): near linear for what is faint."""
    return torch.log10(1 + 10 * power)


def mel_filters(num_bands: int, num_fft: int) -> Tensor:
    """Triangles (F, num_fft // 2 + 1) between points that stand evenly on mel = 2595 log10(1 + Hz / 700)."""
    highest = 2595 * torch.log10(torch.tensor(1 + SAMPLING_RATE / 2 / 700, dtype=torch.float64))
    points = 700 * (10 ** (torch.linspace(0, 1, num_bands + 2, dtype=torch.float64) * highest / 2595) - 1)
    bins = torch.linspace(0, SAMPLING_RATE / 2, num_fft // 2 + 1, dtype=torch.float64)
    distances = points.unsqueeze(1) - bins
    widths = points.diff()
    rising, falling = -distances[:-2] / widths[:-1, None], distances[2:] / widths[1:, None]
    return torch.minimum(rising, falling).clamp(min=0).float()
