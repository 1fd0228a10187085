"""Log mel filterbank features, computed in the graph: gradients pass to the waveform."""

import torch
import torchaudio
from espnet2.asr.frontend.abs_frontend import AbsFrontend

from musasr.errors import ConfigError
from musasr.layers.padding import zero_beyond


class LogMelFrontend(AbsFrontend):
    """Log mel features of the amplitude spectrum: log(mel(|STFT(x)|) + floor).

    The STFT is centred (frame l is centred on sample l * hop_length) and pads with zeros, not by reflection:
    the last frames of an utterance do not depend on what follows it in the batch. The mel filters are
    triangles of height 1 on the HTK scale (torchaudio's default).
    """

    def __init__(
        self,
        sampling_rate: int = 16000,
        n_fft: int = 512,
        win_length: int = 400,
        hop_length: int = 160,
        num_mels: int = 40,
        f_min: float = 20.0,
        f_max: float | None = None,
        floor: float = 1e-3,
    ):
        """Build the window and the filters.

        Args:
            sampling_rate: Hz.
            n_fft: Samples of the Fourier transform.
            win_length: Samples of the Hann window (25 ms).
            hop_length: Samples between frames (10 ms).
            num_mels: Channels F.
            f_min: Lower edge of the first filter in Hz.
            f_max: Upper edge of the last filter in Hz; half the sampling rate if None.
            floor: Added before the logarithm; the default is some 20 dB above 16-bit rounding noise.

        Raises:
            ConfigError: If the sizes do not go together.
        """
        super().__init__()
        if not 0 < hop_length <= win_length <= n_fft:
            raise ConfigError(
                f"hop_length {hop_length}, win_length {win_length} and n_fft {n_fft} are not in rising order",
                where="log_mel frontend",
                mend="use 0 < hop_length <= win_length <= n_fft",
            )
        if floor <= 0:
            raise ConfigError(f"floor {floor} is not positive", where="log_mel frontend")
        self.n_fft, self.win_length, self.hop_length = n_fft, win_length, hop_length
        self.num_mels, self.floor = num_mels, floor
        filters = torchaudio.functional.melscale_fbanks(
            n_fft // 2 + 1, f_min, f_max or sampling_rate / 2, num_mels, sampling_rate
        )
        # Both follow from the configuration: they are not weights and stay out of checkpoints.
        self.register_buffer("window", torch.hann_window(win_length), persistent=False)
        self.register_buffer("filters", filters, persistent=False)

    def output_size(self) -> int:
        """Return the number of channels F."""
        return self.num_mels

    def forward(self, input: torch.Tensor, input_lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the features of a padded batch.

        Args:
            input: Waveforms (B, T); what lies beyond the lengths is not looked at.
            input_lengths: Numbers of samples (B,).

        Returns:
            Features (B, L, F), zero beyond the lengths; their numbers (B,), 1 + num_samples // hop_length.
        """
        lengths = input_lengths.to(input.device)
        waveform = zero_beyond(input, lengths, axis=1)
        features = torch.log(self.amplitude(waveform) @ self.filters + self.floor)
        num_frames = lengths // self.hop_length + 1
        return zero_beyond(features, num_frames, axis=1), num_frames

    def amplitude(self, waveform: torch.Tensor) -> torch.Tensor:
        """Return the amplitude spectrum (B, L, n_fft // 2 + 1); its gradient is 0, not NaN, where it is 0."""
        spectrum = torch.stft(
            waveform,
            self.n_fft,
            self.hop_length,
            self.win_length,
            self.window,
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        return spectrum.abs().transpose(1, 2)
