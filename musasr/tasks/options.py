"""From the recipe's configuration to ESPnet's options for one training."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musasr.errors import unknown_key
from musasr.recipe import config as configuration
from musasr.recipe.run import Run
from musasr.recipe.systems import NONE
from musasr.recipe.training_graph import RECOGNIZE, Training, rooms_of, variety_of, voices_of
from musasr.recipe.workdir import Workdir
from musasr.tasks.folder import CONFIG_FILE, WEIGHTS_FILE
from musasr.tasks.task import MusicMixedTask
from musasr.tasks.trained_separators import espnets_parts

# Settings of ours in a ``training:`` section that ESPnet's parser does not know.
OWN_KEYS = (
    "model",
    "has_music",
    "fine_tuning",
    "crop_seconds",
    "clean_fraction",
    "voices_fraction",
    "has_variety",
    "hears",
    "snr_start",
    "init",
    "precision",
    "alpha",
    "ctc_first_epochs",
    "ema_decay",
    "max_bad_steps",
    "save_seconds",
    "recompute",
    "recognizer",
)
ESPNETS_NOTES = {"distributed", "version"}  # that its own trainer adds to what it was told
HEADING = """\
ESPnet's options of a musasr training. ESPnet's own commands do not know our classes and options. Instead,
  python -m musasr.bin.enh_s2t_train --config THIS_FILE --output_dir DIR
      trains with ESPnet's trainer, and
  musasr export separator|recognizer|joint --model THIS_FOLDER --output DIR
      writes what ESPnet's SeparateSpeech, Speech2Text and packs take; egs/ESPNET.md says more."""


def write_options(run: Run, name: str) -> argparse.Namespace:
    """ESPnet's options for a training, also written as its config.yaml beside the weights to be."""
    path = run.workdir.training(name) / CONFIG_FILE
    configuration.save(options_of(run, run.trainings[name]), path, heading=HEADING)
    return read_options(path)


def read_options(path: Path) -> argparse.Namespace:
    """ESPnet's options as a config.yaml gives them, the others at their defaults.

    Raises:
        ConfigError: A key is not an option of ESPnet's parser.
    """
    return to_namespace(configuration.load_resolved(path), where=str(path))


def to_namespace(settings: Mapping[str, Any], *, where: str) -> argparse.Namespace:
    """ESPnet's options of these values, the others at their defaults.

    Raises:
        ConfigError: A key is not an option of ESPnet's parser.
    """
    parser = MusicMixedTask.get_parser()
    known = vars(parser.parse_args([])).keys() | ESPNETS_NOTES
    for key in settings:
        if key not in known:
            raise unknown_key(key, known, where=where)
    parser.set_defaults(**settings)
    return parser.parse_args([])


def options_of(run: Run, training: Training) -> dict[str, Any]:
    """The values that a recipe gives to ESPnet's options for one of its trainings."""
    config, workdir = run.config, run.workdir
    # What is only put together has options too: those that its fine-tuning would have.
    sections = config["training"]
    section = dict(sections[training.section or sections[training.front_end]["fine_tuning"]])
    options = {key: value for key, value in section.items() if key not in OWN_KEYS}
    parts, needs_text = espnets_parts(training, config), RECOGNIZE in training.subtasks
    options |= {
        **parts,
        "output_dir": str(workdir.training(training.name)),
        "subtask_series": list(training.subtasks),
        "model_conf": {**parts.get("model_conf", {}), **_model_conf(training, section)},
        "token_list": str(workdir.units / "tokens.txt") if needs_text else None,
        "preprocessor_conf": _preprocessor_conf(run, training, section),
        "ngpu": run.asked.ngpu,
        "seed": config["seed"],
        "valid_batch_bins": section["batch_bins"],
        "sort_in_batch": "descending",
        **_for_espnets_trainer(training, workdir),
    }
    for mode, name in (("train", "train"), ("valid", "dev")):
        directory = workdir.speech(name)
        data = [[str(directory / "wav.scp"), "speech", "sound"]]
        if needs_text:
            data.append([str(directory / "text"), "text", "text"])
        options[f"{mode}_data_path_and_name_and_type"] = data
        options[f"{mode}_shape_file"] = [str(directory / "utt2num_samples")]
    return options


def _for_espnets_trainer(training: Training, workdir: Workdir) -> dict[str, Any]:
    """What our own loop does without them: the weights to start from, which epochs are best, no plots."""
    parents = [str(workdir.training(parent) / WEIGHTS_FILE) for parent in training.parents]
    return {
        "init_param": parents,
        "best_model_criterion": [["valid", "loss", "min"]],
        "num_att_plot": 0,
    }


def _model_conf(training: Training, section: Mapping[str, Any]) -> dict[str, Any]:
    if training.fine_tune == NONE:
        return {}
    return {"alpha": section["alpha"], "fine_tune": training.fine_tune}


def _preprocessor_conf(run: Run, training: Training, section: Mapping[str, Any]) -> dict[str, Any]:
    config, workdir = run.config, run.workdir
    mixing = {
        **config["mixing"]["train"],
        **rooms_of(config),
        "crossfade_seconds": config["mixing"]["crossfade_seconds"],
        "sampling_rate": config["sampling_rate"],
        "seed": config["seed"],
        "crop_seconds": section["crop_seconds"],
        "clean_fraction": section["clean_fraction"],
        **({} if section["snr_start"] is None else {"snr_start": section["snr_start"]}),
        "train_music_dir": str(workdir.music("train")),
        "dev_music_dir": str(workdir.music("dev")),
    }
    if variety_of(config, section):
        mixing["variety"] = config["mixing"]["variety"]
    if voices_of(config, section):
        mixing |= {
            "voices_fraction": section["voices_fraction"],
            "train_voices_dir": str(workdir.voices("train")),
            "dev_voices_dir": str(workdir.voices("dev")),
        }
    return {
        "units_dir": str(workdir.units) if RECOGNIZE in training.subtasks else None,
        "mixing": mixing if section["has_music"] else None,
    }
