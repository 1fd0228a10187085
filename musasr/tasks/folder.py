"""A training's folder: what its files are called, and what it was made with. Imports nothing of ESPnet."""

from pathlib import Path
from typing import Any

from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.recipe.workdir import Workdir

CONFIG_FILE = "config.yaml"  # ESPnet's options
WEIGHTS_FILE = "model.pth"
RECIPE_FILE = "recipe.yaml"  # the resolved recipe that it was made with


def workdir_of(directory: Path) -> Workdir:
    """Where the run of a training stands, also where all of it was moved."""
    return Workdir(directory.resolve().parents[1])


def recipe_of(directory: Path) -> dict[str, Any]:
    """The resolved recipe that a training was made with.

    Raises:
        ConfigError: It is missing, not YAML, or says no sampling rate.
    """
    path = directory / RECIPE_FILE
    recipe = configuration.load_resolved(path)
    rate = recipe.get("sampling_rate")
    if not isinstance(rate, int) or isinstance(rate, bool) or rate <= 0:
        mend = "is it whole? it is written beside the weights when they are trained"
        raise ConfigError(f"has sampling_rate {rate!r}, not a rate in Hz", where=path, mend=mend)
    return recipe
