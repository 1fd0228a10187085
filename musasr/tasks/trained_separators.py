"""Front ends that come trained, as ESPnet's task builds them: parts, and the weights that they bring."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from musasr.recipe.systems import pretrained_front_ends
from musasr.recipe.training_graph import SEPARATE, Training, model_parts
from musasr.separators.trained import SEPARATOR_KEY, TrainedSeparator, open_separator
from musasr.tasks.separator_alone import PREFIX

USUAL = 2  # sources: what num_spk is unless it is said
KEYS = (SEPARATOR_KEY, f"{SEPARATOR_KEY}_conf")


def espnets_parts(training: Training, config: Mapping[str, Any]) -> dict[str, Any]:
    """ESPnet's part / part_conf settings of a training's model.

    Raises:
        ConfigError: Its front end comes trained, and not from there.
        StateError: What it comes from is broken.
    """
    parts, given = model_parts(training, config), _given(training, config)
    if given is None:
        return _with_num_spk(parts)
    return {key: value for key, value in parts.items() if key not in KEYS} | dict(given.parts)


def _with_num_spk(parts: dict[str, Any]) -> dict[str, Any]:
    """ESPnet's number of what a separator gives, where its sources are listed and are not the usual two."""
    sources, conf = parts.get("model_conf", {}).get("sources", ()), parts.get("enh_separator_conf", {})
    if len(sources) in (0, USUAL) or "num_spk" in conf:
        return parts
    return parts | {"enh_separator_conf": {**conf, "num_spk": len(sources)}}


def first_weights(training: Training, config: Mapping[str, Any]) -> dict[str, Tensor]:
    """What a training's model begins with where its front end comes trained; {} of what has parents."""
    given = None if training.parents else _given(training, config)
    return {} if given is None else {f"{PREFIX}{name}": value for name, value in given.weights.items()}


def _given(training: Training, config: Mapping[str, Any]) -> TrainedSeparator | None:
    name = training.front_end
    if SEPARATE not in training.subtasks or name not in pretrained_front_ends(config):
        return None
    rate = config["sampling_rate"]
    return open_separator(config["models"][name], sampling_rate=rate, where=f"models.{name}")
