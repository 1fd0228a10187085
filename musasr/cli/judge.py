"""``musasr judge``: whether a separator in front helps a recogniser, on speech and music of one's own."""

import argparse
import json
import math
import random
from pathlib import Path

from musasr.errors import ConfigError, known_names, shown
from musasr.recipe.transcription_keys import WAYS

LARGEST_SNR = 100  # dB


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    what = "a recogniser: exp/<system>, ESPnet's folder or zip, Whisper's folder, whisper:NAME"
    parser.add_argument("--model", required=True, metavar="MODEL", help=what)
    parser.add_argument("--separator", metavar="DIR", help="exp/<system> in front of it (the model's own)")
    parser.add_argument("--speech", type=Path, required=True, metavar="DIR", help="Kaldi data dir with text")
    parser.add_argument("--music", type=Path, required=True, metavar="DIR", help="music dir of a recipe")
    parser.add_argument("--snr", default="5,0,-5", metavar="LIST", help="dB, besides clean speech (5,0,-5)")
    parser.add_argument("--utterances", type=int, default=60, metavar="N", help="drawn from the speech (60)")
    ways = "how it is heard besides raw: of " + ", ".join(WAYS)
    parser.add_argument("--ways", metavar="LIST", help=f"{ways} (all)")
    parser.add_argument("--language", metavar="CODE", help="such as ja; Japanese is compared by its sound")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (0)")
    parser.add_argument("--ngpu", type=int, default=0, choices=(0, 1), help="1: on the GPU (0)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY.PATH=VALUE", help="change conf/transcribe.yaml"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")


def run(args: argparse.Namespace) -> None:
    """Read, and print the table and which way to choose.

    Raises:
        ConfigError: An option or the model is wrong.
        DataError: The speech or the music cannot be read.
        StateError: The model is not trained.
    """
    from tqdm import tqdm

    from musasr.judging.judge import Trial, judge
    from musasr.judging.table import as_json, sentence, table
    from musasr.kaldi import read_music_dir, read_utterances
    from musasr.mixing.draw import MusicLibrary
    from musasr.transcribe.settings import load_settings
    from musasr.transcribe.system import load_system

    if args.utterances < 1:
        raise ConfigError("wants at least one", where="--utterances", mend="give 1 or more")
    snrs_db = _numbers(args.snr)
    ways = known_names(args.ways, WAYS, what="way", where="--ways") if args.ways is not None else WAYS
    settings = load_settings([*args.set, "input.kind=raw"])
    utterances, pieces = read_utterances(args.speech), read_music_dir(args.music)
    if args.utterances < len(utterances):
        utterances = random.Random(args.seed).sample(utterances, args.utterances)
    separator = Path(args.separator) if args.separator else None
    device = "cuda" if args.ngpu else "cpu"
    system = load_system(args.model, settings, separator=separator, device=device, language=args.language)
    if args.ways is not None and system.separator is None:
        raise ConfigError("there is no separator", where="--ways", mend="name one with --separator")
    library = MusicLibrary(pieces, sampling_rate=system.sampling_rate, crossfade_seconds=0.1)
    trial = Trial(utterances, library, snrs_db, args.seed, args.language)
    with tqdm(total=2 * len(utterances), desc="reading", leave=False) as bar:
        verdict = judge(trial, system, settings["input"], ways=ways, on_step=bar.update)
    if args.json:
        print(json.dumps(as_json(verdict), indent=2))
    else:
        print(table(verdict), sentence(verdict), sep="\n")


def _numbers(text: str) -> list[float]:
    """SNRs of a list, each once."""
    try:
        numbers = list(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError:
        numbers = [math.nan]
    if not all(abs(number) <= LARGEST_SNR for number in numbers):
        what = f"{shown(text)} are no SNRs of at most {LARGEST_SNR} dB"
        raise ConfigError(what, where="--snr", mend="give such as 5,0,-5")
    return numbers
