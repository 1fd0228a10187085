"""Log mel energies as Kaldi computes them, the features of networks that were trained on its."""

import math

import torch
from torch import Tensor

RATE, FRAME, HOP, NUM_FFT = 16_000, 400, 160, 512
LOWEST_HZ, PREEMPHASIS = 20.0, 0.97


def fbank(waveforms: Tensor, *, num_mels: int = 80) -> Tensor:
    """Log mel energies (B, L, F) of waveforms (B, T) at 16 kHz: 25 ms frames each 10 ms.

    Without dither, and without frames beyond the ends; Povey's window; the mean of each frame is taken off,
    then pre-emphasis done.
    """
    frames = waveforms.unfold(-1, FRAME, HOP)
    frames = frames - frames.mean(dim=-1, keepdim=True)
    before = torch.cat([frames[..., :1], frames[..., :-1]], dim=-1)
    window = torch.hann_window(FRAME, periodic=False, dtype=waveforms.dtype, device=waveforms.device) ** 0.85
    power = torch.fft.rfft((frames - PREEMPHASIS * before) * window, n=NUM_FFT).abs() ** 2
    mels = mel_filters(num_mels).to(power)
    return (power[..., : NUM_FFT // 2] @ mels).clamp_min(torch.finfo(torch.float32).eps).log()


def mel_filters(num_mels: int) -> Tensor:
    """Triangles (bins, mels) that are even on the mel scale from 20 Hz to half the rate."""
    edges = torch.linspace(_mel(LOWEST_HZ), _mel(RATE / 2), num_mels + 2, dtype=torch.float64)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    bins = torch.tensor([_mel(RATE / NUM_FFT * index) for index in range(NUM_FFT // 2)], dtype=torch.float64)
    rising, falling = (bins[:, None] - low) / (centre - low), (high - bins[:, None]) / (high - centre)
    return torch.minimum(rising, falling).clamp_min(0).float()


def _mel(hertz: float) -> float:
    return 1127.0 * math.log1p(hertz / 700.0)
