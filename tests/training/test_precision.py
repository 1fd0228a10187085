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


def test_what_is_called_native_runs_an_lstm():
    # On a processor without it torch's LSTM finds no implementation, and a product takes 15 times as long.
    layer = torch.nn.LSTM(4, 4, bidirectional=True)
    frames = torch.zeros(3, 2, 4, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16(on_gpu=False)):
        layer(frames)[0].sum().backward()


@pytest.mark.parametrize("recipe", ["mini", "smoke"])
def test_recipes_for_any_machine_ask_for_no_bfloat16_by_name(recipe):
    trainings = configuration.load(configuration.CONF / f"{recipe}.yaml")["training"]
    assert {training["precision"] for training in trainings.values()} == {"auto", "32-true"}
