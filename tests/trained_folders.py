"""Folders as trainings leave them, without a training: small models of random weights."""

from pathlib import Path

import torch
from runs import make_run

from musasr.recipe import config as configuration
from musasr.tasks import checkpoints
from musasr.tasks.options import write_options
from musasr.training.train import RECIPE_FILE, build


def save_untrained(workdir: Path, name: str, *, seed: int = 1) -> Path:
    """Write config.yaml, recipe.yaml and model.pth of a training of the smoke recipe; return their folder."""
    run = make_run(workdir, "smoke", systems=name if "+" in name else f"{name}+none")
    directory = run.workdir.training(name)
    directory.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    model = build(write_options(run, name), where=name)
    configuration.save(run.config, directory / RECIPE_FILE)
    checkpoints.save(model.state_dict(), directory)
    return directory
