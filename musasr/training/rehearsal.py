"""Each training of a recipe in a second, on noise: what it refuses is said before anything is prepared."""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from musasr.errors import ConfigError, MusasrError
from musasr.joint import SOURCES, reference_names
from musasr.layers.recomputing import recompute_activations
from musasr.recipe.run import Asked, Run
from musasr.recipe.systems import find_system
from musasr.recipe.training_graph import RECOGNIZE, SEPARATE, Training, model_parts
from musasr.tasks import options
from musasr.tasks.building import build
from musasr.tasks.optimizers import optim_classes, scheduler_classes
from musasr.tasks.preprocessor import check_sources
from musasr.text import BLANK, SOS_EOS, UNKNOWN
from musasr.training.precision import choose_precision
from musasr.training.settings import Optimizers, Settings

SECONDS = (0.8, 0.6)  # of the two utterances that a step is taken with
NUM_STEPS = 100  # that a schedule is told to be long
Shapes = dict[str, tuple[int, ...]]
NUM_UNITS = 100  # where the recipe leaves their number to the text


def rehearse(asked: Asked) -> None:
    """Build every model and optimiser that the recipe's lists of systems need, and take a step with each.

    Raises:
        ConfigError: One cannot be built, or cannot be trained.
    """
    torch.set_num_threads(asked.nj)
    run = _with_all_systems(Run.of(asked))
    seen: dict[str, Shapes] = {}  # models that many systems have in common
    shapes: dict[str, Shapes] = {}
    for name, training in run.trainings.items():
        if training.subtasks:
            key = json.dumps([training.subtasks, training.section, model_parts(training, run.config)])
            if key not in seen:
                seen[key] = _rehearse(run, name, training)
            shapes[name] = seen[key]
            _check_parents(name, training, shapes)
    print(f"{asked.config}: {len(seen)} models were built and tried", file=sys.stderr)


def _with_all_systems(run: Run) -> Run:
    """The run, asked for every system that its recipe lists."""
    named = dict.fromkeys(name for names in run.config["systems"].values() for name in names)
    systems = [find_system(name, run.config, where="systems") for name in named]
    return run.with_systems([*dict.fromkeys([*run.systems, *systems])])


def _check_parents(name: str, training: Training, shapes: Mapping[str, Shapes]) -> None:
    """See that a model's weights have the sizes of those that it starts from."""
    given = {key: shape for parent in training.parents for key, shape in shapes.get(parent, {}).items()}
    changed = [key for key in given if shapes[name].get(key) != given[key]]
    if changed:
        what = f"{changed[0]} has another size in {name} than in what it starts from"
        where = f"training.{training.section}.recognizer"
        raise ConfigError(what, where=where, mend="leave the sizes as they are in models:")


def _rehearse(run: Run, name: str, training: Training) -> Shapes:
    """Build a training's model, take its step, and return the shapes of its weights."""
    where = " and ".join(f"models.{part}" for part in _models(run.config, training))
    values = options.options_of(run, training)
    if RECOGNIZE in training.subtasks:
        values["token_list"] = _units(run.config["units"]["num_units"] or NUM_UNITS)
    args = options.to_namespace(values, where=where)
    try:
        model = build(args, where=where).train()
    except MusasrError as error:
        place = (
            where if str(error.where).startswith(where) or error.where is None else f"{where}: {error.where}"
        )
        raise ConfigError(error.what, where=place, mend=error.mend) from error
    shapes = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    if training.section is None:
        return shapes
    section = run.config["training"][training.section]
    if not run.asked.ngpu:
        choose_precision(section["precision"], on_gpu=False, where=f"training.{training.section}.precision")
    if section["recompute"]:
        key = f"training.{training.section}.recompute"
        recompute_activations(model, where=key, needs_any=len(training.subtasks) == 1)
    if section["has_music"]:
        check_sources(args.model_conf.get("sources", SOURCES))
    try:
        _take_step(
            model,
            Settings.of(section, seed=args.seed),
            _noise(args, run.config["sampling_rate"]),
            parent=training.section,
        )
    except MusasrError:
        raise
    except Exception as error:  # whatever a part says of values that do not go together
        reason = " ".join((str(error) or repr(error)).split())[:200]
        what = f"a step of training {name} fails ({reason})"
        raise ConfigError(what, where=where, mend=f"check it, and training.{training.section}") from error
    return shapes


def _models(config: Mapping[str, Any], training: Training) -> list[str]:
    """The sections of ``models:`` that a training's model is made of."""
    found = [training.front_end] if SEPARATE in training.subtasks else []
    if RECOGNIZE in training.subtasks:
        found.append(config["training"][training.back_end]["model"] or training.back_end)
    return found


def _take_step(model: nn.Module, settings: Settings, batch: Mapping[str, Tensor], *, parent: str) -> None:
    optimizers = Optimizers(optim_classes, scheduler_classes)
    parameters = [one for one in model.parameters() if one.requires_grad]
    try:
        optimizer = optimizers.optimizer(settings, parameters)
        if settings.scheduler is not None:
            optimizers.scheduler(settings, optimizer, num_steps=lambda: NUM_STEPS)
    except ConfigError as error:
        raise ConfigError(error.what, where=f"training.{parent}.{error.where}", mend=error.mend) from error
    loss, _, _ = model(**batch)
    if not torch.isfinite(loss):
        raise ValueError(f"the loss of noise is {loss.item()}")
    loss.backward()
    optimizer.step()


def _noise(args: argparse.Namespace, sampling_rate: int) -> dict[str, Tensor]:
    """A batch of two utterances of noise, with all that a model may ask for."""
    lengths = torch.tensor([int(seconds * sampling_rate) for seconds in SECONDS])
    sources = args.model_conf.get("sources", SOURCES)
    generator = torch.Generator().manual_seed(0)
    noise = 0.1 * torch.randn(len(sources), 2, int(lengths.max()), generator=generator)
    noise *= torch.arange(noise.shape[-1]) < lengths[:, None]
    references = dict(zip(reference_names(sources), noise, strict=True))
    return {
        "speech": noise.sum(dim=0),
        "speech_lengths": lengths,
        **references,
        "text": torch.tensor([[1, 2, 1], [1, 2, -1]]),
        "text_lengths": torch.tensor([3, 2]),
    }


def _units(number: int) -> list[str]:
    return [BLANK, UNKNOWN, *(f"u{index}" for index in range(number - 3)), SOS_EOS]
