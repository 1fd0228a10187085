"""A LASS-Net that is asked one thing for good: waveforms in and out, trained with a recogniser's batches."""

import pytest
import torch
from torch import nn

from musasr.separators.lass.front_end import LassSeparator

CONF = {
    "query_size": 16,
    "stft": {"n_fft": 64, "win_length": 64, "hop_length": 32},
    "unet": {"channels": [4, 6], "blocks": 1, "film": "affine"},
}


@pytest.fixture(params=["magnitude", "phase"])
def separator(request):
    torch.manual_seed(0)
    made = LassSeparator(1, **CONF, mask=request.param)
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.uniform_(0.5, 2)
    return made


def noise(*lengths):
    waves = torch.zeros(len(lengths), max(lengths))
    generator = torch.Generator().manual_seed(1)
    for wave, length in zip(waves, lengths, strict=True):
        wave[:length] = 0.1 * torch.randn(length, generator=generator)
    return waves, torch.tensor(lengths)


def test_what_is_asked_for_and_the_rest_sum_to_the_mixture(separator):
    mixture, lengths = noise(2000, 1500)
    (asked, rest), given, others = separator(mixture, lengths)
    torch.testing.assert_close(asked + rest, mixture)
    assert asked.abs().max() > 0
    assert rest.abs().max() > 0
    assert (given.tolist(), others, separator.num_spk) == ([2000, 1500], {}, 2)


def test_an_utterance_is_the_same_alone_and_in_a_padded_batch_while_it_is_trained(separator):
    mixture, lengths = noise(1500, 4100)
    separator.train()
    before = {name: value.clone() for name, value in separator.named_buffers()}
    both = torch.stack(separator(mixture, lengths)[0], dim=1)
    alone = torch.stack(separator(mixture[:1, :1500], lengths[:1])[0], dim=1)
    torch.testing.assert_close(both[:1, :, :1500], alone, atol=1e-6, rtol=1e-4)
    assert all(torch.equal(before[name], value) for name, value in separator.named_buffers())


def test_gradients_reach_every_parameter_and_the_query(separator):
    mixture, lengths = noise(2000, 1500)
    asked, rest = separator.train()(mixture, lengths)[0]
    (asked.square().sum() + rest.abs().sum()).backward()
    unreached = {name for name, value in separator.named_parameters() if value.grad is None}
    assert unreached == set()
    assert separator.network.query.vectors.grad.any()


def test_it_computes_in_bfloat16_what_it_computes_in_float32(separator):
    mixture, lengths = noise(2000, 1500)
    expected, _ = separator.eval()(mixture, lengths)[0]
    with torch.autocast("cpu", torch.bfloat16):
        asked, _ = separator(mixture, lengths)[0]
    torch.testing.assert_close(asked.float(), expected, atol=0.02, rtol=0.1)
