"""One variant: trained in its folder, and its scores of a set."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from musasr.atomic import read_json, write_json
from musasr.corpora.tagged import Track
from musasr.music_tags.features import read_features
from musasr.music_tags.labels import Labels
from musasr.recipe import done_marks

SUMMARY = "training.json"
ITEMS_AT_ONCE = 16  # of a set that is scored

type Set = tuple[Sequence[Track], Path]  # tracks, and the folder of their features


def train(
    directory: Path,
    conf: Mapping[str, Any],
    *,
    sets: Mapping[str, Set],
    labels: Labels,
    guide: Path | None,
    seed: int,
    threads: int,
    on_gpu: bool = False,
) -> bool:
    """Train a variant, or go on with it; whether there was anything to do.

    Args:
        directory: The variant's folder.
        conf: Its sections items, network and training.
        sets: Those called ``train`` and ``valid``.
        labels: What it answers.
        guide: The folder of its attention's tagger, if it has one.
        seed: Of weights, crops and order.
        threads: CPU threads.
        on_gpu: Whether it is trained on the GPU.

    Raises:
        StateError: It was trained with other settings.
        ConfigError: A part does not take its arguments.
    """
    settings = {**conf, "seed": seed, "labels": vars(labels)}
    if done_marks.is_done(directory, settings):
        return False
    import torch  # it, and what trains, take seconds

    from musasr.classification.engine import train_network
    from musasr.music_tags import networks
    from musasr.music_tags.items import TagItems

    done_marks.begin(directory, settings, has_state=(directory / "checkpoints").is_dir())
    tagger, guide_config = networks.load(guide) if guide else (None, None)
    torch.manual_seed(seed)
    network = networks.build(conf["network"], labels, guide=tagger)
    began = time.monotonic()
    train_network(
        network,
        TagItems(sets, labels, **conf["items"]),
        training=conf["training"],
        config={**settings, "labels": {key: list(value) for key, value in vars(labels).items()}}
        | ({networks.GUIDE: guide_config} if guide else {}),
        directory=directory,
        name=directory.name,
        seed=seed,
        threads=threads,
        on_gpu=on_gpu,
    )
    num_parameters = sum(one.numel() for one in network.parameters() if one.requires_grad)
    seconds = round(time.monotonic() - began, 1)
    write_json(directory / SUMMARY, {"num_parameters": num_parameters, "train_seconds": seconds})
    done_marks.mark_done(directory, settings)
    return True


def summary(directory: Path) -> dict[str, Any]:
    """Parameters that were trained, and seconds of the run that ended the training.

    Raises:
        StateError: It is not trained.
    """
    return read_json(directory / SUMMARY, mend="train it first", keys=("num_parameters", "train_seconds"))


def score(directory: Path, tracks: Sequence[Track], features: Path) -> dict[str, np.ndarray]:
    """Each head's probabilities (N, K) of a set: one crop of each track, from its middle.

    Raises:
        StateError: It is not trained.
    """
    import torch

    from musasr.classification.batches import cut
    from musasr.music_tags import networks

    network, config = networks.load(directory)
    num_frames = config["items"]["num_frames"]
    scored: dict[str, list[np.ndarray]] = {}
    for start in range(0, len(tracks), ITEMS_AT_ONCE):
        crops = [
            cut(read_features(features, one.track_id), num_frames, None).astype(np.float32)
            for one in tracks[start : start + ITEMS_AT_ONCE]
        ]
        with torch.inference_mode():
            for head, values in network.probabilities(torch.from_numpy(np.stack(crops))).items():
                scored.setdefault(head, []).append(values.numpy())
    return {head: np.concatenate(values) for head, values in scored.items()}
