"""Padding changes nothing in training: each utterance gives a batch what it gives alone."""

import pytest
import torch
from small_models import batch, options

from musasr.training.train import build

PARTS = [("time",), ("frequency",), ("recognizer",), ("time", "recognizer"), ("frequency", "recognizer")]


def alone(one: dict[str, torch.Tensor], index: int) -> dict[str, torch.Tensor]:
    """An utterance of a batch without the batch's padding."""
    num_samples, num_units = int(one["speech_lengths"][index]), int(one["text_lengths"][index])
    part = {name: value[index : index + 1] for name, value in one.items()}
    part["text"] = part["text"][:, :num_units]
    return part | {name: part[name][:, :num_samples] for name in ("speech", "speech_ref1", "speech_ref2")}


@pytest.mark.parametrize("parts", PARTS)
def test_a_batchs_loss_is_the_mean_of_its_utterances_losses(parts):
    model = build(options("smoke", *parts), where="test").eval()
    with torch.no_grad():
        loss, stats, _ = model(**batch())
        each = [model(**alone(batch(), index)) for index in range(2)]
    torch.testing.assert_close(loss, (each[0][0] + each[1][0]) / 2, atol=1e-4, rtol=1e-4)
    for name in {"loss_sep", "si_sdr_speech", "si_sdr_music", "loss_asr"} & set(stats):
        torch.testing.assert_close(
            stats[name], (each[0][1][name] + each[1][1][name]) / 2, atol=1e-4, rtol=1e-4, msg=name
        )


@pytest.mark.parametrize("front_end", ["time", "frequency"])
def test_estimates_are_those_of_the_utterance_alone(front_end):
    model = build(options("smoke", front_end), where="test").eval()
    one = batch()
    with torch.no_grad():
        if front_end == "frequency":  # untrained, it gives two like masks, which leaves their levels open
            model.enh_model.separator.linear.weight.mul_(20)
        together = model.separate(one["speech"], one["speech_lengths"])
        for index, length in enumerate(one["speech_lengths"].tolist()):
            by_itself = model.separate(one["speech"][index : index + 1, :length], torch.tensor([length]))
            torch.testing.assert_close(together[index, :, :length], by_itself[0], atol=1e-4, rtol=1e-4)
            assert not together[index, :, length:].any()
