"""A face before a recogniser: the joint model hands the faces on, and its loss reaches what looks."""

import pytest
import torch
from torch import nn

from musasr.joint import JointModel
from musasr.separators.looking.front_end import FaceFrontEnd
from musasr.separators.looking.model import build_model


class Echo(nn.Module):
    """A recogniser whose loss is the power of what it hears."""

    def forward(self, speech, speech_lengths, text, text_lengths):
        return speech.square().mean(), {}, None


def joint_model() -> JointModel:
    torch.manual_seed(0)
    model = build_model(
        num_sources=2,
        face_encoder="crops",
        face_encoder_conf={"face_dim": 6, "size": 8, "channels": [3]},
        audio_conf={"channels": 4, "out_channels": 2, "frequency_stride": 16},
        visual_conf={"channels": 5},
        spectrum_conf={},
        hidden_size=8,
        fusion_size=8,
    )
    return JointModel(FaceFrontEnd(model), Echo(), sources=("speech", "other"))


def batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    references = 0.1 * torch.randn(2, 2, 8000, generator=generator)
    return {
        "speech": references.sum(dim=0),
        "speech_lengths": torch.tensor([8000, 8000]),
        "speech_ref1": references[0],
        "speech_ref2": references[1],
        "text": torch.tensor([[3], [4]]),
        "text_lengths": torch.tensor([1, 1]),
    }


FACES = torch.randint(1, 255, (2, 2, 13, 8, 8), generator=torch.Generator().manual_seed(2)).byte()


def test_the_loss_of_both_reaches_the_face_encoder():
    model = joint_model()
    loss, stats, _ = model(**batch(), cue=FACES)
    loss.backward()
    assert {"si_sdr_speech", "si_sdr_other"} <= stats.keys()
    encoder = model.enh_model.model.face_encoder
    assert encoder.linear.weight.grad.abs().sum() > 0
    assert torch.isfinite(encoder.linear.weight.grad).all()


@torch.no_grad()
def test_the_faces_are_the_cue():
    model, one = joint_model().eval(), batch()
    given = model.separate(one["speech"], one["speech_lengths"], FACES)
    assert given.shape == (2, 2, 8000)
    assert not torch.allclose(given, model.separate(one["speech"], one["speech_lengths"], FACES.flip(1)))
    with pytest.raises(ValueError, match="the cue has 0 faces"):
        model.separate(one["speech"], one["speech_lengths"])
