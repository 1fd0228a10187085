import pytest
import torch
from espnet2.enh.decoder.conv_decoder import ConvDecoder
from espnet2.enh.encoder.conv_encoder import ConvEncoder

from musasr.separators.filterbank import FramedConvDecoder, FramedConvEncoder

SIZES = {"channel": 64, "kernel_size": 16, "stride": 8}


def filterbank(init="fourier"):
    return FramedConvEncoder(**SIZES, init=init), FramedConvDecoder(**SIZES, init=init)


def test_the_rectified_transform_is_inverted():
    encoder, decoder = filterbank()
    waveform, lengths = torch.randn(2, 320), torch.tensor([320, 320])
    again, _ = decoder(encoder(waveform, lengths)[0], lengths)
    torch.testing.assert_close(again[..., 16:-16], waveform[..., 16:-16], atol=1e-4, rtol=1e-4)


def test_both_stay_trainable():
    encoder, decoder = filterbank()
    lengths = torch.tensor([64])
    decoder(encoder(torch.randn(1, 64), lengths)[0], lengths)[0].square().sum().backward()
    assert encoder.conv1d.weight.grad.any()
    assert decoder.convtrans1d.weight.grad.any()


def test_what_is_built_after_it_draws_the_same_numbers_however_it_starts():
    drawn = {}
    for init in ("random", "fourier"):
        torch.manual_seed(0)
        filterbank(init)
        drawn[init] = torch.rand(3)
    assert drawn["random"].equal(drawn["fourier"])


@pytest.mark.parametrize("part", [FramedConvEncoder, FramedConvDecoder])
@pytest.mark.parametrize("sizes", [{"channel": 32}, {"stride": 4}])
def test_other_sizes_and_other_starts_are_refused(part, sizes):
    with pytest.raises(ValueError, match="init fourier wants stride 8, channel 64"):
        part(**SIZES | sizes, init="fourier")
    with pytest.raises(ValueError, match="init is 'forier'; choose from random, fourier"):
        part(**SIZES, init="forier")


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
