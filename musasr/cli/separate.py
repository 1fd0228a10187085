"""``musasr separate``: audio files into speech and music, with a trained separator or joint system."""

import argparse
from pathlib import Path

from musasr.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio or video files")
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="such as work/mini/exp/time")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="gets NAME_speech.wav, NAME_music.wav"
    )


def run(args: argparse.Namespace) -> None:
    """Separate each file.

    Raises:
        ConfigError: The model has no separator, or two files would write the same output.
    """
    if len({path.stem for path in args.files}) < len(args.files):
        raise ConfigError("two inputs have the same name", where="separate", mend="separate them one by one")
    import numpy as np
    import torch

    from musasr import audio
    from musasr.tasks.checkpoints import load_model
    from musasr.training.train import recipe_of

    model = load_model(args.model)
    if model.enh_model is None:
        raise ConfigError(
            "has no separator", where=args.model, mend="name exp/time, exp/frequency or a joint system"
        )
    rate = recipe_of(args.model)["sampling_rate"]
    for path in args.files:
        mixture, _ = audio.read(path, sampling_rate=rate)
        with torch.inference_mode():
            estimates = model.separate(torch.from_numpy(mixture)[None], torch.tensor([len(mixture)]))[
                0
            ].numpy()
        for name, estimate in zip(model.sources, estimates, strict=True):
            target = args.output / f"{path.stem}_{name}.wav"
            audio.write(target, np.clip(estimate, -1.0, 1.0), rate)
            print(target)
