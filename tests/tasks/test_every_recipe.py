"""Every recipe under conf/ builds the model of every system that it names first."""

import json

import pytest
from lass_folders import save_untrained_lass
from runs import RECIPES, make_run
from trained_folders import save_untrained

from musasr.recipe.config import CONF
from musasr.recipe.training_graph import model_parts
from musasr.tasks.options import write_options
from musasr.training.train import build

built = set()  # the recipes have many models in common


@pytest.mark.slow
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_builds_its_models(path, tmp_path):
    settings = []
    if path == CONF / "front_ends" / "asked.yaml":
        settings = [f"models.lass.separator_conf.model={save_untrained_lass(tmp_path / 'lass')}"]
    if path == CONF / "front_ends" / "further.yaml":
        weights = save_untrained(tmp_path / "before", "time") / "model.pth"
        settings = [f"models.further.separator_conf.weights={weights}"]
    run = make_run(tmp_path, path, *settings)
    run.workdir.units.mkdir(parents=True)
    tokens = ["<blank>", "<unk>", *(f"u{index}" for index in range(97)), "<sos/eos>"]
    (run.workdir.units / "tokens.txt").write_text("".join(f"{token}\n" for token in tokens))
    for name, training in run.trainings.items():
        key = json.dumps([training.subtasks, training.fine_tune, model_parts(training, run.config)])
        if training.subtasks and key not in built:  # what comes trained has none
            run.workdir.training(name).mkdir(parents=True)
            model = build(write_options(run, name), where=name)
            assert sum(parameter.numel() for parameter in model.parameters()) > 1_000
            built.add(key)
