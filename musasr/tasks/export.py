"""Models for ESPnet's own inference classes: its configuration and the part's weights, side by side."""

from pathlib import Path
from typing import Any

import torch

from musasr.atomic import replacing
from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.tasks import checkpoints
from musasr.tasks.options import CONFIG_FILE, read_options
from musasr.tasks.registry import asr, enh
from musasr.text import Units

# Ours -> ESPnet's class of the same architecture, the same settings and the same parameter names.
ESPNET_NAMES = {"conv_tasnet": "tcn", "framed_conv": "conv"}
# What the joint task and the recogniser's own task call alike.
FEATURES = ("frontend", "frontend_conf", "specaug", "specaug_conf", "ctc_conf")
# Part -> (prefix of its options in the joint task, prefix of its weights, ESPnet's own task).
PARTS = {
    "separator": ("enh", "enh_model.", enh.EnhancementTask),
    "recognizer": ("asr", "s2t_model.", asr.ASRTask),
}


def export(directory: Path, part: str, output: Path) -> None:
    """Write config.yaml and model.pth that ESPnet's SeparateSpeech or Speech2Text takes.

    A Conv-TasNet separator needs nothing of musasr to load. A frequency-domain separator and a
    recogniser are of classes that ESPnet has not: ``import musasr.tasks.registry`` first.

    Args:
        directory: A finished training.
        part: ``separator`` or ``recognizer``.
        output: Folder of the two files.

    Raises:
        ConfigError: The model has no such part.
    """
    subtask, prefix, task = PARTS[part]
    weights = checkpoints.load(directory)
    kept = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
    if not kept:
        raise ConfigError(f"has no {part}", where=directory, mend="name a training that has one")
    options = vars(read_options(directory / CONFIG_FILE))
    settings = vars(task.get_parser().parse_args([]))
    settings |= {key: value for key, value in _renamed(options, subtask).items() if key in settings}
    configuration.save(settings, output / CONFIG_FILE)
    with replacing(output / checkpoints.WEIGHTS_FILE) as temporary:
        torch.save(kept, temporary)


def _renamed(options: dict[str, Any], subtask: str) -> dict[str, Any]:
    """The joint task's options under the names of the part's own task: ``asr_encoder`` -> ``encoder``."""
    prefix = f"{subtask}_"
    own = {key.removeprefix(prefix): value for key, value in options.items() if key.startswith(prefix)}
    own.pop("criterions", None)  # for training; ESPnet's default stands
    for name in ("encoder", "separator", "decoder"):
        own[name] = ESPNET_NAMES.get(own.get(name), own.get(name))
    if subtask == "asr":
        units = Path(options["preprocessor_conf"]["units_dir"])
        own |= {key: options[key] for key in FEATURES} | {
            "token_list": list(Units.load(units).tokens),
            "token_type": "bpe",
            "bpemodel": str(units / "bpe.model"),
            "normalize": None,
        }
    return own
