"""Models for ESPnet's own inference classes: its configuration, the weights and the units, side by side."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from musasr.atomic import replacing
from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.tasks import checkpoints
from musasr.tasks.folder import CONFIG_FILE, recipe_of
from musasr.tasks.options import read_options
from musasr.tasks.registry import EnhS2TTask, asr, enh
from musasr.text import Units

Options = Mapping[str, Any]
PARTS = ("separator", "recognizer", "joint")
UNITS_FILE, SEARCH_FILE = "bpe.model", "decode.yaml"
OURS = {"enh_model.": "separator", "s2t_model.": "recognizer"}  # prefix of weights -> what they are of
# Ours -> ESPnet's class of the same architecture, with the same names of settings and parameters.
ESPNET_NAMES = {"conv_tasnet": "tcn", "framed_conv": "conv"}
OWN_SETTINGS = ("init",)  # of the former, which the latter do not take: they matter before training alone
# Ours, in a recipe's ``decode`` -> ESPnet's options of the search.
SEARCH = {
    "beam_size": "beam_size",
    "ctc_weight": "ctc_weight",
    "length_bonus": "penalty",
    "normalize_length": "normalize_length",
    "maxlenratio": "maxlenratio",
    "minlenratio": "minlenratio",
}
# What the joint task and the recogniser's own task call alike.
FEATURES = ("frontend", "frontend_conf", "specaug", "specaug_conf", "normalize", "normalize_conf", "ctc_conf")
HEADING = """{part} of a musasr training, for ESPnet's inference classes; egs/ESPNET.md says how to use it.
{first}"""
FIRST = "Run `import musasr.tasks.registry` first: ESPnet then knows our classes."
SEARCH_HEADING = "The recipe's search, for Speech2Text and asr_inference --config."
ALONE = "ESPnet's own classes alone: the level of the estimates is free."


def export(directory: Path, part: str, output: Path, *, espnet_only: bool = False) -> None:
    """Write config.yaml and model.pth that ESPnet's SeparateSpeech or Speech2Text takes.

    With a recogniser come bpe.model and, in decode.yaml, the recipe's search as arguments of Speech2Text.

    Paths in config.yaml are as ESPnet's ``pack`` wants them: relative to the current directory, where they
    can be. The classes are ours, so ``import musasr.tasks.registry`` has to come before ESPnet builds them.

    Args:
        directory: A finished training.
        part: One of `PARTS`: ``separator``, ``recognizer``, or ``joint`` for both, one behind the other.
        output: Folder of the files.
        espnet_only: Whether a separator is written as ESPnet's own classes, which need nothing of musasr.
            SI-SDR then leaves the level of the estimates free.

    Raises:
        ConfigError: The model has no such part, or it cannot be made of ESPnet's own classes.
    """
    options = vars(read_options(directory / CONFIG_FILE))
    if espnet_only:
        if part != "separator":
            raise ConfigError(
                f"a {part} is not of ESPnet's classes", where="--espnet_only", mend="leave it out"
            )
        settings, renamed = _plain_separator(options), {"enh_model.": ""}
    else:
        settings, renamed = WRITERS[part](options)
    weights = _renamed(checkpoints.load(directory), renamed, directory)
    if part != "separator":
        settings |= _units(options, output)
        decode = recipe_of(directory)["decode"]
        search = {theirs: decode[ours] for ours, theirs in SEARCH.items()} | {"ctc_window_margin": 0}
        configuration.save(search, output / SEARCH_FILE, heading=SEARCH_HEADING)
    heading = HEADING.format(part=part.capitalize(), first=ALONE if espnet_only else FIRST)
    configuration.save(settings, output / CONFIG_FILE, heading=heading)
    checkpoints.save(weights, output)


def _renamed(
    weights: checkpoints.Weights, prefixes: Mapping[str, str], directory: Path
) -> checkpoints.Weights:
    """The weights under these prefixes, old -> new; each must be there."""
    kept: checkpoints.Weights = {}
    for old, new in prefixes.items():
        found = {f"{new}{name.removeprefix(old)}": weights[name] for name in weights if name.startswith(old)}
        if not found:
            raise ConfigError(f"has no {OURS[old]}", where=directory, mend="name a training that has one")
        kept |= found
    return kept


def _plain_separator(options: Options) -> dict[str, Any]:
    settings = vars(enh.EnhancementTask.get_parser().parse_args([]))
    choices = (enh.encoder_choices, enh.separator_choices, enh.decoder_choices)
    for name, choice in zip(("encoder", "separator", "decoder"), choices, strict=True):
        kind, conf = options[f"enh_{name}"], options[f"enh_{name}_conf"]
        if kind in ESPNET_NAMES:
            conf = {key: value for key, value in conf.items() if key not in OWN_SETTINGS}
        kind = ESPNET_NAMES.get(kind, kind)
        if choice.get_class(kind).__module__.startswith("musasr."):
            raise ConfigError(f"{kind} is not ESPnet's", where="--espnet_only", mend="leave it out")
        settings |= {name: kind, f"{name}_conf": conf}
    return settings | {"model_conf": options["enh_model_conf"]}


def _separator(options: Options) -> tuple[dict[str, Any], dict[str, str]]:
    settings = vars(enh.EnhancementTask.get_parser().parse_args([]))
    return settings | _levelled(options), {"enh_model.": "separator."}


def _recognizer(options: Options) -> tuple[dict[str, Any], dict[str, str]]:
    settings = vars(asr.ASRTask.get_parser().parse_args([]))
    own = {key.removeprefix("asr_"): value for key, value in options.items() if key.startswith("asr_")}
    settings |= {key: value for key, value in own.items() if key in settings}
    return settings | _features(options), {"s2t_model.": ""}


def _joint(options: Options) -> tuple[dict[str, Any], dict[str, str]]:
    settings = vars(EnhS2TTask.get_parser().parse_args([]))
    separator = {f"enh_{key}": value for key, value in _levelled(options, num_spk=1).items()}
    recognizer = {key: value for key, value in options.items() if key.startswith("asr_")}
    settings |= separator | recognizer | _features(options)
    prefixes = {"enh_model.": "enh_model.separator.", "s2t_model.": "s2t_model."}
    return settings | {"subtask_series": ["enh", "asr"]}, prefixes


# Part -> from our options to ESPnet's settings, and from our prefixes of weights to its.
WRITERS: dict[str, Callable[[Options], tuple[dict[str, Any], dict[str, str]]]] = {
    "separator": _separator,
    "recognizer": _recognizer,
    "joint": _joint,
}


def _levelled(options: Options, **settings: Any) -> dict[str, Any]:
    """A whole separator as ESPnet's ``separator``: see `musasr.tasks.levelled`."""
    names = [f"{part}{suffix}" for part in ("encoder", "separator", "decoder") for suffix in ("", "_conf")]
    return {
        "encoder": "same",
        "encoder_conf": {},
        "separator": "levelled",
        "separator_conf": {name: options[f"enh_{name}"] for name in names} | settings,
        "decoder": "same",
        "decoder_conf": {},
        "model_conf": options["enh_model_conf"],
    }


def _features(options: Options) -> dict[str, Any]:
    return {key: options[key] for key in FEATURES}


def _units(options: Options, output: Path) -> dict[str, Any]:
    """Copy the units' model beside the weights; its path is as ESPnet's ``pack`` writes paths."""
    units_dir = Path(options["preprocessor_conf"]["units_dir"])
    with replacing(output / UNITS_FILE) as temporary:
        shutil.copyfile(units_dir / UNITS_FILE, temporary)
    path, here = (output / UNITS_FILE).resolve(), Path.cwd().resolve()
    return {
        "token_list": list(Units.load(units_dir).tokens),
        "token_type": "bpe",
        "bpemodel": str(path.relative_to(here) if path.is_relative_to(here) else path),
    }
