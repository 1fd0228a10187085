import pytest
import torch
from espnet2.enh.decoder.conv_decoder import ConvDecoder
from espnet2.enh.encoder.conv_encoder import ConvEncoder

from musasr.separators.filterbank import FramedConvDecoder, FramedConvEncoder, fill_with_fourier


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


@pytest.mark.parametrize("sizes", [(12, 8, 4), (12, 9, 4), (6, 5, 5)])
def test_products_of_frames_are_espnets_convolutions(sizes):
    waveform, lengths = torch.randn(2, 203), torch.tensor([203, 150])
    encoder, decoder = FramedConvEncoder(*sizes), FramedConvDecoder(*sizes)
    expected_encoder, expected_decoder = ConvEncoder(*sizes), ConvDecoder(*sizes)
    expected_encoder.load_state_dict(encoder.state_dict())
    expected_decoder.load_state_dict(decoder.state_dict())
    features, num_frames = encoder(waveform, lengths)
    expected, expected_num_frames = expected_encoder(waveform, lengths)
    torch.testing.assert_close(features, expected)
    assert num_frames.tolist() == expected_num_frames.tolist()
    torch.testing.assert_close(decoder(features, lengths)[0], expected_decoder(features, lengths)[0])
