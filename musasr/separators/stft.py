"""Short-time Fourier transform as an ESPnet encoder and decoder, exact to the ends and blind to padding."""

import torch
from espnet2.enh.decoder.abs_decoder import AbsDecoder
from espnet2.enh.encoder.abs_encoder import AbsEncoder
from torch import Tensor
from torch.nn import functional

from musasr.layers.padding import zero_beyond


class StftEncoder(AbsEncoder):
    """Complex spectrum of the waveform, with silence around the utterance."""

    def __init__(self, n_fft: int = 512, win_length: int = 400, hop_length: int = 160):
        """Set the analysis: a periodic Hann window in the middle of each transform.

        Args:
            n_fft: Length of the transform, samples.
            win_length: Length of the window, samples (25 ms at 16 kHz).
            hop_length: Shift, samples (10 ms at 16 kHz).

        Raises:
            ValueError: The window is longer than the transform, or the shift than half the window.
        """
        super().__init__()
        check_analysis(n_fft, win_length, hop_length)
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.register_buffer("window", torch.hann_window(win_length), persistent=False)

    @property
    def output_dim(self) -> int:
        """Bins F of the spectrum."""
        return self.n_fft // 2 + 1

    def forward(self, input: Tensor, ilens: Tensor, fs: int | None = None) -> tuple[Tensor, Tensor]:
        """Return the spectrum and its lengths.

        Frame l is centred on sample l * hop_length; there are ceil((T + win_length / 2) / hop_length) frames,
        which are all that touch the utterance: the inverse needs no other, whatever the batch holds.

        Args:
            input: Waveforms, (B, T); what lies beyond `ilens` is taken as zero.
            ilens: Their lengths, samples, (B,).
            fs: Not used (ESPnet hands a sampling rate to every encoder).

        Returns:
            Complex spectrum (B, L, F); its valid frames, (B,). Frames beyond those are zero.
        """
        waveform = zero_beyond(input.float(), ilens.to(input.device), axis=1)
        num_frames = self.count_frames(input.shape[1])
        left = self.n_fft // 2
        right = (num_frames - 1) * self.hop_length + self.n_fft - left - input.shape[1]
        spectrum = torch.stft(
            functional.pad(waveform, (left, right)),
            self.n_fft,
            self.hop_length,
            self.win_length,
            self.window,
            center=False,
            return_complex=True,
        )
        return spectrum.transpose(1, 2), self.count_frames(ilens)

    def count_frames(self, num_samples: int | Tensor) -> int | Tensor:
        """Return how many frames touch so many samples."""
        return (num_samples + self.win_length // 2 + self.hop_length - 1) // self.hop_length


class StftDecoder(AbsDecoder):
    """Waveform of a complex spectrum: the inverse of `StftEncoder`, by weighted overlap-add."""

    def __init__(self, n_fft: int = 512, win_length: int = 400, hop_length: int = 160):
        """Set the synthesis; the arguments are those of `StftEncoder`."""
        super().__init__()
        check_analysis(n_fft, win_length, hop_length)
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.register_buffer("window", torch.hann_window(win_length), persistent=False)

    def forward(self, input: Tensor, ilens: Tensor, fs: int | None = None) -> tuple[Tensor, Tensor]:
        """Return the waveforms and their lengths.

        Args:
            input: Complex spectrum, (B, L, F), zero in the frames beyond an utterance's own.
            ilens: Lengths of the waveforms, samples, (B,).
            fs: Not used (ESPnet hands a sampling rate to every decoder).

        Returns:
            Waveforms (B, T), T the longest length, zero beyond each one's length; ilens.
        """
        num_samples = int(ilens.max())
        waveform = torch.istft(
            input.transpose(1, 2),
            self.n_fft,
            self.hop_length,
            self.win_length,
            self.window,
            center=True,
            length=num_samples,
        )
        return zero_beyond(waveform, ilens.to(waveform.device), axis=1), ilens


def check_analysis(n_fft: int, win_length: int, hop_length: int) -> None:
    """Refuse lengths that cannot be inverted everywhere.

    Raises:
        ValueError: The window is longer than the transform, or the shift than half the window.
    """
    if win_length > n_fft:
        raise ValueError(f"win_length {win_length} is longer than n_fft {n_fft}")
    if not 0 < hop_length <= win_length // 2:
        raise ValueError(f"hop_length {hop_length} is not between 1 and half of win_length {win_length}")
