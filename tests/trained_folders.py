"""Folders as trainings leave them, without a training: small models of random weights, and their use."""

from collections.abc import Mapping
from pathlib import Path

import torch
from runs import make_run

from musasr.recipe import config as configuration
from musasr.recipe.workdir import Workdir
from musasr.recognition.recognizer import Recognizer, build_recognizer
from musasr.recognizers.espnet_reader import build_espnet_reader
from musasr.tasks import checkpoints
from musasr.tasks.folder import RECIPE_FILE
from musasr.tasks.options import write_options
from musasr.text import Units, train_units
from musasr.training.train import build


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


def untrained_workdir(root: Path, *names: str) -> Workdir:
    """A run's folder with units of letters and such trainings, which have learnt nothing."""
    workdir = Workdir(root)
    train_units(["ab cd ef gh ij", "kl mn op qr"], workdir.units, unit_type="char", num_units=None)
    for name in names:
        save_untrained(workdir.root, name)
    return workdir


def recognizer_of(
    directory: Path, units: Units, decode: Mapping, *, sampling_rate: int = 16000
) -> Recognizer:
    """Our own recogniser of a training's folder."""
    model = checkpoints.load_model(directory)
    reader = build_espnet_reader(model.s2t_model, units, decode, sampling_rate=sampling_rate)
    return build_recognizer(model, reader, decode, sampling_rate=sampling_rate)
