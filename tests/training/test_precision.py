"""bfloat16 is used where the machine has it, and refused by name where it has not."""

import pytest
import torch

from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.training import precision
from musasr.training.precision import choose_precision, has_bfloat16

WHERE = "training.time.precision"


@pytest.fixture(params=[True, False], ids=["native", "not native"])
def is_native(request, monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda on_gpu: request.param)
    return request.param


def test_auto_takes_bfloat16_where_it_is_native(is_native):
    chosen = choose_precision("auto", on_gpu=False, where=WHERE)
    assert chosen == ("bf16-mixed" if is_native else "32-true")


def test_single_precision_is_never_changed(is_native):
    assert choose_precision("32-true", on_gpu=True, where=WHERE) == "32-true"


@pytest.mark.parametrize("asked", ["bf16-mixed", "bf16-true"])
def test_bfloat16_by_name_is_refused_where_it_would_be_emulated(is_native, asked):
    if is_native:
        assert choose_precision(asked, on_gpu=False, where=WHERE) == asked
        return
    message = rf"{WHERE}: {asked}: this processor has no bfloat16 arithmetic; set it to auto or 32-true"
    with pytest.raises(ConfigError, match=message):
        choose_precision(asked, on_gpu=False, where=WHERE)


def test_an_lstm_runs_in_what_auto_chooses_here():
    # A processor without bfloat16 has no LSTM for it, and its products take 15 times as long.
    is_native = has_bfloat16(on_gpu=False)
    assert choose_precision("auto", on_gpu=False, where=WHERE) == ("bf16-mixed" if is_native else "32-true")
    torch.manual_seed(0)
    layer = torch.nn.LSTM(4, 4, bidirectional=True)
    frames = torch.randn(3, 2, 4, requires_grad=True)
    full, _ = layer(frames)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_native):
        states, _ = layer(frames)
    states.float().square().sum().backward()
    assert states.dtype == (torch.bfloat16 if is_native else torch.float32)
    torch.testing.assert_close(states.float(), full, atol=0.02 if is_native else 0.0, rtol=0.0)
    assert frames.grad.isfinite().all()
    assert frames.grad.abs().sum(dim=2).all()


@pytest.mark.parametrize(
    ("flags", "is_native"), [(set(), False), ({"avx512_bf16"}, True), ({"avx512_bf16", "amx_bf16"}, True)]
)
def test_an_x86_with_avx512_alone_has_no_bfloat16(monkeypatch, flags, is_native):
    # oneDNN says that it has: it would emulate it.
    names = ("avx512_f", "avx512_vl", "avx512_bw", "avx512_dq", "avx512_bf16", "amx_bf16")
    found = {"architecture": "x86_64"} | {name: "bf16" not in name or name in flags for name in names}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    assert has_bfloat16(on_gpu=False) is is_native


@pytest.mark.parametrize("recipe", ["mini", "smoke"])
def test_recipes_for_any_machine_ask_for_no_bfloat16_by_name(recipe):
    trainings = configuration.load(configuration.CONF / f"{recipe}.yaml")["training"]
    assert {training["precision"] for training in trainings.values()} == {"auto", "32-true"}
