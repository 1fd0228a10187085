"""``musasr mix``: two files at an SNR, or the recipe's planned test mixtures, as audio."""

import argparse
import json
from pathlib import Path

from musasr.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--speech", type=Path, metavar="FILE", help="speech to put music under")
    parser.add_argument("--music", type=Path, metavar="FILE", help="the music; looped where it is too short")
    parser.add_argument("--snr_db", type=float, metavar="DB", help="speech over music")
    parser.add_argument("--workdir", type=Path, metavar="DIR", help="or: the run whose plan is rendered")
    parser.add_argument("--condition", metavar="NAME", help="of the plan, such as anime_0 (default: all)")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="gets mixture, speech, music"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> None:
    """Mix two files, or render a plan.

    Raises:
        ConfigError: Neither two files with an SNR nor a working directory was named.
    """
    pair = (args.speech, args.music, args.snr_db)
    if args.workdir is not None and pair == (None, None, None):
        figures = _render_plan(args.workdir, args.condition, args.output)
    elif args.workdir is None and None not in pair:
        figures = _mix_files(*pair, args.output)
    else:
        raise ConfigError("names no input", where="mix", mend="give --speech --music --snr_db, or --workdir")
    if args.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        print("\n".join(f"{name}: {value}" for name, value in figures.items()))


def _mix_files(speech: Path, music: Path, snr_db: float, output: Path) -> dict[str, object]:
    from musasr.mixing.long_files import mix_files

    measured, rate = mix_files(speech, music, output, snr_db=snr_db)
    return {"snr_db": round(measured, 4), "sampling_rate": rate, "output": str(output)}


def _render_plan(workdir_path: Path, condition: str | None, output: Path) -> dict[str, object]:
    from musasr import audio
    from musasr.kaldi import Utterance, read_music_dir, read_utterances, write_speech_dir
    from musasr.mixing.draw import MusicLibrary
    from musasr.mixing.plan import make, read_plan, read_speech
    from musasr.recipe import config
    from musasr.recipe.workdir import Workdir

    workdir = Workdir(workdir_path)
    recipe = config.load_resolved(workdir.plan.parent / "recipe.yaml")
    rate = recipe["sampling_rate"]
    pieces = MusicLibrary(
        read_music_dir(workdir.music("test")),
        sampling_rate=rate,
        crossfade_seconds=recipe["mixing"]["crossfade_seconds"],
    )
    utterances = {one.utterance_id: one for one in read_utterances(workdir.speech("test"))}
    rows = [row for row in read_plan(workdir.plan) if condition in (None, row.condition)]
    if not rows:
        raise ConfigError(f"no row of condition {condition!r}", where=workdir.plan, mend="look into the plan")
    rendered: dict[str, list[Utterance]] = {}
    for row in rows:
        utterance = utterances[row.utterance_id]
        mixture = make(row, speech=read_speech(utterance, sampling_rate=rate), library=pieces)
        directory = output.resolve() / row.condition
        for name in ("mixture", "speech", "music"):
            audio.write(directory / name / f"{row.utterance_id}.wav", getattr(mixture, name), rate)
        path = directory / "mixture" / f"{row.utterance_id}.wav"
        size = len(mixture.mixture)
        rendered.setdefault(row.condition, []).append(
            Utterance(row.utterance_id, utterance.speaker_id, utterance.text, path, size)
        )
    for name, members in rendered.items():
        write_speech_dir(output / name, members)
    return {"conditions": sorted(rendered), "mixtures": len(rows), "output": str(output)}
