"""``musasr separate``: audio files into their sources, with a trained separator or joint system."""

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from musasr.errors import ConfigError

if TYPE_CHECKING:
    from musasr.joint import JointModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio or video files")
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="such as work/mini/exp/time")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="gets NAME_speech.wav, NAME_music.wav, or whatever sources the model has",
    )


def run(args: argparse.Namespace) -> None:
    """Separate each file.

    Raises:
        ConfigError: The model has no separator, or two files would write the same output.
        DataError: A file is missing or broken.
        StateError: The model is not trained.
    """
    from musasr.recognition import stems

    stems.check_files(args.files, args.output)
    separator, rate = _load(args.model)
    for done in stems.separate_files(separator, args.files, args.output, sampling_rate=rate):
        if done.peak > 1.0:
            _say_scaled(done.source, done.peak)
        print("\n".join(map(str, done.paths)))


def _load(directory: Path) -> tuple["JointModel", int]:
    """The model and its sampling rate, Hz. (What it imports takes seconds: it comes after all else.)"""
    if not directory.is_dir():
        raise ConfigError("no such folder", where=directory, mend="check the path of --model")
    from musasr.tasks.checkpoints import load_model
    from musasr.tasks.options import recipe_of

    model = load_model(directory)
    if model.enh_model is None:
        mend = "name exp/time, exp/frequency or a joint system"
        raise ConfigError("has no separator", where=directory, mend=mend)
    return model, recipe_of(directory)["sampling_rate"]


def _say_scaled(source: Path, peak: float) -> None:
    fall_db = 20 * math.log10(peak)
    print(
        f"musasr: {source}: estimates reach {fall_db:.1f} dB above full scale; its stems are all that much"
        " quieter, so that none is clipped",
        file=sys.stderr,
    )
