"""The log mel front-end: agreement with torchaudio, lengths, gradients."""

import pytest
import torch
import torchaudio

from musasr.errors import ConfigError
from musasr.recognizers.features import LogMelFrontend


@pytest.fixture
def frontend() -> LogMelFrontend:
    return LogMelFrontend()


def test_all_frames_agree_with_torchaudio(frontend):
    waveform = torch.randn(2, 8000, generator=torch.Generator().manual_seed(0))
    mel = torchaudio.transforms.MelSpectrogram(
        16000,
        n_fft=512,
        win_length=400,
        hop_length=160,
        f_min=20.0,
        n_mels=40,
        power=1.0,
        pad_mode="constant",
    )
    expected = torch.log(mel(waveform) + frontend.floor).transpose(1, 2)
    features, num_frames = frontend(waveform, torch.tensor([8000, 8000]))
    assert features.shape == expected.shape == (2, 51, frontend.output_size())
    assert num_frames.tolist() == [51, 51]
    torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("num_samples", [400, 1599, 1600, 1601, 4321])
def test_padding_changes_nothing(frontend, num_samples):
    generator = torch.Generator().manual_seed(num_samples)
    batch = torch.randn(2, 6000, generator=generator)  # noise on the padding too: it must not be looked at
    alone, frames_alone = frontend(batch[:1, :num_samples], torch.tensor([num_samples]))
    padded, num_frames = frontend(batch, torch.tensor([num_samples, 6000]))
    assert frames_alone[0] == num_frames[0] == alone.size(1)
    torch.testing.assert_close(padded[:1, : alone.size(1)], alone, rtol=1e-4, atol=1e-4)
    assert not padded[0, alone.size(1) :].any()


def test_gradient_reaches_the_waveform_and_stops_at_its_end(frontend):
    waveform = torch.randn(1, 3000, generator=torch.Generator().manual_seed(1)).requires_grad_()
    frontend(waveform, torch.tensor([2000]))[0].sum().backward()
    assert waveform.grad[0, :2000].abs().min() > 0
    assert not waveform.grad[0, 2000:].any()


def test_silence_gives_the_floor_and_a_finite_gradient(frontend):
    waveform = torch.zeros(1, 2000, requires_grad=True)
    features, _ = frontend(waveform, torch.tensor([2000]))
    features.sum().backward()
    torch.testing.assert_close(features, torch.full_like(features, frontend.floor).log())
    assert torch.isfinite(waveform.grad).all()


def test_nothing_is_saved_with_the_weights(frontend):
    assert not frontend.state_dict()


@pytest.mark.parametrize("settings", [{"hop_length": 500}, {"win_length": 600}, {"floor": 0.0}])
def test_sizes_that_do_not_go_together_are_refused(settings):
    with pytest.raises(ConfigError, match="log_mel"):
        LogMelFrontend(**settings)
