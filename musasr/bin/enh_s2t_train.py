"""``python -m musasr.bin.enh_s2t_train --config exp/NAME/config.yaml --output_dir DIR``: ESPnet's trainer.

The same data, mixtures, batches, model, optimiser and schedule as `musasr train`; egs/ESPNET.md says what
ESPnet's trainer leaves out.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from musasr.atomic import replacing
from musasr.errors import ConfigError, MusasrError
from musasr.recipe import done_marks
from musasr.tasks.folder import RECIPE_FILE, WEIGHTS_FILE
from musasr.tasks.task import MusicMixedTask

BEST_FILE = "valid.loss.ave.pth"  # ESPnet's mean over the best epochs


def main(cmd: Sequence[str] | None = None) -> None:
    """Parse ESPnet's options and train."""
    args = MusicMixedTask.get_parser().parse_args(cmd)
    try:
        check_output(args)
        MusicMixedTask.main(args=args)
        leave_files(args)
    except MusasrError as error:
        sys.exit(f"enh_s2t_train: error: {error}")


def check_output(args: argparse.Namespace) -> None:
    """Refuse to train into a folder of `musasr train`, whose config.yaml ESPnet's trainer would replace.

    Raises:
        ConfigError: The folder is one.
    """
    if args.output_dir and (Path(args.output_dir) / done_marks.BEGUN).is_file():
        mend = "give --output_dir another folder"
        raise ConfigError("is a training of musasr", where=args.output_dir, mend=mend)


def leave_files(args: argparse.Namespace) -> None:
    """Put beside config.yaml what our own commands look for: model.pth (the best epochs') and recipe.yaml."""
    directory = Path(args.output_dir)
    copies = {directory / WEIGHTS_FILE: directory / BEST_FILE}
    if args.config is not None:
        copies[directory / RECIPE_FILE] = Path(args.config).parent / RECIPE_FILE
    for path, source in copies.items():
        if source.is_file():  # not after a --dry_run, nor without a recipe
            with replacing(path) as temporary:
                shutil.copyfile(source, temporary)


if __name__ == "__main__":
    main()
