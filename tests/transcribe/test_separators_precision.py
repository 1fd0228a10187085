"""A film's separator computes in half precision where it was trained so and the machine can."""

import pytest
from trained_folders import untrained_workdir

from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.recognition.separation import InBfloat16
from musasr.tasks.folder import RECIPE_FILE, recipe_of
from musasr.training import precision
from musasr.transcribe.settings import load_settings
from musasr.transcribe.system import load_system

SYSTEM = "time+mixture:both"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return untrained_workdir(tmp_path_factory.mktemp("work"), SYSTEM).training(SYSTEM)


def is_half(model, monkeypatch, *settings, trained, native):
    recipe = recipe_of(model)
    recipe["training"]["time"]["precision"] = trained
    configuration.save(recipe, model / RECIPE_FILE)
    monkeypatch.setattr(precision, "has_bfloat16", lambda on_gpu: native)
    return isinstance(load_system(model, load_settings(settings)).separator, InBfloat16)


@pytest.mark.parametrize("trained", ["auto", "bf16-mixed", "16-mixed"])
@pytest.mark.parametrize("native", [True, False])
def test_what_was_trained_in_half_precision_runs_anywhere(model, monkeypatch, trained, native):
    assert is_half(model, monkeypatch, trained=trained, native=native) is native


def test_what_was_trained_in_full_stays_so(model, monkeypatch):
    assert not is_half(model, monkeypatch, trained="32-true", native=True)
    assert is_half(model, monkeypatch, "input.precision=auto", trained="32-true", native=True)


def test_who_asks_for_it_by_name_is_told_that_it_is_not_there(model, monkeypatch):
    with pytest.raises(ConfigError, match=r"input\.precision: bf16-mixed: .* set it to auto or 32-true"):
        is_half(model, monkeypatch, "input.precision=bf16-mixed", trained="auto", native=False)
