"""The folder of a trained network: config.yaml, which says how it is built, and weights.pt."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.errors import StateError
from musasr.recipe import config as configuration

if TYPE_CHECKING:
    from torch import nn

CONFIG, WEIGHTS = "config.yaml", "weights.pt"
AGAIN = "train it again"


def save_network(directory: Path, network: "nn.Module", config: Mapping[str, Any]) -> None:
    """Write the resolved configuration and the weights, each whole or not at all; weights last."""
    from musasr import tensors  # takes seconds, and to know the files' names needs none of it

    directory.mkdir(parents=True, exist_ok=True)
    configuration.save(config, directory / CONFIG)
    tensors.save({name: value.cpu() for name, value in network.state_dict().items()}, directory / WEIGHTS)


def load_config(directory: Path) -> dict[str, Any]:
    """How a saved network was built and trained.

    Raises:
        StateError: There is no trained network.
    """
    if not (directory / WEIGHTS).is_file() or not (directory / CONFIG).is_file():
        raise StateError("holds no trained network", where=directory, mend="train it first")
    return configuration.load_resolved(directory / CONFIG)


def load_network[Network: "nn.Module"](directory: Path, kind: Callable[..., Network]) -> Network:
    """The trained network of a folder, built as its section ``network`` says, ready to be used.

    Raises:
        StateError: There is none, or one of its files is broken.
    """
    conf = load_config(directory).get("network")
    try:
        network = kind(**conf)
    except (TypeError, ValueError) as error:
        what = f"its section network is none of this kind of network ({error})"
        raise StateError(what, where=directory / CONFIG, mend=AGAIN) from error
    return load_weights(directory, network)


def load_weights(directory: Path, network: "nn.Module") -> "nn.Module":
    """The network with the folder's weights, ready to be used; nothing in the file is run.

    Raises:
        StateError: The file is broken, or holds the weights of another network.
    """
    from musasr import tensors

    state = tensors.load(directory / WEIGHTS, mend=AGAIN)
    try:
        network.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise StateError(
            "the weights are not this network's", where=directory / WEIGHTS, mend=AGAIN
        ) from error
    return network.eval()
