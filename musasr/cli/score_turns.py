"""``musasr score`` of RTTM: who speaks when, recording by recording."""

import argparse
import json
from pathlib import Path

from musasr.errors import ConfigError, DataError

ENDING = ".rttm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of such a score."""
    parser.add_argument("--uem", type=Path, metavar="FILE", help="of RTTM: the parts that are scored")
    parser.add_argument(
        "--collar",
        type=float,
        default=0.0,
        metavar="S",
        help="of RTTM: seconds around each boundary left out (0)",
    )
    parser.add_argument(
        "--skip_overlap", action="store_true", help="of RTTM: leave out what several say at once"
    )


def is_asked(args: argparse.Namespace) -> bool:
    """Whether the files are RTTM.

    Raises:
        ConfigError: An option of RTTM is given for other files.
    """
    files = [args.reference, args.hypothesis]
    if all(file is not None and file.suffix == ENDING for file in files):
        return True
    if args.uem or args.collar or args.skip_overlap:
        what = "is for --reference and --hypothesis that end in .rttm"
        raise ConfigError(what, where="--uem, --collar and --skip_overlap", mend="leave them out")
    return False


def run(args: argparse.Namespace) -> None:
    """Print DER with its parts, JER and the Rush score of each recording and of all.

    Raises:
        ConfigError: The collar is negative.
        DataError: A file is broken, or the hypothesis names recordings that the reference has not.
    """
    from musasr.kaldi.rttm import read_rttm, read_uem
    from musasr.metrics.diarization import score_diarization, score_table, total_of

    if args.collar < 0:
        raise ConfigError(f"{args.collar:g} s is no collar", where="--collar", mend="give 0 or more")
    reference, hypothesis = read_rttm(args.reference), read_rttm(args.hypothesis)
    scored = {} if args.uem is None else read_uem(args.uem)
    others = sorted(hypothesis.keys() - reference.keys() - scored.keys())
    if others or not reference:
        what = (
            f"names {others[0]}, which the reference does not"
            if others
            else "there is nothing to compare with"
        )
        where = args.hypothesis if others else args.reference
        raise DataError(what, where=where, mend="name the same recordings in both")
    scores = {
        name: score_diarization(
            reference=reference.get(name, []),
            hypothesis=hypothesis.get(name, []),
            uem=scored.get(name),
            collar=args.collar,
            skip_overlap=args.skip_overlap,
        )
        for name in sorted({*reference, *scored})
    }
    if not args.json:
        print(score_table(scores))
        return
    rows = {**scores, "OVERALL": total_of(list(scores.values()))}
    figures = {
        name: {"seconds": round(one.total, 3), **{key: round(rate, 3) for key, rate in one.rates().items()}}
        for name, one in rows.items()
    }
    print(json.dumps(figures, indent=2))
