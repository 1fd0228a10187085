import pytest
import torch

from musasr.separators.filterbank import fill_with_fourier


def filterbank(channels=64, length=16, stride=8):
    encoder = torch.nn.Conv1d(1, channels, length, stride, bias=False)
    return encoder, torch.nn.ConvTranspose1d(channels, 1, length, stride, bias=False)


def test_the_rectified_transform_is_inverted():
    encoder, decoder = filterbank()
    fill_with_fourier(encoder, decoder)
    waveform = torch.randn(2, 1, 320)
    again = decoder(torch.relu(encoder(waveform)))
    torch.testing.assert_close(again[..., 16:-16], waveform[..., 16:-16], atol=1e-4, rtol=1e-4)


def test_both_stay_trainable():
    encoder, decoder = filterbank()
    fill_with_fourier(encoder, decoder)
    decoder(torch.relu(encoder(torch.randn(1, 1, 64)))).square().sum().backward()
    assert encoder.weight.grad.any()
    assert decoder.weight.grad.any()


@pytest.mark.parametrize("sizes", [{"channels": 32}, {"stride": 4}])
def test_other_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match="wants stride 8, channel 64"):
        fill_with_fourier(*filterbank(**sizes))
