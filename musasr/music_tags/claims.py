"""What the AI Rush's teams reported of each choice, beside what it does here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from musasr.metrics.significance import matched_pairs

HELPED, HURT, NEITHER = "helped", "hurt", "no difference"


@dataclass(frozen=True)
class Claim:
    """One of the slides' claims: a variant against another, on one head's errors.

    Attributes:
        words: The claim.
        variant: What has the choice.
        against: What has not.
        head: Which answers it is about.
        theirs: HELPED, HURT or NEITHER; None: they do not say.
    """

    words: str
    variant: str
    against: str
    head: str
    theirs: str | None


CLAIMS = (
    Claim("the long input (7,000 frames there) instead of a seventh", "crnn", "short", "station", HELPED),
    Claim("the long input instead of a seventh", "crnn", "short", "tags", None),
    Claim("a GRU at the end (CRNN) instead of attentive pooling", "crnn", "sap", "station", HELPED),
    Claim("a GRU at the end (CRNN) instead of attentive pooling", "crnn", "sap", "tags", None),
    Claim("convolutions over time alone, with attentive pooling", "one_axis_sap", "sap", "station", HURT),
    Claim("convolutions over time alone, with a GRU", "one_axis", "crnn", "station", None),
    Claim("focal loss", "focal", "crnn", "station", NEITHER),
    Claim("focal loss", "focal", "crnn", "tags", NEITHER),
    Claim("mixup", "mixup", "crnn", "station", HURT),
    Claim("masking of frequencies", "masking", "crnn", "station", HURT),
    Claim("an attention map from a frozen tagger of tags", "attention", "crnn", "station", HELPED),
    Claim("an attention map from a frozen tagger of stations", "attention_station", "crnn", "tags", HURT),
    Claim("an ensemble, weights fitted on dev", "ensemble", "crnn", "station", HELPED),
    Claim("an ensemble, weights fitted on dev", "ensemble", "crnn", "tags", HELPED),
    Claim("SpeakerNet instead of five plain layers", "crnn", "cnn", "station", HELPED),
    Claim("SpeakerNet instead of five plain layers", "crnn", "cnn", "tags", None),
    Claim(
        "ResNeXt and the mean over time instead of SpeakerNet and a GRU", "resnext", "crnn", "station", None
    ),
    Claim("ResNeXt and the mean over time instead of SpeakerNet and a GRU", "resnext", "crnn", "tags", None),
    Claim("ReXNet instead of SpeakerNet", "rexnet", "crnn", "station", None),
    Claim("ReXNet instead of SpeakerNet", "rexnet", "crnn", "tags", None),
    Claim("SpeakerNet instead of statistics of bands", "crnn", "statistics", "station", None),
    Claim("SpeakerNet instead of statistics of bands", "crnn", "statistics", "tags", None),
    Claim(
        "SpeakerNet instead of the organisers' system (short input)", "crnn", "baseline", "station", HELPED
    ),
    Claim("SpeakerNet instead of the organisers' system (short input)", "crnn", "baseline", "tags", HELPED),
)


def judge(errors: Mapping[str, Mapping[str, np.ndarray]], *, significance: float, seed: int) -> list[dict]:
    """Each claim whose two variants were measured: both error rates, p of a matched-pairs test, and ours.

    Args:
        errors: Wrong answers (N,) of each test track by variant and head.
        significance: The highest p of a difference.
        seed: Of the test's draws.
    """
    judged = []
    for claim in CLAIMS:
        if any(claim.head not in errors.get(name, {}) for name in (claim.variant, claim.against)):
            continue
        own, other = (errors[name][claim.head] for name in (claim.variant, claim.against))
        p = matched_pairs(own, other, seed=seed)
        judged.append({**vars(claim), **_verdict(own, other, p, significance)})
    return judged


def _verdict(own: np.ndarray, other: np.ndarray, p: float, significance: float) -> dict[str, Any]:
    ours = NEITHER
    if p <= significance:
        ours = HELPED if own.sum() < other.sum() else HURT
    return {
        "errors": round(float(own.mean()), 4),
        "errors_against": round(float(other.mean()), 4),
        "p": round(p, 4),
        "ours": ours,
    }
