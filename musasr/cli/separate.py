"""``musasr separate``: audio and video files into their sources, with a trained separator or joint system.

A model of the recipe lass is asked for one sound by --query, or by --example where it is shown sounds; one
that looks is told where --faces stand.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from musasr.cli import faces
from musasr.errors import ConfigError, DataError

if TYPE_CHECKING:
    from musasr.recognition.file_separation import FileSeparation, Settings, Stems
    from musasr.recognition.stem_places import Place

SLOW_SECONDS = 2.0  # a file that takes longer gets a progress bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE|FOLDER", help="audio or video, and folders of such"
    )
    parser.add_argument(
        "--model", type=Path, required=True, metavar="MODEL", help="such as work/mini/exp/time, or a pack"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="gets NAME_speech.wav, NAME_music.wav, or whatever sources the model has",
    )
    parser.add_argument(
        "--query",
        metavar="TEXT",
        help='what to separate, for a model that takes a text: "a person is speaking"',
    )
    parser.add_argument(
        "--example",
        type=Path,
        metavar="FILE",
        help="a sound like what to separate, for a model that is shown one",
    )
    parser.add_argument("--stems", metavar="LIST", help="which of them, such as speech,music (all)")
    parser.add_argument(
        "--format", choices=("wav", "flac"), default="wav", help="32-bit float wav, or 24-bit flac (wav)"
    )
    faces.add_arguments(parser)
    parser.add_argument("--stream", type=int, default=0, metavar="N", help="audio stream of each file (0)")


def run(args: argparse.Namespace) -> None:
    """Separate each file; one that fails does not stop the others.

    Raises:
        ConfigError: The model has no separator or no such stem, wants a query or takes none, or two files
            would write the same output.
        DataError: A path is not there, or a file could not be separated.
        StateError: The model is not trained.
    """
    from musasr.recognition import stem_places

    is_looking = faces.is_looking(args)
    places = stem_places.find_places(args.files, args.output)
    separation = faces.load(args) if is_looking else _load(args)
    stem_places.check_targets(places, separation.sources.stems, args.format)
    failed = []
    for place in places:
        try:
            stems = _separate(separation, place)
            _say(stems)
            if args.film:
                faces.write_films(place.source, stems.paths)
        except DataError as error:
            if len(places) == 1:
                raise
            print(f"musasr: error: {error}", file=sys.stderr)
            failed.append(place.source)
    if failed:
        raise DataError(f"{len(failed)} of {len(places)} files could not be separated", mend="see above")


def _settings(args: argparse.Namespace) -> "Settings":
    from musasr.recipe import config
    from musasr.recognition.file_separation import Settings

    stems = None if args.stems is None else tuple(name.strip() for name in args.stems.split(","))
    chunks = config.load(config.CONF / "separation.yaml")["separation"]
    return Settings(**chunks, stems=stems, suffix=args.format, stream=args.stream)


def _load(args: argparse.Namespace) -> "FileSeparation":
    from musasr.recipe.packs import open_model

    with open_model(args.model) as folder:
        asked = {"query": args.query, "example": args.example}
        return _of_folder(folder, _settings(args), where=args.model, **asked)


def _of_folder(
    directory: Path, settings: "Settings", *, where: Path, query: str | None, example: Path | None
) -> "FileSeparation":
    """The model at work. (What it imports takes seconds: it comes after all else.)

    Raises:
        ConfigError: It wants a query or takes none.
        DataError: The example cannot be heard.
    """
    from musasr.lass.asking import is_lass, load_asked, load_shown
    from musasr.recognition.file_separation import FileSeparation

    if is_lass(directory):
        if (query is None) == (example is None):
            mend = 'give --query "a person is speaking" (or --example, and not both)'
            raise ConfigError("wants to be asked for something", where=where, mend=mend)
        asked = load_asked(directory, query) if example is None else load_shown(directory, example)
        return FileSeparation(asked, asked.digest, settings, sampling_rate=asked.sampling_rate)
    if query is not None or example is not None:
        mend = "leave out --query and --example, or name a model of egs/lass"
        raise ConfigError("takes no query", where=where, mend=mend)
    from musasr.recognition.fingerprint import digest_of_model
    from musasr.tasks.folder import recipe_of
    from musasr.tasks.separator_alone import load_separator

    model = load_separator(directory, where=where)
    rate = recipe_of(directory)["sampling_rate"]
    return FileSeparation(model, digest_of_model(directory), settings, sampling_rate=rate)


def _separate(separation: "FileSeparation", place: "Place") -> "Stems":
    from tqdm import tqdm

    from musasr import audio

    duration = audio.probe(place.source, stream=separation.settings.stream).duration
    form = "{desc}: {percentage:3.0f}% of {total:.0f} s |{bar}| {elapsed}, {remaining} left"
    with tqdm(
        total=duration, desc=place.source.name, delay=SLOW_SECONDS, leave=False, bar_format=form
    ) as bar:

        def on_resume(seconds: float) -> None:
            bar.write(f"musasr: {place.source}: goes on after {seconds:.0f} s", file=sys.stderr)

        return separation(place, on_resume=on_resume, on_progress=bar.update)


def _say(stems: "Stems") -> None:
    if stems.was_there:
        what = "the stems are there already, of this file, model and settings"
        print(f"musasr: {stems.source}: {what}", file=sys.stderr)
    if stems.peak > 1.0:
        fall_db = 20 * math.log10(stems.peak)
        what = (
            f"stems reach {fall_db:.1f} dB above full scale; all of them are that much quieter, so that none"
            " is clipped"
        )
        print(f"musasr: {stems.source}: {what}", file=sys.stderr)
    print(*stems.paths, sep="\n", flush=True)
