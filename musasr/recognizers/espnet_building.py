"""ESPnet's model from its configuration and weights, neither of which can run code here."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import Any

import torch
from torch import Tensor, nn

from musasr.errors import StateError
from musasr.recognizers.espnet_archive import EspnetFiles
from musasr.recognizers.espnet_units import TOKEN_TYPES
from musasr.typechecks import at_first_call

# Kinds of each part that are made of the weights beside them alone. Others of ESPnet's fetch a model from an
# address that the configuration names, or unpickle one.
SAFE_PARTS: Mapping[str, Sequence[str | None]] = {
    "frontend": ("default", "sliding_window", "log_mel", None),
    "specaug": ("specaug", None),
    "normalize": ("global_mvn", "utterance_mvn", None),
    "preencoder": ("sinc", "linear", None),
    "encoder": (
        "conformer",
        "transformer",
        "vgg_rnn",
        "rnn",
        "longformer",
        "branchformer",
        "e_branchformer",
        "multiconv_conformer",
        "contextual_block_transformer",
        "contextual_block_conformer",
        "conv_blstm",
    ),
    "postencoder": ("length_adaptor", None),
    "decoder": (
        "transformer",
        "lightweight_conv",
        "lightweight_conv2d",
        "dynamic_conv",
        "dynamic_conv2d",
        "rnn",
        "location_lstm",
        None,
    ),
    "model": ("espnet", None),
}
UNLOADED = ("init", "init_param")  # of the configuration: the weights come whole
DEFAULT_RATE = 16000  # Hz, of ESPnet's front end where its configuration names none


@dataclass(frozen=True)
class BuiltModel:
    """A recognition model, what kind of units it writes, and its waveforms' rate in Hz."""

    model: nn.Module
    token_type: str
    sampling_rate: int


def build_model(files: EspnetFiles) -> BuiltModel:
    """The model of files, with its weights, on the processor.

    Raises:
        StateError: It is of another task or version, has parts that would fetch others, or its weights are a
            pickle, broken, or do not fit.
    """
    settings = files.settings()
    _check(settings, files)
    model = _build(settings, load_weights(files), files)
    return BuiltModel(model, settings.get("token_type", "bpe"), _rate(settings))


def load_weights(files: EspnetFiles) -> dict[str, Tensor]:
    """The tensors of a weights file by name.

    Raises:
        StateError: It holds other objects, which only running their code could make, or is broken.
    """
    where = files.name if files.weights.name in files.name else f"{files.name}: {files.weights.name}"
    try:
        with warnings.catch_warnings(action="ignore"):  # of a pickle's version, before it is refused
            weights = torch.load(files.weights, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has no one type for a broken file
        what = "is no file of tensors alone (a pickle of other objects is not read, or it is broken)"
        raise StateError(
            what, where=where, mend="save the model's state_dict() alone, or fetch it again"
        ) from error
    is_plain = isinstance(weights, Mapping) and all(isinstance(one, Tensor) for one in weights.values())
    if not weights or not is_plain:
        mend = "name the weights of an epoch or their average, not a checkpoint"
        raise StateError("holds no weights by name", where=where, mend=mend)
    return dict(weights)


def _check(settings: Mapping[str, Any], files: EspnetFiles) -> None:
    """See that the configuration is a recogniser's, of parts that load nothing else."""
    if "token_list" not in settings or "encoder" not in settings:
        what = f"{files.config.name} is of no recogniser of ESPnet's task asr"
        raise StateError(what, where=files.name, mend="name a model of that task, for this version of ESPnet")
    for part, safe in SAFE_PARTS.items():
        if settings.get(part) not in safe:
            what = f"has a {part} {settings[part]!r}, which may bring weights from elsewhere"
            known = ", ".join(one for one in safe if one)
            raise StateError(what, where=files.name, mend=f"take a model with one of: {known}")
    if settings.get("token_type", "bpe") not in TOKEN_TYPES:
        what = f"writes units of type {settings['token_type']!r}"
        raise StateError(what, where=files.name, mend=f"take a model of {', '.join(TOKEN_TYPES)}")


def _build(settings: Mapping[str, Any], weights: Mapping[str, Tensor], files: EspnetFiles) -> nn.Module:
    """ESPnet's model of the settings with these weights."""
    # ESPnet prints that an optional package for GPUs is not there.
    with redirect_stderr(StringIO()), at_first_call():
        from espnet2 import __version__ as version
        from espnet2.tasks import asr

    from musasr.recognizers.espnet_classes import register

    register(asr)
    made = f", packed by ESPnet {files.version}" if files.version else ""
    try:
        options = asr.ASRTask.get_parser().parse_args([])
        for key, value in settings.items():
            setattr(options, key, None if key in UNLOADED else value)
        model = asr.ASRTask.build_model(options)
        model.load_state_dict(dict(weights))
    except Exception as error:  # whatever a foreign configuration leads to
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        what = f"ESPnet {version} cannot build it{made} ({reason})"
        raise StateError(what, where=files.name, mend="take a model of this version of ESPnet") from error
    return model


def _rate(settings: Mapping[str, Any]) -> int:
    """The sampling rate of a configuration that a model was built from, such as 16000 or "16k", Hz."""
    import humanfriendly

    conf = settings.get("frontend_conf") or {}
    rate = conf.get("fs", conf.get("sampling_rate", DEFAULT_RATE))
    return rate if isinstance(rate, int) else humanfriendly.parse_size(rate)
