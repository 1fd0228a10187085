"""A paper's claims, and a recipe's aims beyond it, as comparisons that measured figures support or do not.

A recipe's paper file holds them as data: each has a ``text`` and a list of ``comparisons``, a mapping each:

- ``lower_wer: [A, B]``: A makes fewer word errors than B; ``at_least: 11``, by 11 % or more
- ``no_higher_wer: [A, B]``: A makes no more word errors than B
- ``lower_sdr: [A, B]``: A separates worse than B; ``at_least: 3``, by 3 dB or more
- ``alike: [A, B], within: 10``: their word error rates are within 10 % of B's

A and B are systems, under the main genre, or ``SYSTEM under GENRE``, ``SYSTEM under clean``. ``stand_ins``
are systems whose figure is the same as B's, where B was not measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musasr.errors import ConfigError, suggest
from musasr.report.paper.comparisons import Alike, Comparison, Evidence, LowerSdr, LowerWer, NoHigherWer, Side

KINDS = {"lower_wer": LowerWer, "no_higher_wer": NoHigherWer, "lower_sdr": LowerSdr, "alike": Alike}
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Claim:
    """One claim: what is said, and every comparison that has to hold for it."""

    number: int
    text: str
    comparisons: tuple[Comparison, ...]


def read_claims(entries: Sequence[Mapping[str, Any]]) -> list[Claim]:
    """The claims of a paper's file, numbered from 1.

    Raises:
        ConfigError: A comparison is of no kind that there is, or lacks a side.
    """
    return [
        Claim(number, entry["text"], tuple(map(_comparison, entry["comparisons"])))
        for number, entry in enumerate(entries, start=1)
    ]


def judge_all(claims: Sequence[Claim], evidence: Evidence) -> list[dict]:
    """Judge each claim by the comparisons whose systems were measured.

    A claim is supported where every measured comparison is: such a conjunction needs no correction for their
    number. One that points the other way, or falls short of the claimed size, makes it not supported.

    Returns:
        One entry a claim: ``claim``, ``text``, ``verdict``, ``num_comparisons`` and, of these, the measured
        ``comparisons``.
    """
    return [_judge(claim, evidence) for claim in claims]


def _comparison(entry: Mapping[str, Any]) -> Comparison:
    settings = dict(entry)
    kind = next((name for name in settings if name in KINDS), None)
    if kind is None:
        mend = suggest(next(iter(settings), ""), KINDS)
        raise ConfigError(f"{dict(entry)} is no comparison", where="claims", mend=mend)
    try:
        lower, higher = (_side(one) for one in settings.pop(kind))
        stand_ins = tuple(settings.pop("stand_ins", ()))
        return KINDS[kind](lower, Side(higher.system, higher.music, stand_ins), **settings)
    except (TypeError, ValueError) as error:
        what = f"{dict(entry)} is no comparison ({error})"
        raise ConfigError(
            what, where="claims", mend="name two sides, as egs/csj_anime/paper.yaml does"
        ) from error


def _side(text: str) -> Side:
    system, _, music = str(text).partition(" under ")
    return Side(system, music) if music else Side(system)


def _judge(claim: Claim, evidence: Evidence) -> dict:
    measured = [one for one in claim.comparisons if one.is_measured(evidence)]
    comparisons = [one.judge(evidence) for one in measured]
    return {
        "claim": claim.number,
        "text": claim.text,
        "verdict": _worst([one["verdict"] for one in comparisons]),
        "num_comparisons": len(claim.comparisons),
        "comparisons": comparisons,
    }


def _worst(verdicts: list[str]) -> str:
    """The verdict of a conjunction."""
    for verdict in ("not supported", "not significant", "supported"):
        if verdict in verdicts:
            return verdict
    return NOT_MEASURED
