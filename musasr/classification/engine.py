"""From a built network, its items and a section of settings to the trained network's folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from musasr import tensors
from musasr.classification.batches import DrawnBatches, Items
from musasr.classification.folder import WEIGHTS, load_weights, save_network
from musasr.training import loop
from musasr.training.checkpoint_files import MEND
from musasr.training.distributed import Replica
from musasr.training.settings import Settings

OF_MODEL = "model."  # what the engine's checkpoints put before the names of weights
COSINE = "cosineannealinglr"


def train_network(
    network: nn.Module,
    items: Items,
    *,
    training: Mapping[str, Any],
    config: Mapping[str, Any],
    directory: Path,
    name: str,
    seed: int,
    num_workers: int = 0,
    threads: int = 1,
    on_gpu: bool = False,
) -> nn.Module:
    """Train, or go on with a training that was stopped, and save the best epoch's weights.

    A folder that has weights is done, and is not touched.

    Args:
        network: Built with the seed's weights; ``forward(**arrays)`` returns (loss, scores, weight).
        items: What it is trained on.
        training: ``batch_size`` and the settings of `musasr.training.settings.Settings`. The schedule
            ``cosineannealinglr`` goes down at each step, over the whole training, where no T_max is given.
        config: What config.yaml is to hold: all that is needed to build the network again.
        directory: The network's folder.
        name: What progress lines begin with.
        seed: Of batches and dropout.
        num_workers: Loader processes.
        threads: CPU threads.
        on_gpu: Whether it is trained on the GPU.

    Returns:
        The network with the weights that were saved.
    """
    if not (directory / WEIGHTS).is_file():
        directory.mkdir(parents=True, exist_ok=True)
        batches = DrawnBatches(items, batch_size=training["batch_size"], seed=seed, num_workers=num_workers)
        settings = Settings.of(_with_steps(training, batches.num_batches()), seed=seed)
        loop.run(
            network,
            batches,
            settings,
            directory=directory,
            name=name,
            threads=threads,
            replica=Replica(on_gpu=on_gpu),
        )
        network.load_state_dict(best_weights(directory))
        save_network(directory, network.eval(), config)
    return load_weights(directory, network)


def best_weights(directory: Path) -> dict[str, Any]:
    """The weights of the best epochs that a training kept; of several, their mean."""
    states = [tensors.load(path, mend=MEND)["state_dict"] for path in loop.best_checkpoints(directory)]
    return {
        name.removeprefix(OF_MODEL): _mean([state[name] for state in states])
        for name in states[0]
        if name.startswith(OF_MODEL)
    }


def _mean(values: list[Any]) -> Any:
    if not values[0].is_floating_point():
        return values[-1]
    return sum(values) / len(values)


def _with_steps(training: Mapping[str, Any], num_batches: int) -> Mapping[str, Any]:
    """The settings, a cosine's length among them: steps of the whole training."""
    conf = training.get("scheduler_conf") or {}
    if training.get("scheduler") != COSINE or "T_max" in conf:
        return training
    steps = training["max_epoch"] * -(-num_batches // training.get("accum_grad", 1))
    return {**training, "scheduler_conf": {**conf, "T_max": steps}}
