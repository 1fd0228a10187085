"""One training from its parents' weights to its own: built, trained or put together, written."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning

from musasr.atomic import write_json
from musasr.errors import ConfigError
from musasr.joint import JointModel
from musasr.recipe import config as configuration
from musasr.recipe import done_marks
from musasr.recipe.training_graph import Training
from musasr.recipe.workdir import Workdir
from musasr.tasks import checkpoints, options
from musasr.tasks.task import MusicMixedTask
from musasr.training import loop
from musasr.training.callbacks.curves import read_history
from musasr.training.distributed import Replica
from musasr.training.precision import choose_precision

SUMMARY_FILE = "training.json"


def train_model(
    name: str,
    trainings: Mapping[str, Training],
    config: Mapping[str, Any],
    workdir: Workdir,
    *,
    threads: int,
    ngpu: int,
    replica: Replica,
) -> None:
    """Leave a training's folder finished: config.yaml, recipe.yaml, model.pth, training.json.

    Where several processes train together all of them call this; the first alone writes.

    Args:
        name: Which of ``trainings``.
        trainings: All of the run, for the parents' settings.
        config: The resolved recipe.
        workdir: Where data and models stand.
        threads: CPU threads.
        ngpu: GPUs of a machine; 0 is the CPU.
        replica: This process's place among those that train together.
    """
    one = trainings[name]
    with replica.joined():
        if replica.is_first:
            done_marks.begin(workdir.training(name), one.settings(config, trainings))
            options.write_options(one, config, workdir, ngpu=ngpu)
            configuration.save(config, workdir.training(name) / options.RECIPE_FILE)
        replica.wait()
        precision = _precision(one, config, replica)
        model = _train(one, config, workdir, threads=threads, replica=replica, precision=precision)
    if replica.is_first:
        _finish(one, trainings, config, workdir, model, precision)


def _train(
    one: Training,
    config: Mapping[str, Any],
    workdir: Workdir,
    *,
    threads: int,
    replica: Replica,
    precision: str | None,
) -> JointModel:
    """The model, from its parents' weights, with those of its last epoch where it is trained."""
    directory = workdir.training(one.name)
    args = options.read_options(directory / options.CONFIG_FILE)
    lightning.seed_everything(config["seed"], verbose=False)  # the first weights too depend on the seed alone
    model = build(args, where=str(directory / options.CONFIG_FILE))
    checkpoints.initialise(model, [workdir.training(parent) for parent in one.parents])
    if one.section is not None:
        section = config["training"][one.section]
        loop.run(
            model,
            args,
            section=section,
            name=one.name,
            threads=threads,
            replica=replica,
            precision=precision,
        )
    return model


def _precision(one: Training, config: Mapping[str, Any], replica: Replica) -> str | None:
    """The precision of a training here, None where nothing is trained; it says what the machine decides."""
    if one.section is None:
        return None
    asked = config["training"][one.section]["precision"]
    chosen = choose_precision(asked, on_gpu=replica.on_gpu, where=f"training.{one.section}.precision")
    if replica.is_first and chosen != asked:
        print(f"{one.name}: precision {chosen}, the fastest here", file=sys.stderr, flush=True)
    return chosen


def _finish(
    one: Training,
    trainings: Mapping[str, Training],
    config: Mapping[str, Any],
    workdir: Workdir,
    model: JointModel,
    precision: str | None,
) -> None:
    """Write what others start from, and the mark that it is there."""
    directory = workdir.training(one.name)
    is_trained = one.section is not None
    weights = checkpoints.average(loop.best_checkpoints(directory)) if is_trained else model.state_dict()
    checkpoints.save(weights, directory)
    summary = _summary(one, trainings, workdir, model)
    write_json(directory / SUMMARY_FILE, summary | {"precision": precision})
    done_marks.mark_done(directory, one.settings(config, trainings))


def recipe_of(directory: Path) -> dict[str, Any]:
    """The resolved recipe that a training was made with."""
    return configuration.load_resolved(directory / options.RECIPE_FILE)


def build(args: argparse.Namespace, *, where: str) -> JointModel:
    """The model of these options.

    Raises:
        ConfigError: A ``*_conf`` names an argument that the part does not take, or a wrong value.
    """
    try:
        return MusicMixedTask.build_model(args)
    except (TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            reason, where=where, mend="mend the section models: of the configuration"
        ) from error


def _summary(
    one: Training, trainings: Mapping[str, Training], workdir: Workdir, model: JointModel
) -> dict[str, Any]:
    """What the report needs to know: seconds of this training and with all that it was built from."""
    seconds = sum(row["seconds"] for row in read_history(workdir.training(one.name)))
    before = {name: _seconds(workdir, name) for name in sorted(_ancestors(one, trainings))}
    return {
        "name": one.name,
        "seconds": seconds,
        "train_seconds": seconds + sum(before.values()),
        "seconds_before": before,
        "num_parameters": sum(parameter.numel() for parameter in model.parameters()),
    }


def _ancestors(one: Training, trainings: Mapping[str, Training]) -> set[str]:
    """Everything that a training was built from, each once."""
    found: set[str] = set()
    for name in one.parents:
        found |= {name} | _ancestors(trainings[name], trainings)
    return found


def _seconds(workdir: Workdir, name: str) -> float:
    path = workdir.training(name) / SUMMARY_FILE
    return json.loads(path.read_text(encoding="utf-8"))["seconds"]
