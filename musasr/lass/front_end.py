"""A trained LASS-Net as a recipe's front end: ``{separator: musasr.lass.front_end:ask, ...}``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.errors import ConfigError

if TYPE_CHECKING:
    from musasr.separators.trained import TrainedSeparator

SHARED = ("stft", "unet", "input_power", "mask")


def ask(*, model: str, query: str, sampling_rate: int) -> "TrainedSeparator":
    """The network without its text's network, in whose place the query's vector stands.

    (What it imports takes seconds: a configuration is checked without.)

    Args:
        model: The network's folder, such as ``work/lass_16k/exp/lass``.
        query: What the recogniser wants to hear: "a person is speaking".
        sampling_rate: Of the mixtures, Hz.

    Raises:
        ConfigError: There is no such network, it takes no text or has another rate, or the query says
            nothing to it.
        StateError: Its files are broken.
    """
    import torch

    from musasr.classification.folder import load_config
    from musasr.lass.asking import is_lass, load_asked
    from musasr.separators.trained import TrainedSeparator

    directory = Path(model)
    if not is_lass(directory):
        mend = "train one: ./run.sh --recipe lass --config conf/lass_16k.yaml --workdir work/lass_16k"
        raise ConfigError("holds no model of egs/lass", where=directory, mend=mend)
    asked = load_asked(directory, query)
    if asked.sampling_rate != sampling_rate:
        what = f"works at {asked.sampling_rate} Hz, and the recipe at {sampling_rate} Hz"
        mend = f"train one of {sampling_rate} Hz (16000: conf/lass_16k.yaml)"
        raise ConfigError(what, where=directory, mend=mend)
    with torch.no_grad():
        state = {"query.vectors": asked.network.query.signed(asked.cue)}
    state |= {f"unet.{name}": value for name, value in asked.network.unet.state_dict().items()}
    weights = {f"separator.network.{name}": value for name, value in state.items()}
    return TrainedSeparator(_parts(load_config(directory)["network"]), weights)


def _parts(network: Mapping[str, Any]) -> dict[str, Any]:
    """ESPnet's parts of a configuration's section ``network``."""
    conf = {key: network[key] for key in SHARED if key in network}
    return {
        "enh_encoder": "same",
        "enh_separator": "lass",
        "enh_separator_conf": conf | {"query_size": network["size"]},
        "enh_decoder": "same",
    }
