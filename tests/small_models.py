"""Models of a recipe's ``models:`` and a batch for them, without data or training."""

import argparse

import torch

from musasr.recipe import config as configuration
from musasr.tasks.task import MusicMixedTask

SUBTASKS = {"time": ["enh"], "frequency": ["enh"], "recognizer": ["asr"]}


def options(recipe: str, *parts: str, model_conf=None, num_units=30) -> argparse.Namespace:
    """ESPnet's options for a model with these sections of a recipe's ``models:``."""
    models = configuration.load(configuration.CONF / f"{recipe}.yaml")["models"]
    args = MusicMixedTask.get_parser().parse_args([])
    for part in parts:
        for key, value in models[part].items():
            setattr(args, key, value)
    args.subtask_series = [subtask for part in parts for subtask in SUBTASKS[part]]
    args.token_list = ["<blank>", "<unk>", *(f"u{index}" for index in range(num_units - 3)), "<sos/eos>"]
    args.model_conf = model_conf or {}
    return args


def batch(num_samples=(16000, 12000)) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    lengths = torch.tensor(num_samples)
    inside = torch.arange(max(num_samples))[None] < lengths[:, None]
    references = 0.1 * torch.randn(2, len(num_samples), max(num_samples), generator=generator) * inside
    return {
        "speech": references.sum(dim=0),
        "speech_lengths": lengths,
        "speech_ref1": references[0],
        "speech_ref2": references[1],
        "text": torch.tensor([[3, 4, 5], [6, 7, -1]]),
        "text_lengths": torch.tensor([3, 2]),
    }
