"""Looking to Listen: the paper's shapes and sizes, the power law, masks, and who is told what."""

import math

import numpy as np
import pytest
import torch

from musasr.separators.looking.faces import CropEncoder, GivenVectors
from musasr.separators.looking.losses import assigned_loss, permuted_loss
from musasr.separators.looking.masks import complex_masks
from musasr.separators.looking.model import build_model
from musasr.separators.looking.network import MaskNetwork
from musasr.separators.looking.spectrum import Spectrum, compress, expand
from musasr.separators.looking.streams import AudioStream, VisualStream


def paper_model(num_sources: int, face_encoder: str | None = "vectors"):
    return build_model(
        num_sources=num_sources,
        face_encoder=face_encoder,
        face_encoder_conf={"face_dim": 512},
        audio_conf={},
        visual_conf={},
        spectrum_conf={},
    )


def small_model(num_sources: int = 2, face_encoder: str | None = "crops", **settings):
    torch.manual_seed(0)
    crops = {"face_dim": 6, "size": 8, "channels": [3]}
    return build_model(
        num_sources=num_sources,
        face_encoder=face_encoder,
        face_encoder_conf=crops if face_encoder == "crops" else {"face_dim": 6},
        audio_conf={
            "channels": 4,
            "out_channels": 2,
            "frequency_stride": 8,
            "kernels": [[1, 7], [7, 1], [1, 1]],
            "dilations": [[1, 1], [2, 1], [1, 1]],
        },
        visual_conf={"channels": 5, "kernels": [3], "dilations": [1]},
        spectrum_conf={},
        hidden_size=8,
        fusion_size=8,
        **settings,
    )


def crops_of(*shape: int) -> torch.Tensor:
    return torch.randint(1, 255, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def noise(*shape: int) -> torch.Tensor:
    return 0.1 * torch.randn(*shape, generator=torch.Generator().manual_seed(2))


def size_of(module: torch.nn.Module) -> float:
    """Parameters, millions."""
    return sum(parameter.numel() for parameter in module.parameters()) / 1e6


@pytest.mark.parametrize(("num_faces", "millions"), [(1, 15.35), (2, 16.48), (3, 17.61)])
def test_the_papers_sizes_have_as_many_parameters_as_reimplementations(num_faces, millions):
    assert size_of(paper_model(num_faces)) == pytest.approx(millions, abs=0.005)


def test_the_papers_audio_stream_alone():
    stream = AudioStream(257)
    assert size_of(stream) == pytest.approx(2.84, abs=0.005)
    assert stream.output_dim == 8 * 257
    assert len(stream.layers) == 15


def test_three_seconds_are_298_frames_of_257_bins():
    spectrum = Spectrum()
    assert spectrum.analyse(torch.zeros(1, 48000)).shape == (1, 298, 257)
    assert spectrum.count_frames(48000) == 298


def test_a_frame_is_the_transform_of_its_windowed_samples():
    samples = noise(1, 2000)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    expected = np.fft.rfft(samples[0, 480:880].numpy() * window, 512)
    assert Spectrum().analyse(samples)[0, 3].numpy() == pytest.approx(expected, abs=1e-5)


def test_synthesis_inverts_analysis_where_frames_overlap():
    samples, spectrum = noise(2, 16000), Spectrum()
    again = spectrum.synthesise(spectrum.analyse(samples))
    assert again.shape[1] == 97 * 160 + 400
    torch.testing.assert_close(again[:, 240:-240], samples[:, 240 : again.shape[1] - 240], atol=1e-5, rtol=0)


@pytest.mark.parametrize(("settings", "message"), [((512, 600, 160), "longer"), ((512, 400, 300), "half")])
def test_a_spectrum_that_cannot_be_inverted_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Spectrum(*settings)


def test_the_power_law_keeps_phases_and_can_be_undone():
    values = torch.polar(
        torch.tensor([0.0, 1e-12, 1e-4, 0.5, 30.0]), torch.tensor([0.0, 1.0, -2.0, 3.0, 0.1])
    )
    compressed = compress(values, 0.3)
    assert compressed[4].abs().item() == pytest.approx(30**0.3)
    assert compressed[3].angle().item() == pytest.approx(3.0)
    torch.testing.assert_close(expand(compressed, 0.3), values, rtol=1e-4, atol=1e-12)


def test_the_power_law_has_a_finite_slope_at_silence():
    values = torch.zeros(3, dtype=torch.complex64, requires_grad=True)
    expand(compress(values, 0.3), 0.3).abs().square().sum().backward()
    assert torch.isfinite(torch.view_as_real(values.grad)).all()


def test_a_sigmoid_mask_stays_within_its_bounds_below_zero_too():
    scores = torch.tensor([[[-100.0, 0.0, 100.0, 0.5]]])
    (mask,) = complex_masks(scores, 1, "sigmoid", (-1.0, 1.0))[0, 0]
    assert mask.real.tolist() == pytest.approx([-1, 0])
    assert mask.imag.tolist() == pytest.approx([1, 2 / (1 + math.exp(-0.5)) - 1])


def test_a_tanh_mask_is_the_compression_of_wang():
    scores = torch.tensor([[[3.0, -1000.0]]])
    (mask,) = complex_masks(scores, 1, "tanh", (0.0, 1.0))[0, 0]
    # K (1 - e^-Cx) / (1 + e^-Cx), K = 10, C = 0.1
    assert mask.real.item() == pytest.approx(10 * (1 - math.exp(-0.3)) / (1 + math.exp(-0.3)))
    assert mask.imag.item() == pytest.approx(-10)


def test_masks_of_several_sources_do_not_mix_their_parts():
    scores = torch.arange(12.0).reshape(1, 1, 12) / 100
    masks = complex_masks(scores, 2, "tanh", (0.0, 1.0))
    assert masks.shape == (1, 2, 1, 3)
    assert masks[0, 1, 0, 2].real.item() == pytest.approx(10 * math.tanh(0.05 * 0.08))
    assert masks[0, 1, 0, 2].imag.item() == pytest.approx(10 * math.tanh(0.05 * 0.11))


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"mask": "relu"}, "mask is 'relu'"), ({"mask_bounds": (1.0, 0.0)}, "mask_bounds are")],
)
def test_masks_that_are_none_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        small_model(**settings)


@pytest.mark.parametrize("stream", [VisualStream, AudioStream])
def test_layers_want_a_dilation_each_and_odd_kernels(stream):
    kernels = [[3, 3]] if stream is AudioStream else [3]
    with pytest.raises(ValueError, match="1 kernels and 2 dilations"):
        stream(8, kernels=kernels, dilations=kernels * 2)
    with pytest.raises(ValueError, match="even kernel"):
        stream(8, kernels=[[3, 2]] if stream is AudioStream else [2], dilations=kernels)


def test_each_frame_is_shown_the_picture_of_its_middle():
    pictures = small_model().pictures_of(298, torch.tensor([75]))[0].tolist()
    expected = [int((frame * 0.01 + 0.0125) * 25 + 1e-9) for frame in range(298)]
    assert pictures == expected
    assert (pictures[0], pictures[-1]) == (0, 74)


def test_a_mixture_that_begins_earlier_is_shown_the_first_picture():
    assert small_model().pictures_of(5, torch.tensor([75]), start=-800).tolist() == [[0] * 5]


def test_faces_share_the_visual_streams_weights():
    model = small_model().eval()
    faces, shown = noise(1, 2, 10, 6), (torch.tensor([10]), torch.arange(10)[None])
    seen = model.network.look(faces, *shown)
    swapped = model.network.look(faces.flip(1), *shown)
    torch.testing.assert_close(seen[..., :5], swapped[..., 5:])
    torch.testing.assert_close(seen[..., 5:], swapped[..., :5])


@pytest.mark.parametrize("face_encoder", ["crops", None])
def test_gradients_reach_everything(face_encoder):
    model = small_model(face_encoder=face_encoder)
    cue = None if face_encoder is None else crops_of(2, 2, 25, 8, 8)
    model.separate(noise(2, 16000), torch.tensor([16000, 16000]), cue).square().sum().backward()
    silent = [name for name, one in model.named_parameters() if one.grad is None or not one.grad.any()]
    # What a batch normalisation follows has no use for a bias.
    assert [name for name in silent if not name.endswith("0.bias")] == []


@torch.no_grad()
def test_the_same_mixture_alone_and_padded():
    model = small_model().eval()
    mixture, cue = noise(1, 16000), crops_of(1, 2, 25, 8, 8)
    alone = model.separate(mixture, torch.tensor([16000]), cue)
    junk = torch.cat([mixture, torch.ones(1, 5000)], dim=1)
    both = torch.cat([torch.cat([cue, crops_of(1, 2, 8, 8, 8)], dim=2), crops_of(1, 2, 33, 8, 8)])
    together = model.separate(torch.cat([junk, noise(1, 21000)]), torch.tensor([16000, 21000]), both)
    torch.testing.assert_close(together[:1, :, :16000], alone, atol=1e-5, rtol=1e-4)
    assert not together[0, :, 16000:].any()


@torch.no_grad()
def test_masks_of_one_give_the_mixture_back_to_its_very_ends():
    model = small_model(face_encoder=None).eval()
    model.network.forward = lambda spectrum, *_: torch.ones(1, 2, *spectrum.shape[1:], dtype=torch.complex64)
    mixture = noise(1, 16111)
    voices = model.separate(mixture, torch.tensor([16111]))
    torch.testing.assert_close(voices[0, 1], mixture[0], atol=1e-5, rtol=0)


def test_the_faces_are_counted():
    model = small_model()
    for cue, number in ((None, 0), (crops_of(1, 3, 25, 8, 8), 3)):
        with pytest.raises(ValueError, match=f"the cue has {number} faces, and the network separates 2"):
            model.separate(noise(1, 16000), torch.tensor([16000]), cue)
    assert model.sources == ("face1", "face2")


def test_a_face_that_is_missing_is_a_vector_of_zeros():
    encoder = CropEncoder(8, [3], 6).eval()
    crops = crops_of(1, 1, 4, 8, 8)
    crops[0, 0, 2] = 0
    vectors = encoder(crops)[0, 0]
    assert not vectors[2].any()
    assert vectors[[0, 1, 3]].any(dim=1).all()


def test_centred_crops_say_nothing_of_what_does_not_move():
    encoder = CropEncoder(8, [3], 6, is_centred=True).eval()
    crops = crops_of(1, 1, 4, 8, 8) // 2
    darker, brighter = encoder(crops), encoder(crops + 40)
    torch.testing.assert_close(darker, brighter, atol=1e-5, rtol=1e-4)
    crops[0, 0, 3] = 0  # a missing one is no part of the mean
    torch.testing.assert_close(encoder(crops[:, :, :3]), encoder(crops)[:, :, :3])


def test_a_crop_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="size 20 cannot be halved 3 times"):
        CropEncoder(20, [1, 1, 1], 4)


def test_face_vectors_of_another_size_are_refused():
    with pytest.raises(ValueError, match="face vectors have 128 numbers, and face_dim is 512"):
        GivenVectors(512)(torch.zeros(1, 1, 3, 128))


def test_the_loss_with_the_best_order_is_never_above_the_assigned_one():
    one, other = torch.ones(1, 2, 3, dtype=torch.complex64), torch.zeros(1, 2, 3, dtype=torch.complex64)
    estimates, references = torch.stack([one, other], dim=1), torch.stack([other, one], dim=1)
    assert assigned_loss(estimates, references).item() == pytest.approx(1.0)
    assert permuted_loss(estimates, references).item() == pytest.approx(0.0)
    both = torch.cat([estimates, references])
    # One utterance in the right order, one in the wrong: each has its own best.
    assert permuted_loss(both, torch.cat([references, references])).item() == pytest.approx(0.0)
    assert assigned_loss(both, torch.cat([references, references])).item() == pytest.approx(0.5)


def test_a_network_of_audio_alone_has_no_room_for_faces():
    audio = AudioStream(257, 4, 2, [[1, 7]], [[1, 1]], 16)
    network = MaskNetwork(audio, None, num_bins=257, num_sources=2, hidden_size=4, fusion_size=4)
    assert network(torch.zeros(1, 5, 257, dtype=torch.complex64)).shape == (1, 2, 5, 257)
    assert network.blstm.directions[0].input_size == audio.output_dim == 2 * 17
