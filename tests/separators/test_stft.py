"""The inverse is exact to the ends, and padding is not seen."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.separators.stft import StftDecoder, StftEncoder


@settings(deadline=None, max_examples=30)
@given(lengths=st.lists(st.integers(1, 2000), min_size=1, max_size=3), seed=st.integers(0, 1000))
def test_inverse_is_exact_to_the_ends(lengths, seed):
    waveform = torch.rand(len(lengths), max(lengths) + 7, generator=torch.Generator().manual_seed(seed)) - 0.5
    encode, decode = StftEncoder(), StftDecoder()
    spectrum, _ = encode(waveform, torch.tensor(lengths))
    restored, out_lengths = decode(spectrum, torch.tensor(lengths))
    assert restored.shape == (len(lengths), max(lengths))
    assert out_lengths.tolist() == lengths
    for i, length in enumerate(lengths):
        torch.testing.assert_close(restored[i, :length], waveform[i, :length], atol=1e-5, rtol=0)
        assert not restored[i, length:].any()


@settings(deadline=None, max_examples=20)
@given(length=st.integers(1, 1500), longer=st.integers(1, 1500), seed=st.integers(0, 1000))
def test_padding_changes_nothing_even_of_a_changed_spectrum(length, longer, seed):
    torch.manual_seed(seed)
    encode, decode = StftEncoder(), StftDecoder()
    waveform = torch.randn(2, length + longer)  # what lies beyond the length is not zero
    lengths = torch.tensor([length, length + longer])
    spectrum, num_frames = encode(waveform, lengths)
    alone, [frames_alone] = encode(waveform[:1, :length], lengths[:1])
    assert num_frames[0] == frames_alone == alone.shape[1]
    torch.testing.assert_close(spectrum[:1, :frames_alone], alone, atol=1e-4, rtol=1e-4)
    assert not spectrum[0, frames_alone:].any()

    mask = torch.rand(2, *spectrum.shape[1:])
    in_batch = decode(spectrum * mask, lengths)[0]
    by_itself = decode(alone * mask[:1, :frames_alone], lengths[:1])[0]
    torch.testing.assert_close(in_batch[0, :length], by_itself[0], atol=1e-4, rtol=1e-4)


def test_spectrum_is_that_of_torch_with_silence_around():
    waveform = torch.randn(1, 1000)
    spectrum, _ = StftEncoder(256, 200, 80)(waveform, torch.tensor([1000]))
    expected = torch.stft(
        waveform, 256, 80, 200, torch.hann_window(200), center=True, pad_mode="constant", return_complex=True
    )
    torch.testing.assert_close(spectrum[:, : expected.shape[2]], expected.transpose(1, 2))


def test_sampling_rate_is_accepted_and_changes_nothing():
    waveform, lengths = torch.randn(1, 800), torch.tensor([800])
    encode, decode = StftEncoder(), StftDecoder()
    spectrum = encode(waveform, lengths, fs=8000)[0]
    torch.testing.assert_close(decode(spectrum, lengths, fs=8000)[0], waveform, atol=1e-5, rtol=0)
    assert encode.output_dim == spectrum.shape[2] == 257
    assert not encode.state_dict()


@pytest.mark.parametrize(("sizes", "message"), [((256, 400, 160), "n_fft"), ((512, 400, 300), "hop_length")])
def test_sizes_that_cannot_be_inverted_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        StftEncoder(*sizes)
    with pytest.raises(ValueError, match=message):
        StftDecoder(*sizes)
