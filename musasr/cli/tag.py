"""``musasr tag``: which station and which tags music has, of whole files and over their time."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.errors import ConfigError, DataError

if TYPE_CHECKING:
    from musasr.music_tags.bands import BandFinder
    from musasr.music_tags.tagger import Tagger


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE|FOLDER", help="audio or video, and folders of such"
    )
    what = "folder of a trained tagger, such as work/music_tags/exp/crnn"
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help=what)
    parser.add_argument("--top", type=int, default=5, metavar="N", help="most tags that are shown (5)")
    parser.add_argument(
        "--least", type=float, default=0.3, metavar="P", help="probability of those after the first (0.3)"
    )
    parser.add_argument("--windows", action="store_true", help="a line for each window of a file, too")
    parser.add_argument("--speech", action="store_true", help="how much of each window is speech, too")
    what = "when somebody speaks, when music plays, when somebody sings, too"
    parser.add_argument("--bands", action="store_true", help=what)
    what = "its speech and music are what --bands listens to, such as work/mini/exp/time, or a pack"
    parser.add_argument("--separator", type=Path, metavar="MODEL", help=what)
    parser.add_argument("--stream", type=int, default=0, metavar="N", help="audio stream of each file (0)")
    parser.add_argument("--ngpu", type=int, default=0, choices=(0, 1), help="1: on the GPU (0)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(args: argparse.Namespace) -> None:
    """Tag each file; one that fails does not stop the others.

    Raises:
        ConfigError: An option is wrong.
        DataError: A path is not there, or a file could not be tagged.
        StateError: The model is broken or not trained.
    """
    from musasr import audio
    from musasr.music_tags.tagger import Tagger

    _check(args)
    media = audio.find_media(args.files)
    tagger = Tagger(args.model, device="cuda" if args.ngpu else "cpu")
    bands = _bands(args, tagger) if args.bands else None
    tagged, failed = [], []
    for path in media:
        try:
            tagged.append(_tag(path, tagger, args, bands))
        except DataError as error:
            if len(media) == 1:
                raise
            print(f"musasr: error: {error}", file=sys.stderr)
            failed.append(path)
            continue
        if not args.json:
            print("\n".join(_lines(tagged[-1], args)), flush=True)
    if args.json:
        print(json.dumps(tagged, indent=2, ensure_ascii=False))
    if failed:
        raise DataError(f"{len(failed)} of {len(media)} files could not be tagged", mend="see above")


def _check(args: argparse.Namespace) -> None:
    if args.top < 1:
        raise ConfigError("no tag would be shown", where="--top", mend="give 1 or more")
    if not 0 <= args.least <= 1:
        raise ConfigError(f"{args.least:g} is no probability", where="--least", mend="give 0 to 1")
    if args.stream < 0:
        raise ConfigError("streams are numbered from 0", where="--stream", mend="give 0 or more")
    if args.separator is not None and not args.bands:
        raise ConfigError("nothing is to be separated", where="--separator", mend="add --bands")


def _bands(args: argparse.Namespace, tagger: "Tagger") -> "BandFinder":
    """What finds bands, in what a separator gives where that is asked."""
    from musasr.music_tags.bands import BandFinder
    from musasr.transcribe.settings import load_settings

    settings = load_settings()
    if args.separator is None:
        return BandFinder(tagger, settings)
    from musasr.recipe.packs import open_model
    from musasr.tasks.folder import recipe_of
    from musasr.tasks.separator_alone import load_separator

    with open_model(args.separator) as folder:
        rate, separator = recipe_of(folder)["sampling_rate"], load_separator(folder, where=args.separator)
    return BandFinder(tagger, settings, separator=separator.to(tagger.device), sampling_rate=rate)


def _tag(
    path: Path, tagger: "Tagger", args: argparse.Namespace, bands: "BandFinder | None"
) -> dict[str, Any]:
    from musasr.music_tags.tagger import whole

    began = time.monotonic()
    windows = list(tagger.tag_file(path, stream=args.stream, speech=args.speech))
    return {
        "source": str(path),
        "duration": round(windows[-1].end, 3),
        **_rounded(whole(windows)),
        "windows": [
            {"start": round(one.start, 3), "end": round(one.end, 3), **_rounded(one.scores)}
            | ({} if one.speech is None else {"speech": round(one.speech, 3)})
            for one in windows
        ],
        **({} if bands is None else {"bands": vars(bands(path, stream=args.stream))}),
        "seconds": round(time.monotonic() - began, 2),
    }


def _rounded(scores: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {
        head: {label: round(value, 4) for label, value in labels.items()} for head, labels in scores.items()
    }


def _lines(tagged: dict[str, Any], args: argparse.Namespace) -> list[str]:
    """The file, its station and tags; with --windows the same of each window, with --bands each of them."""
    lines = [f"{tagged['source']}: {_words(tagged, args)}"]
    for one in tagged["windows"] if args.windows else ():
        lines.append(f"  {one['start']:8.1f} {one['end']:8.1f}  {_words(one, args)}")
    bands = tagged.get("bands", {})
    spans = [(*span, kind) for kind, of_kind in bands.items() for span in of_kind or ()]
    lines += [f"  {start:8.1f} {end:8.1f}  {kind}" for start, end, kind in sorted(spans)]
    if bands and bands["singing"] is None:
        lines.append("  singing is not told apart: the tagger has no such tag")
    return lines


def _words(scored: dict[str, Any], args: argparse.Namespace) -> str:
    from musasr.music_tags.tagger import top

    shown = []
    if "station" in scored:
        shown += top(scored["station"], 1)
    if "tags" in scored:
        shown += top(scored["tags"], args.top, least=args.least)
    words = [f"{label} {value:.2f}" for label, value in shown]
    if "speech" in scored:
        words.append(f"speech {100 * scored['speech']:.0f} %")
    return ", ".join(words)
