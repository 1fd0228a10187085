"""Folders as egs/lass leaves them, without a training: a tiny LASS-Net of random weights."""

from pathlib import Path

import torch
from torch import nn

from musasr.classification.folder import save_network
from musasr.lass.keys import KEYS
from musasr.lass.training import network_conf
from musasr.lass.words import Words
from musasr.recipe.config import CONF
from musasr.recipe.system_run import load_system
from musasr.separators.lass.lass_net import build_lass

CAPTIONS = ["a man is speaking", "a person is speaking", "an alarm beeps", "drums are played"]
TAGS = ["alarm", "drums", "man"]


def save_untrained_lass(
    folder: Path, *settings: str, model: str = "lass", sampling_rate: int = 16000, seed: int = 0
) -> Path:
    """Write a model of conf/lass_smoke.yaml whose batch norms are as if they had seen something."""
    own = (f"sampling_rate={sampling_rate}", *settings)
    config = load_system(CONF / "lass_smoke.yaml", "lass", KEYS, settings=own)
    words = Words.train(CAPTIONS, num_pieces=60, most_pieces=config["words"]["most_pieces"])
    torch.manual_seed(seed)
    sizes = {"num_pieces": words.num_pieces, "num_tags": len(TAGS)}
    network = build_lass(**network_conf(config, model, **sizes))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.uniform_(0.5, 2)
    words.save(folder)
    whole = {**config, "model": model, "tags": TAGS, "num_pieces": words.num_pieces}
    save_network(folder, network, whole)
    return folder
