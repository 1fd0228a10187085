"""Weights: averaged over the best epochs, handed from one training to the next, loaded to recognise."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from musasr import tensors
from musasr.errors import StateError
from musasr.joint import JointModel
from musasr.tasks.folder import CONFIG_FILE, WEIGHTS_FILE

Weights = dict[str, Tensor]
TRAIN_AGAIN = "remove its folder checkpoints, and train again"
OTHER_VERSION = "is it whole, and of this version of musasr?"


def average(paths: Iterable[Path]) -> Weights:
    """The mean of the weights of Lightning checkpoints; whole numbers are the first one's.

    Raises:
        StateError: There is no checkpoint, or one is broken.
    """
    states = [_state(path) for path in sorted(paths)]
    if not states:
        raise StateError("no checkpoint was kept", mend="look at the training's log")
    mean = {}
    for name, value in states[0].items():
        if torch.is_floating_point(value):
            value = torch.stack([state[name].double() for state in states]).mean(dim=0).to(value.dtype)
        mean[name.removeprefix("model.")] = value
    return mean


def _state(path: Path) -> Weights:
    """The weights of a Lightning checkpoint, if they are sound."""
    content = tensors.load(path, mend=TRAIN_AGAIN)
    if not isinstance(content, dict) or not _are_weights(content.get("state_dict")):
        raise StateError("holds no weights", where=path, mend=TRAIN_AGAIN)
    _refuse_broken(content["state_dict"], path)
    return content["state_dict"]


def save(weights: Mapping[str, Tensor], directory: Path) -> None:
    """Write a training's final weights, whole or not at all.

    Raises:
        StateError: They hold NaN or infinite values.
    """
    path = directory / WEIGHTS_FILE
    _refuse_broken(weights, path)
    tensors.save(dict(weights), path)


def _are_weights(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and isinstance(one, Tensor) for name, one in value.items()
    )


def _refuse_broken(weights: Mapping[str, Tensor], path: Path) -> None:
    if broken := tensors.not_finite(weights):
        what = f"{len(broken)} of {len(weights)} weights hold NaN or infinite values ({broken[0]})"
        raise StateError(what, where=path, mend="lower optim_conf.lr or grad_clip, and train again")


def load(directory: Path) -> Weights:
    """A training's final weights.

    Raises:
        StateError: It is not finished, or the file is broken.
    """
    path = directory / WEIGHTS_FILE
    if not path.is_file():
        raise StateError("no weights yet", where=path, mend="finish this training with musasr train")
    weights = tensors.load(path, mend="remove it, train again")
    if not _are_weights(weights):
        raise StateError("is not a readable file of weights", where=path, mend="remove it, train again")
    _refuse_broken(weights, path)
    return weights


def initialise(model: JointModel, parents: Iterable[Path]) -> None:
    """Fill a model with the weights of the trainings that it starts from.

    Raises:
        StateError: A parent's part has other sizes, or a part that it should bring is not there.
    """
    weights: Weights = {}
    for directory in parents:
        weights |= load(directory)
    if weights:
        fill(model, weights, where=", ".join(map(str, parents)))


def load_model(directory: Path) -> JointModel:
    """A trained system, built from the configuration beside its weights, ready to recognise.

    Raises:
        ConfigError: The configuration is not one, or describes no model.
        StateError: It is not finished, or its weights do not fit its configuration.
    """
    # They take seconds to import, and who only reads weights needs none of them.
    from musasr.tasks.building import build
    from musasr.tasks.options import read_options

    weights = load(directory)
    path = directory / CONFIG_FILE
    model = build(read_options(path), where=str(path), mend=OTHER_VERSION)
    fill(model, weights, where=str(directory))
    return model.eval()


def fill(model: nn.Module, weights: Weights, *, where: str) -> None:
    """Give a model its weights.

    Raises:
        StateError: They are not those of such a model.
    """
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise StateError(
            f"the weights do not fit the model ({reason})", where=where, mend="train it again"
        ) from error
