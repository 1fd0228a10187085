"""Short-time Fourier transform without centring, as the paper has it, and its power law."""

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAST_AMPLITUDE = 1e-8  # below it nothing is compressed: the power law's slope has no bound at 0
LEAST_WEIGHT = 0.05  # of the window's overlapped squares: what a rim of the signal is divided by at least


class Spectrum(nn.Module):
    """Analysis and synthesis of waveforms: 3 s at 16 kHz are 298 frames of 257 bins."""

    def __init__(self, n_fft: int = 512, win_length: int = 400, hop_length: int = 160):
        """Set the analysis: a periodic Hann window, zeros behind it up to the transform's length.

        Args:
            n_fft: Length of the transform, samples.
            win_length: Length of the window, samples.
            hop_length: Shift, samples.

        Raises:
            ValueError: The window is longer than the transform, or the shift than half the window.
        """
        super().__init__()
        if win_length > n_fft:
            raise ValueError(f"win_length {win_length} is longer than n_fft {n_fft}")
        if not 0 < hop_length <= win_length // 2:
            raise ValueError(f"hop_length {hop_length} is not between 1 and half of win_length {win_length}")
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.register_buffer("window", torch.hann_window(win_length), persistent=False)

    @property
    def num_bins(self) -> int:
        """Bins F of the spectrum."""
        return self.n_fft // 2 + 1

    def count_frames(self, num_samples: int | Tensor) -> int | Tensor:
        """How many frames lie within so many samples."""
        return (num_samples - self.win_length) // self.hop_length + 1

    def analyse(self, waveform: Tensor) -> Tensor:
        """The complex spectrum (B, L, F) of waveforms (B, T); frame l begins at sample l hop_length."""
        frames = waveform.unfold(-1, self.win_length, self.hop_length) * self.window
        return torch.fft.rfft(frames, self.n_fft)

    def synthesise(self, spectrum: Tensor) -> Tensor:
        """Waveforms (B, T) of complex spectra (B, L, F), T = (L - 1) hop_length + win_length.

        The inverse of `analyse` where two frames overlap; towards both ends, which one frame alone sees
        through the window's rise, the waveform fades.
        """
        frames = torch.fft.irfft(spectrum, self.n_fft)[..., : self.win_length] * self.window
        squares = self.window.square().expand(spectrum.shape[-2], -1)
        return self._overlap(frames) / self._overlap(squares[None]).clamp_min(LEAST_WEIGHT)

    def _overlap(self, frames: Tensor) -> Tensor:
        """Frames (B, L, win_length) added up where they overlap, (B, T)."""
        size = (frames.shape[1] - 1) * self.hop_length + self.win_length
        folded = functional.fold(
            frames.transpose(1, 2), (1, size), (1, self.win_length), stride=(1, self.hop_length)
        )
        return folded.flatten(1)


def compress(spectrum: Tensor, power: float) -> Tensor:
    """Complex values with their magnitudes raised to a power, phases as they are."""
    return spectrum * spectrum.abs().clamp_min(LEAST_AMPLITUDE) ** (power - 1)


def expand(spectrum: Tensor, power: float) -> Tensor:
    """What `compress` was given, of what it returned."""
    least = LEAST_AMPLITUDE**power
    return spectrum * spectrum.abs().clamp_min(least) ** (1 / power - 1)
