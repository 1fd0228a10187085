"""A finished separator as a recipe's front end: ``{separator: musasr.tasks.finished:go_on_with, ...}``."""

from pathlib import Path
from typing import TYPE_CHECKING

from musasr.errors import ConfigError

if TYPE_CHECKING:
    from musasr.separators.trained import TrainedSeparator

PARTS = ("enh_encoder", "enh_separator", "enh_decoder")


def go_on_with(*, weights: str, sampling_rate: int) -> "TrainedSeparator":
    """The separator of a system that was trained before, in whatever recipe, to be trained further or kept.

    (What it imports takes seconds: a configuration is checked without.)

    Args:
        weights: Of a separator or of a joint system, where they were trained or unpacked: such as
            ``work/recorded/exp/band_split/model.pth``. Its content is noted, not that of the files beside it.
        sampling_rate: Of the mixtures, Hz.

    Raises:
        ConfigError: The system has no separator, another rate, or gives other sources than speech and music.
        StateError: It is not finished, or its files are broken.
    """
    from musasr.joint import SOURCES
    from musasr.recipe import config as configuration
    from musasr.separators.trained import TrainedSeparator
    from musasr.tasks import checkpoints
    from musasr.tasks.folder import CONFIG_FILE, WEIGHTS_FILE, recipe_of
    from musasr.tasks.separator_alone import PREFIX

    directory = Path(weights).parent
    if Path(weights).name != WEIGHTS_FILE:
        what = f"is not called {WEIGHTS_FILE}"
        raise ConfigError(what, where=weights, mend=f"name such as work/mini/exp/time/{WEIGHTS_FILE}")
    found = checkpoints.load(directory)
    own = {name.removeprefix(PREFIX): one for name, one in found.items() if name.startswith(PREFIX)}
    options = configuration.load_resolved(directory / CONFIG_FILE)
    sources = list((options.get("model_conf") or {}).get("sources") or SOURCES)
    if not own or sources != list(SOURCES):
        what = f"gives {', '.join(sources)}" if own else "has no separator"
        mend = "name exp/time, exp/frequency or a joint system that gives speech and music"
        raise ConfigError(what, where=directory, mend=mend)
    if (rate := recipe_of(directory)["sampling_rate"]) != sampling_rate:
        what = f"works at {rate} Hz, and the recipe at {sampling_rate} Hz"
        raise ConfigError(what, where=directory, mend=f"name one of {sampling_rate} Hz")
    keys = [key for part in PARTS for key in (part, f"{part}_conf") if options.get(key)]
    return TrainedSeparator({key: options[key] for key in keys}, own)
