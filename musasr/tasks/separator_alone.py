"""A trained system's separator without its recogniser: where its parts are ours, without ESPnet's tasks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.errors import ConfigError
from musasr.joint import SOURCES, JointModel
from musasr.recipe import config as configuration
from musasr.separators.chain import SeparatorChain
from musasr.separators.classes import DECODERS, ENCODERS, SEPARATORS
from musasr.tasks import checkpoints
from musasr.tasks.building import as_one_line
from musasr.tasks.folder import CONFIG_FILE

SUBTASK, PREFIX = "enh", "enh_model."  # ESPnet's names for a separator, in options and in weights


def load_separator(directory: Path, *, where: object = None) -> JointModel:
    """The separator of a trained system, ready to separate.

    Args:
        directory: The training's folder.
        where: What messages call a system that has none; None: the folder.

    Raises:
        ConfigError: It has no separator, or its configuration describes none.
        StateError: It is not finished, or its weights do not fit its configuration.
    """
    weights = checkpoints.load(directory)  # first: a training that is not finished says so
    path = directory / CONFIG_FILE
    options = configuration.load_resolved(path)
    if SUBTASK not in (options.get("subtask_series") or ()):
        mend = "name exp/time, exp/frequency or a joint system"
        raise ConfigError("has no separator", where=where or directory, mend=mend)
    if not _knows(options):
        return checkpoints.load_model(directory)
    with as_one_line(where=str(path), mend=checkpoints.OTHER_VERSION):
        sources = (options.get("model_conf") or {}).get("sources", SOURCES)
        model = JointModel(enh_model=_build(options), sources=sources)
    own = {name: value for name, value in weights.items() if name.startswith(PREFIX)}
    checkpoints.fill(model, own, where=str(directory))
    return model.eval()


def _knows(options: Mapping[str, Any]) -> bool:
    """Whether a separator of these options, under ESPnet's names, is made of our parts alone."""
    return (
        options.get("enh_encoder") in ENCODERS
        and options.get("enh_separator") in SEPARATORS
        and options.get("enh_decoder") in DECODERS
        and not options.get("enh_model_conf")
    )


def _build(options: Mapping[str, Any]) -> SeparatorChain:
    """The separator of options of our parts, as ESPnet's task would build it."""
    parts = {part: options.get(f"enh_{part}_conf") or {} for part in ("encoder", "separator", "decoder")}
    encoder = ENCODERS[options["enh_encoder"]](**parts["encoder"])
    separator = SEPARATORS[options["enh_separator"]](encoder.output_dim, **parts["separator"])
    return SeparatorChain(encoder, separator, DECODERS[options["enh_decoder"]](**parts["decoder"]))
