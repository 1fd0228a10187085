import argparse

import pytest
import torch

from musasr import config as configuration
from musasr.errors import ConfigError
from musasr.tasks import checkpoints
from musasr.tasks.one import build
from musasr.tasks.task import MusicMixedTask

SUBTASKS = {"time": ["enh"], "frequency": ["enh"], "recognizer": ["asr"]}


def options(recipe: str, *parts: str, model_conf=None, num_units=30) -> argparse.Namespace:
    """ESPnet's options for a model with these sections of a recipe's ``models:``."""
    models = configuration.load(configuration.CONF / f"{recipe}.yaml")["models"]
    args = MusicMixedTask.get_parser().parse_args([])
    for part in parts:
        for key, value in models[part].items():
            setattr(args, key, value)
    args.subtask_series = [subtask for part in parts for subtask in SUBTASKS[part]]
    args.token_list = ["<blank>", "<unk>", *(f"u{index}" for index in range(num_units - 3)), "<sos/eos>"]
    args.model_conf = model_conf or {}
    return args


def batch(num_samples=(16000, 12000)) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    lengths = torch.tensor(num_samples)
    inside = torch.arange(max(num_samples))[None] < lengths[:, None]
    references = 0.1 * torch.randn(2, len(num_samples), max(num_samples), generator=generator) * inside
    return {
        "speech": references.sum(dim=0),
        "speech_lengths": lengths,
        "speech_ref1": references[0],
        "speech_ref2": references[1],
        "text": torch.tensor([[3, 4, 5], [6, 7, -1]]),
        "text_lengths": torch.tensor([3, 2]),
    }


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


@pytest.mark.parametrize(("fine_tune", "frozen"), [("front", "s2t_model"), ("back", "enh_model")])
def test_frozen_is_frozen_to_the_bit(fine_tune, frozen):
    args = options("smoke", "time", "recognizer", model_conf={"fine_tune": fine_tune})
    model = build(args, where="test").train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.1, weight_decay=0.1)
    model(**batch())[0].backward()
    optimizer.step()
    for name, value in model.state_dict().items():
        if name.startswith(frozen):
            assert torch.equal(value, before[name]), name
    moved = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    assert moved


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


def test_the_papers_sizes():
    model = build(options("csj_anime", "time", "recognizer", num_units=9515), where="test")
    separator = sum(parameter.numel() for parameter in model.enh_model.separator.parameters())
    assert separator == 8_700_481  # facts: the TCN of N=256 L=20 B=256 H=512 P=3 X=8 R=4
    assert model.enh_model.encoder.conv1d.weight.shape == (256, 1, 20)
    assert model.s2t_model.decoder.output.out_features == 9515
    assert model.s2t_model.ctc is None
    assert model.s2t_model.frontend.output_size() == 40
    frequency = build(options("csj_anime", "frequency"), where="test").enh_model.separator
    lstms = [module for module in frequency.modules() if isinstance(module, torch.nn.LSTM)]
    assert [lstm.hidden_size for lstm in lstms] == [320] * 2 * 5  # two directions, five layers


def test_a_misspelt_argument_of_a_part_is_one_line():
    args = options("smoke", "time")
    args.enh_separator_conf = {"layers": 3}
    with pytest.raises(ConfigError, match=r"exp/x: .*layers.*; mend the section models"):
        build(args, where="exp/x")


def test_average_of_checkpoints(tmp_path):
    for index, value in enumerate((1.0, 3.0)):
        state = {"model.a": torch.full((2,), value), "model.count": torch.tensor(7)}
        torch.save({"state_dict": state}, tmp_path / f"best{index}.ckpt")
    mean = checkpoints.average(tmp_path.glob("*.ckpt"))
    assert mean["a"].tolist() == [2.0, 2.0]
    assert mean["count"] == 7
