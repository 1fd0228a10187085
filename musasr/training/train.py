"""One training from its parents' weights to its own: built, trained or put together, written."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import lightning

from musasr import locks
from musasr.atomic import read_json, write_json
from musasr.joint import JointModel
from musasr.layers.recomputing import recompute_activations
from musasr.recipe import config as configuration
from musasr.recipe import done_marks
from musasr.recipe.run import Run
from musasr.recipe.training_graph import that_matter
from musasr.tasks import checkpoints, options
from musasr.tasks.batches import TaskBatches
from musasr.tasks.building import build
from musasr.tasks.folder import CONFIG_FILE, RECIPE_FILE
from musasr.tasks.optimizers import optim_classes, scheduler_classes
from musasr.tasks.trained_separators import first_weights
from musasr.training import loop
from musasr.training.callbacks.ctc_first import CtcFirst
from musasr.training.callbacks.curves import read_history
from musasr.training.callbacks.separated_speech import SeparatedSpeech
from musasr.training.distributed import Replica
from musasr.training.precision import choose_precision
from musasr.training.settings import Optimizers, Settings


def train_model(run: Run, name: str, *, threads: int, replica: Replica) -> None:
    """Leave a training's folder finished: config.yaml, recipe.yaml, model.pth, training.json.

    Where several processes train together all of them call this; the first alone writes.

    Args:
        run: Whose training.
        name: Which of its trainings.
        threads: CPU threads.
        replica: This process's place among those that train together.
    """
    directory = run.workdir.training(name)
    if not run.trainings[name].subtasks:  # it comes trained: nothing to build, but it takes its place
        _finish(run, name, None, None)
        return
    with replica.joined(), _locked(run, name, replica):
        if replica.is_first:
            done_marks.begin(
                directory,
                run.settings(name),
                has_state=loop.last_checkpoint(directory).is_file(),
                that_matter=that_matter,
            )
            options.write_options(run, name)
            configuration.save(run.config, directory / RECIPE_FILE)
        replica.wait()
        precision = _precision(run, name, replica)
        model = _train(run, name, threads=threads, replica=replica, precision=precision)
        if replica.is_first:
            _finish(run, name, model, precision)


def _locked(run: Run, name: str, replica: Replica) -> AbstractContextManager[None]:
    """No other process trains this meanwhile; of several that do it together the first sees to that."""
    if not replica.is_first:
        return nullcontext()
    return locks.held(run.workdir.lock(f"train-{name}"), f"training {name}")


def _train(run: Run, name: str, *, threads: int, replica: Replica, precision: str | None) -> JointModel:
    """The model, from its parents' weights, with those of its last epoch where it is trained."""
    training, config_file = run.trainings[name], run.workdir.training(name) / CONFIG_FILE
    args = options.read_options(config_file)
    lightning.seed_everything(run.config["seed"], verbose=False)  # so do the first weights depend on it alone
    model = build(args, where=str(config_file))
    checkpoints.initialise(model, [run.workdir.training(parent) for parent in training.parents])
    if weights := first_weights(training, run.config):
        checkpoints.fill(model, weights, where=f"models.{training.front_end}")
    if training.section is not None:
        section = run.config["training"][training.section]
        ctc_first = section["ctc_first_epochs"]
        if section["recompute"]:
            where = f"training.{training.section}.recompute"
            recompute_activations(model, where=where, needs_any=len(training.subtasks) == 1)
        loop.run(
            model,
            TaskBatches(args),
            # While CTC learns alone, the decoder rests.
            Settings.of(section, seed=args.seed, precision=precision, parameters_may_rest=ctc_first > 0),
            directory=run.workdir.training(name),
            name=name,
            optimizers=Optimizers(optim_classes, scheduler_classes),
            callbacks=[*([CtcFirst(ctc_first)] if ctc_first else []), *_separated_speech(run, name)],
            replica=replica,
            threads=threads,
        )
    return model


def _separated_speech(run: Run, name: str) -> list[SeparatedSpeech]:
    """What gives a recogniser a separator's estimates, if its section asks for that."""
    training = run.trainings[name]
    if training.hears is None:
        return []
    hears = run.config["training"][training.section]["hears"]
    separator = checkpoints.load_model(run.workdir.training(training.hears))
    bounds = {"fraction": hears["fraction"], "add_back_db": hears["add_back_db"]}
    return [SeparatedSpeech(separator, **bounds, seed=run.config["seed"])]


def _precision(run: Run, name: str, replica: Replica) -> str | None:
    """The precision of a training here, None where nothing is trained; it says what the machine decides."""
    section = run.trainings[name].section
    if section is None:
        return None
    asked = run.config["training"][section]["precision"]
    chosen = choose_precision(asked, on_gpu=replica.on_gpu, where=f"training.{section}.precision")
    if replica.is_first and chosen != asked:
        print(f"{name}: precision {chosen}, the fastest here", file=sys.stderr, flush=True)
    return chosen


def _finish(run: Run, name: str, model: JointModel | None, precision: str | None) -> None:
    """Write what others start from, and the mark that it is there."""
    directory = run.workdir.training(name)
    if run.trainings[name].section is not None:
        checkpoints.save(checkpoints.average(loop.best_checkpoints(directory)), directory)
    elif model is not None:
        checkpoints.save(model.state_dict(), directory)
    write_json(run.workdir.summary(name), _summary(run, name, model) | {"precision": precision})
    done_marks.mark_done(directory, run.settings(name))


def _summary(run: Run, name: str, model: JointModel | None) -> dict[str, Any]:
    """What the report needs to know: seconds of this training and with all that it was built from."""
    seconds = sum(row["seconds"] for row in read_history(run.workdir.training(name)))
    before = {one: _seconds(run, one) for one in sorted(_ancestors(run, name))}
    return {
        "name": name,
        "seconds": seconds,
        "train_seconds": seconds + sum(before.values()),
        "seconds_before": before,
        "num_parameters": 0 if model is None else sum(one.numel() for one in model.parameters()),
    }


def _ancestors(run: Run, name: str) -> set[str]:
    """Everything that a training was built from, each once."""
    found: set[str] = set()
    for parent in run.trainings[name].needs:
        found |= {parent} | _ancestors(run, parent)
    return found


def _seconds(run: Run, name: str) -> float:
    mend = (
        f"remove {run.workdir.training(name) / done_marks.MARK} too, and train again: it goes on at its end"
    )
    return read_json(run.workdir.summary(name), mend=mend, keys=["seconds"])["seconds"]
