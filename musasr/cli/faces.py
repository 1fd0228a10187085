"""What ``musasr separate`` does with a model that looks: a stem a face."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musasr.errors import ConfigError

if TYPE_CHECKING:
    from musasr.looking_to_listen.film import FilmSeparation

LOOKS = "looking_to_listen"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a model that looks."""
    parser.add_argument(
        "--faces",
        metavar="BOXES|haar",
        help="where the faces stand, x,y,width,height in fractions of the picture: '0,0,0.5,1;0.5,0,0.5,1';"
        " or haar: OpenCV finds them (pip install .[faces])",
    )
    parser.add_argument("--face", metavar="left|right|N", help="whose voice, from the left (all)")
    parser.add_argument("--film", action="store_true", help="write a film with each voice alone, too")


def is_looking(args: argparse.Namespace) -> bool:
    """Whether faces are meant, or the model's folder is of one that looks.

    Raises:
        ConfigError: A film is asked for, and it does not look.
    """
    is_meant = bool(args.faces or args.face) or _is_of_faces(args.model)
    if args.film and not is_meant:
        raise ConfigError("the model looks at no film", where="--film", mend="leave it out")
    return is_meant


def _is_of_faces(model: Path) -> bool:
    path = model / "config.yaml"
    if not path.is_file():
        return False
    with path.open(encoding="utf-8") as file:
        return any(line.split() == ["system:", LOOKS] for line in file)


def load(args: argparse.Namespace) -> "FilmSeparation":
    """The model at work, and the faces.

    Raises:
        ConfigError: The model does not look, or is not for as many faces, or takes no query.
        StateError: The model is not trained.
    """
    from musasr.looking_to_listen.film import FilmSeparation, chosen_faces

    for option in ("query", "example", "stems"):
        if getattr(args, option) is not None:
            mend = "leave it out: --face says whose voice"
            raise ConfigError("the model looks", where=f"--{option}", mend=mend)
    return FilmSeparation(
        args.model,
        faces=args.faces,
        stems=lambda model: chosen_faces(args.face, model.sources),
        suffix=args.format,
        stream=args.stream,
    )


def write_films(film: Path, stems: Sequence[Path]) -> None:
    """Write, beside each stem, a film with that sound, and print where."""
    from musasr import audio
    from musasr.audio.remuxing import with_sound

    for stem in stems:
        rate = audio.probe(stem).sampling_rate
        output = stem.with_suffix(".mp4")
        with_sound(film, audio.stream_mono(stem, sampling_rate=rate), rate, output)
        print(output)
