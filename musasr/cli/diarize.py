"""``musasr diarize``: who speaks when in films, broadcasts and recordings, as RTTM or JSON."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.errors import ConfigError, DataError, known_names

if TYPE_CHECKING:
    import numpy as np

    from musasr.kaldi.rttm import Turn

FORMATS = ("rttm", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE|FOLDER", help="audio or video, and folders of such"
    )
    what = "network of voices: the folder of one we trained, an .onnx file, a .pt file of CAM++ weights"
    parser.add_argument("--model", type=Path, required=True, metavar="MODEL", help=what)
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="gets NAME.rttm (beside the file)")
    parser.add_argument("--format", default="rttm", metavar="LIST", help="of rttm, json (rttm)")
    parser.add_argument("--num_speakers", type=int, metavar="N", help="how many speak, where that is known")
    parser.add_argument("--config", type=Path, metavar="FILE", help="changes to conf/diarization.yaml")
    parser.add_argument("--stream", type=int, default=0, metavar="N", help="audio stream of each file (0)")
    parser.add_argument("--ngpu", type=int, default=0, choices=(0, 1), help="1: on the GPU (0)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY.PATH=VALUE", help="change conf/diarization.yaml"
    )
    parser.add_argument("--json", action="store_true", help="print figures of each file as JSON")


def run(args: argparse.Namespace) -> None:
    """Diarise each file; one that fails does not stop the others.

    Raises:
        ConfigError: An option, the model or a setting is wrong, or a file is in the way.
        DataError: A path is not there, or a file could not be diarised.
        StateError: The model is broken or not trained.
    """
    from musasr import audio
    from musasr.diarizers.embedders import open_embedder
    from musasr.diarizers.settings import load_settings, note_threshold

    formats = known_names(args.format, FORMATS, what="format", where="--format")
    if args.num_speakers is not None and args.num_speakers < 1:
        raise ConfigError("nobody would speak", where="--num_speakers", mend="give 1 or more")
    if args.stream < 0:
        raise ConfigError("streams are numbered from 0", where="--stream", mend="give 0 or more")
    settings = load_settings(args.set, path=args.config, model=args.model)
    if args.num_speakers is None:
        note_threshold(args.model, settings)
    media = audio.find_media(args.files)
    outputs = {one: _outputs(one, args.output, formats) for one in media}
    _check(outputs, overwrite=args.overwrite)
    embedder = open_embedder(args.model, device="cuda" if args.ngpu else "cpu")
    figures, failed = [], []
    for path, targets in outputs.items():
        try:
            done = _diarize(path, args, embedder=embedder, settings=settings)
        except DataError as error:
            if len(outputs) == 1:
                raise
            print(f"musasr: error: {error}", file=sys.stderr)
            failed.append(path)
            continue
        _write(done["turns"], path, targets)
        figures.append(_figures(path, done, targets))
        if not args.json:
            print(*targets.values(), sep="\n", flush=True)
    if args.json:
        print(json.dumps(figures, indent=2, ensure_ascii=False))
    if failed:
        raise DataError(f"{len(failed)} of {len(outputs)} files could not be diarised", mend="see above")


def _outputs(path: Path, folder: Path | None, formats: Sequence[str]) -> dict[str, Path]:
    return {kind: (folder or path.parent) / f"{path.stem}.{kind}" for kind in formats}


def _check(outputs: dict[Path, dict[str, Path]], *, overwrite: bool) -> None:
    """See, before the work, that each can be written, none twice, and none over one that is there."""
    owner: dict[Path, Path] = {}
    for path, targets in outputs.items():
        for target in targets.values():
            if target.parent.exists() and not target.parent.is_dir():
                raise ConfigError("is a file, not a folder", where=target.parent, mend="name another with -o")
            if target.is_dir():
                mend = "remove it, or name another folder with -o"
                raise ConfigError("is a folder in the place of a file", where=target, mend=mend)
            if target in owner:
                what = f"{owner[target]} and {path} would both write it"
                raise ConfigError(what, where=target, mend="rename one, or diarise them into two folders")
            owner[target] = path
            if target.exists() and not overwrite:
                mend = "give --overwrite, or another folder with -o"
                raise ConfigError("is there already", where=target, mend=mend)


def _diarize(path: Path, args: argparse.Namespace, **how: Any) -> dict[str, Any]:
    from musasr import audio
    from musasr.diarizers.activity import RATE
    from musasr.diarizers.streaming import diarize_stream

    began, num_samples = time.monotonic(), 0

    def blocks() -> Iterator["np.ndarray"]:
        nonlocal num_samples
        num_samples = 0
        for block in audio.stream_mono(path, sampling_rate=RATE, stream=args.stream):
            num_samples += len(block)
            yield block

    turns = diarize_stream(blocks, num_speakers=args.num_speakers, **how)
    return {
        "turns": turns,
        "duration": round(num_samples / RATE, 3),
        "seconds": round(time.monotonic() - began, 2),
    }


def _write(turns: list["Turn"], path: Path, targets: dict[str, Path]) -> None:
    from musasr.atomic import write_json
    from musasr.kaldi.rttm import write_rttm

    name = "_".join(path.stem.split())  # RTTM has no word for white space
    for kind, target in targets.items():
        if kind == "rttm":
            write_rttm(target, {name: turns})
        else:
            write_json(target, {"source": str(path), "turns": [vars(turn) for turn in turns]})


def _figures(path: Path, done: dict[str, Any], targets: dict[str, Path]) -> dict[str, Any]:
    turns, duration = done["turns"], done["duration"]
    return {
        "source": str(path),
        "outputs": [str(target) for target in targets.values()],
        "duration": duration,
        "num_speakers": len({turn.speaker for turn in turns}),
        "num_turns": len(turns),
        "speech_seconds": round(sum(turn.duration for turn in turns), 3),
        "seconds": done["seconds"],
        "real_time_factor": round(done["seconds"] / duration, 4) if duration else None,
    }
