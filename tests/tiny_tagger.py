"""A music tagger of a few parameters, trained in seconds to tell dark noise from bright."""

import json
from pathlib import Path

import numpy as np
import torch

from musasr.classifiers.features import MusicFeatures
from musasr.music_tags import stages
from musasr.music_tags.keys import KEYS
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked
from musasr.recipe.system_run import SystemRun

RATE = 16000
TRUNK = (
    "{num_axes: 2, channels: [4, 8], num_blocks: [1, 1], reduction: 2, first_stride: 2, first_pool: 2,"
    " strides: [1, 1], pools: [[8, 1], [4, 1]], last_norm: true}"
)
PLAIN = {"trunk": "conv_stack", "trunk_conf": {"channels": [4], "pools": [[128, 4]]}, "pooling": "mean"}
GUIDED = {"attention": {"guide": "crnn", "head": "tags", "num_groups": 4, "gate": "sigmoid"}}
VARIANTS = {"crnn": {}, "cnn": {"network": PLAIN}, "attention": {"network": GUIDED}}


def noise(seconds: float, *, is_dark: bool, seed: int = 0) -> np.ndarray:
    """White noise at 16 kHz, RMS 0.1; of a dark one what lies below some 500 Hz."""
    samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    if is_dark:
        samples = np.convolve(samples, np.hanning(64), mode="same")
    return (0.1 * samples / np.sqrt(np.mean(samples**2))).astype(np.float32)


def write_rush(folder: Path, *, num_tracks: int = 24) -> Path:
    """A data set in the AI Rush's format, half of it dark (rest; dark, noisy), and the path of its config."""
    mels, table = folder / "rush" / "mel_spectrogram", {"track_index": {}, "station_name": {}, "mood_tag": {}}
    mels.mkdir(parents=True)
    mel = MusicFeatures().mel
    for number in range(num_tracks):
        is_dark = bool(number % 2)
        heard = torch.from_numpy(noise(1.28, is_dark=is_dark, seed=number))[None]
        np.save(mels / f"{number}.npy", mel(heard).numpy())
        tags = ["dark", "noisy"] if is_dark else ["noisy", f"t{number % 4}"]
        for column, value in zip(table.values(), (number, "rest" if is_dark else "party", tags), strict=True):
            column[str(number)] = value
    labels = folder / "rush" / "train_label"
    labels.write_text(json.dumps(table))
    music = {"type": "ai_rush", "root": str(folder / "rush"), "labels": str(labels)}
    music |= {"dev_fraction": 0.25, "test_fraction": 0.25}
    lines = [f"base: {CONF / 'music_tags.yaml'}", f"music: {json.dumps(music)}"]
    (folder / "tiny.yaml").write_text("\n".join(lines) + "\n")
    return folder / "tiny.yaml"


def tiny_run(folder: Path, *changes: str) -> SystemRun:
    """A run of folder/tiny.yaml with small variants, in folder/work."""
    given = (
        *("items.num_frames=32", f"network.trunk_conf={TRUNK}", "training.optim_conf={lr: 0.01}"),
        *("training.max_epoch=3", "training.batch_size=3"),
        *("report.num_resamples=10", "ensemble.members=[crnn, cnn]"),
    )
    asked = Asked(config=folder / "tiny.yaml", workdir=folder / "work", set=(*given, *changes))
    run = SystemRun.of(asked, "music_tags", KEYS)
    run.config["variants"] = VARIANTS
    return run


def train_tagger(folder: Path) -> Path:
    """The folder of the trained variant cnn."""
    write_rush(folder)
    run = tiny_run(folder)
    run.config["variants"] = {name: VARIANTS[name] for name in run.config["ensemble"]["members"]}
    stages.prepare(run)
    stages.train(run)
    return run.workdir.training("cnn")
