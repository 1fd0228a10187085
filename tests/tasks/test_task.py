import pytest
import torch
from small_models import batch, options

from musasr.errors import ConfigError
from musasr.tasks import checkpoints
from musasr.tasks.options import read_options
from musasr.training.train import build


@pytest.mark.parametrize("recipe", ["smoke", "mini"])
@pytest.mark.parametrize("parts", [("time",), ("frequency",), ("recognizer",), ("time", "recognizer")])
def test_gradients_reach_every_parameter(recipe, parts):
    model = build(options(recipe, *parts), where="test")
    loss, stats, weight = model(**batch())
    loss.backward()
    assert weight == 2
    assert torch.isfinite(stats["loss"])
    # The attention's last bias moves all energies alike, which the softmax does not see.
    without = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    assert {name for name in without if not name.endswith("gvec.bias")} == set()


def test_the_joint_loss_is_separation_plus_alpha_recognition():
    model = build(options("smoke", "time", "recognizer", model_conf={"alpha": 3.0}), where="test").eval()
    _, stats, _ = model(**batch())
    torch.testing.assert_close(stats["loss"], stats["loss_sep"] + 3.0 * stats["loss_asr"])


@pytest.mark.parametrize("parts", [("time", "recognizer"), ("frequency", "recognizer"), ("recognizer",)])
def test_one_utterance_alone_and_padded_encode_alike(parts):
    model = build(options("smoke", *parts), where="test").eval()
    both = batch()
    alone = both["speech"][1:, :12000]

    def encode(speech, lengths):
        if model.enh_model is not None:
            speech = model.separate(speech, lengths)[:, 0]
        return model.s2t_model.encode(speech, lengths)

    with torch.no_grad():
        padded, lengths = encode(both["speech"], both["speech_lengths"])
        single, single_lengths = encode(alone, both["speech_lengths"][1:])
    assert lengths[1] == single_lengths[0]
    torch.testing.assert_close(padded[1, : lengths[1]], single[0], atol=1e-4, rtol=1e-4)


def test_a_misspelt_argument_of_a_part_is_one_line():
    args = options("smoke", "time")
    args.enh_separator_conf = {"layers": 3}
    with pytest.raises(ConfigError, match=r"exp/x: .*layers.*; check the section models"):
        build(args, where="exp/x")


def test_average_of_checkpoints(tmp_path):
    for index, value in enumerate((1.0, 3.0)):
        state = {"model.a": torch.full((2,), value), "model.count": torch.tensor(7)}
        torch.save({"state_dict": state}, tmp_path / f"best{index}.ckpt")
    mean = checkpoints.average(tmp_path.glob("*.ckpt"))
    assert mean["a"].tolist() == [2.0, 2.0]
    assert mean["count"] == 7


def test_options_of_an_older_musasr_say_what_to_write_instead(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("filterbank_init: fourier\n")
    with pytest.raises(ConfigError, match=r"unknown key 'filterbank_init'; write init: fourier"):
        read_options(path)
    path.write_text("enh_encodr: stft\n")
    with pytest.raises(ConfigError, match=r"unknown key 'enh_encodr'; did you mean 'enh_encoder'"):
        read_options(path)
