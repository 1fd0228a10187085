"""What has to be trained for a set of systems, from what, and with which settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.recipe.systems import System

SEPARATORS, RECOGNIZERS, JOINT = "separators", "recognizers", "joint"
GROUPS = (SEPARATORS, RECOGNIZERS, JOINT)


@dataclass(frozen=True)
class Training:
    """One model to train (or, for a cascade, to put together): a folder under exp/."""

    name: str
    group: str
    subtasks: tuple[str, ...]  # ESPnet's --subtask_series: which parts the model has
    parents: tuple[str, ...]  # folders whose weights it starts from
    section: str | None  # its settings under ``training:``; None: put together, not trained
    front_end: str = "none"
    fine_tune: str = "none"

    def settings(self, config: Mapping[str, Any], trainings: Mapping[str, "Training"]) -> dict[str, Any]:
        """All that the weights depend on, as plain nested values."""
        shared = ("seed", "sampling_rate", "speech", "music", "units")
        return {
            **{key: config[key] for key in shared},
            "mixing": config["mixing"]["train"],
            "crossfade_seconds": config["mixing"]["crossfade_seconds"],
            **rooms_of(config),
            "model": model_parts(self, config),
            "training": config["training"][self.section] if self.section else None,
            "parents": {name: trainings[name].settings(config, trainings) for name in self.parents},
        }


def trainings_for(systems: Sequence[System], config: Mapping[str, Any]) -> dict[str, Training]:
    """Every training that the systems need, by name, parents before children; shared ones once."""
    found: dict[str, Training] = {}
    for system in systems:
        for training in _chain(system, config):
            found.setdefault(training.name, training)
    return dict(sorted(found.items(), key=lambda item: GROUPS.index(item[1].group)))


def rooms_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The rooms of the mixtures; nothing where there are none, as in settings of a time without rooms."""
    rooms = config["mixing"].get("rooms")
    return {} if rooms is None else {"rooms": rooms}


def model_parts(training: Training, config: Mapping[str, Any]) -> dict[str, Any]:
    """ESPnet's part / part_conf settings of a training's model."""
    parts: dict[str, Any] = {}
    if "enh" in training.subtasks:
        parts |= config["models"][training.front_end]
    if "asr" in training.subtasks:
        parts |= recognizer_parts(config, training.section)
    return parts


def recognizer_parts(config: Mapping[str, Any], section: str | None) -> dict[str, Any]:
    """ESPnet's settings of a training's recogniser: ``models.recognizer`` with what the training changes.

    Args:
        config: The resolved recipe.
        section: The training's, under ``training:``; None: one that is put together, not trained.

    Raises:
        ConfigError: The change has a key that ``models.recognizer`` has not, or a value of another type.
    """
    parts = dict(config["models"]["recognizer"])
    change = config["training"][section].get("recognizer") if section else None
    if change is None:
        return parts
    where = f"training.{section}.recognizer"
    if not isinstance(change, Mapping):
        mend = "give such as {asr_model_conf: {ctc_weight: 0.3}}"
        raise ConfigError(f"wants keys of models.recognizer, got {change!r}", where=where, mend=mend)
    return configuration.merge(parts, change, where=where)


def _chain(system: System, config: Mapping[str, Any]) -> list[Training]:
    """A system's trainings, parents first."""
    chain = _recognizers(system.back_end, config)
    if system.has_separator:
        chain.append(_separator(system.front_end))
        chain.append(_joint(system))
    return chain


def _separator(front_end: str) -> Training:
    return Training(front_end, SEPARATORS, ("enh",), (), front_end, front_end=front_end)


def _recognizers(back_end: str, config: Mapping[str, Any]) -> list[Training]:
    start = config["training"][back_end]["init"]
    chain = _recognizers(start, config) if start else []
    parents = (f"none+{start}",) if start else ()
    return [*chain, Training(f"none+{back_end}", RECOGNIZERS, ("asr",), parents, back_end)]


def _joint(system: System) -> Training:
    return Training(
        system.name,
        JOINT,
        ("enh", "asr"),
        (system.front_end, system.recognizer),
        "joint" if system.is_fine_tuned else None,
        front_end=system.front_end,
        fine_tune=system.fine_tune,
    )
