"""Models of a configuration, and trained ones from their folders."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from musasr.classification.folder import load_config, load_weights
from musasr.errors import ConfigError
from musasr.looking_to_listen.kinds import KINDS, kinds_of
from musasr.looking_to_listen.training import TrainedModel
from musasr.separators.looking.model import LookingToListen, build_model


def build(config: Mapping[str, Any], variant: str) -> LookingToListen:
    """A variant of a configuration, its weights drawn from the seed.

    Raises:
        ConfigError: A part does not take its arguments, or its kinds have not one number of faces.
    """
    face_encoder = config["variants"][variant]["face_encoder"]
    model = {key: _given(value) for key, value in config["model"].items()}
    if face_encoder == "crops":
        size = {"size": config["corpus"]["crop_size"]}
        model["face_encoder_conf"] = {**model["face_encoder_conf"], **size}
    num_sources = KINDS[kinds_of(config, variant)[0]].num_faces
    torch.manual_seed(config["seed"])
    try:
        return build_model(
            **model,
            face_encoder=face_encoder,
            num_sources=num_sources,
            sampling_rate=config["sampling_rate"],
            pictures_per_second=config["pictures_per_second"],
        )
    except (TypeError, ValueError) as error:
        raise ConfigError(
            str(error), where=f"model (variant {variant})", mend="see conf/looking_to_listen.yaml"
        ) from error


def _given(value: Any) -> Any:
    """A section without what is null: the part's own default stands for it."""
    if not isinstance(value, Mapping):
        return value
    return {key: one for key, one in value.items() if one is not None}


def load(folder: Path) -> tuple[LookingToListen, dict[str, Any]]:
    """A trained model, ready to be used, and its configuration.

    Raises:
        StateError: There is none, or its files are broken.
        ConfigError: Its configuration is none of this recipe.
    """
    config = load_config(folder)
    if config.get("system") != "looking_to_listen":
        raise ConfigError(
            "is no model that looks", where=folder, mend="train one: musasr train looking_to_listen"
        )
    network = TrainedModel(build(config, config["variant"]))
    load_weights(folder, network)
    return network.model, config
