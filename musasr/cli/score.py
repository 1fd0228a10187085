"""``musasr score``: error rates of a hypothesis, SDR of an estimate, or what a separator gains."""

import argparse
import json
from itertools import zip_longest
from pathlib import Path

from musasr.cli import score_turns
from musasr.errors import ConfigError, DataError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--reference", type=Path, metavar="FILE", help="Kaldi text, RTTM, or audio")
    what = "Kaldi text: gives WER and CER; RTTM: gives DER and JER"
    parser.add_argument("--hypothesis", type=Path, metavar="FILE", help=what)
    score_turns.add_arguments(parser)
    parser.add_argument(
        "--language",
        metavar="CODE",
        help="compare text of writers of different habits: no punctuation; ja: by its sound, CER alone",
    )
    parser.add_argument("--estimate", type=Path, metavar="FILE", help="audio: gives SDR and SI-SDR in dB")
    parser.add_argument(
        "--mixtures",
        type=Path,
        metavar="DIR",
        help="Kaldi dirs with speech.scp beside wav.scp: what --model gains on each, loses, leaves of music",
    )
    parser.add_argument("--model", type=Path, metavar="MODEL", help="such as work/mini/exp/time, or a pack")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> None:
    """Score text, turns of speakers, audio, or a separator.

    Raises:
        ConfigError: The options name none of the three, or more.
        DataError: A file cannot be read, or the files do not belong together.
        StateError: The separator is not trained.
    """
    if args.mixtures is not None:
        _score_mixtures(args)
        return
    if args.reference is None or (args.hypothesis is None) == (args.estimate is None):
        mend = "name one of them, and --reference; or --mixtures and --model"
        raise ConfigError("needs one of --hypothesis and --estimate", where="score", mend=mend)
    if score_turns.is_asked(args):
        score_turns.run(args)
        return
    figures = _score_text(args) if args.hypothesis else _score_audio(args)
    if args.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name} {value}" for name, value in figures.items()))


def _score_mixtures(args: argparse.Namespace) -> None:
    if args.model is None or args.reference or args.hypothesis or args.estimate:
        what = "wants --model, and no files beside"
        raise ConfigError(what, where="--mixtures", mend="name a separator")
    from tqdm import tqdm

    from musasr.judging.mixtures import as_json, measure, mixture_dirs, num_mixtures, table
    from musasr.recipe import config
    from musasr.recipe.packs import open_model
    from musasr.tasks.folder import recipe_of
    from musasr.tasks.separator_alone import load_separator

    dirs = mixture_dirs(args.mixtures)
    with open_model(args.model) as folder:
        rate = recipe_of(folder)["sampling_rate"]
        separator = load_separator(folder, where=args.model)
    rows, chunks = [], config.load(config.CONF / "separation.yaml")["separation"]
    total = sum(map(num_mixtures, dirs))
    with tqdm(total=total, desc="separating", unit="mixture", leave=False) as bar:
        for directory in dirs:
            rows.append(measure(separator, directory, sampling_rate=rate, chunks=chunks, on_step=bar.update))
    print(json.dumps(as_json(rows), indent=2) if args.json else table(rows))


def _score_text(args: argparse.Namespace) -> dict[str, float | None]:
    from musasr.kaldi import read_table
    from musasr.metrics.recognition import corpus_cer, corpus_wer
    from musasr.metrics.spelling import JAPANESE, scoring_spelling

    # Without words: a segment over music alone, and where nothing was recognised.
    references, hypotheses = (
        read_table(file, allow_empty=True) for file in (args.reference, args.hypothesis)
    )
    if args.language is not None:
        references, hypotheses = (
            {key: scoring_spelling(text, args.language) for key, text in texts.items()}
            for texts in (references, hypotheses)
        )
    if args.language == JAPANESE:  # without spaces it has no words
        cer = corpus_cer(references, hypotheses)
        return {"wer": None, "cer": round(cer.percent, 2), "num_characters": cer.num_tokens}
    wer, cer = corpus_wer(references, hypotheses), corpus_cer(references, hypotheses)
    return {
        "wer": round(wer.percent, 2),
        "cer": round(cer.percent, 2),
        "substitutions": wer.substitutions,
        "deletions": wer.deletions,
        "insertions": wer.insertions,
        "num_words": wer.num_tokens,
    }


def _score_audio(args: argparse.Namespace) -> dict[str, float]:
    import numpy as np

    from musasr import audio
    from musasr.audio.conversion import of_one_size
    from musasr.audio.streams import stream_mono
    from musasr.metrics.long_separation import LongScore
    from musasr.metrics.separation import limited

    rate = audio.info(args.reference).sampling_rate
    streams = [stream_mono(path, sampling_rate=rate) for path in (args.reference, args.estimate)]
    score, lengths, peak = LongScore(), [0, 0], 0.0
    for blocks in zip_longest(*map(of_one_size, streams), fillvalue=()):
        lengths = [length + len(block) for length, block in zip(lengths, blocks, strict=True)]
        if len(blocks[0]) == len(blocks[1]):
            reference, estimate = blocks
            score.add(estimate=estimate, reference=reference)
            peak = max(peak, float(abs(reference).max()))
    if lengths[0] != lengths[1]:
        what = f"has {lengths[1]} samples, the reference {lengths[0]}"
        raise ConfigError(what, where=args.estimate, mend="compare files of one length")
    if audio.is_silent(np.array([peak])):
        raise DataError("is silent: nothing has an SDR to it", where=args.reference, mend="take other audio")
    return {"sdr": round(limited(score.sdr), 2), "si_sdr": round(limited(score.si_sdr), 2)}
