"""One measured difference: its size here and in the paper, its significance, and what it says of a claim."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from musasr.metrics.significance import bootstrap_ci95, matched_pairs
from musasr.recipe.conditions import CLEAN, Condition, under
from musasr.report.measurement import Measurement, TestSpeech, pooled_errors
from musasr.report.paper.numbers import paper_average

LEVEL = 0.05
SUPPORTED, NOT_SUPPORTED, NOT_SIGNIFICANT = "supported", "not supported", "not significant"


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        system: Name as in LIST.
        music: "anime", a genre of Table II, or "clean".
        stand_ins: Systems that give the same figure, taken in this order where ``system`` is not measured.
    """

    system: str
    music: str = "anime"
    stand_ins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """The measurements that comparisons draw on."""

    measurements: Mapping[tuple[str, Condition], Measurement]
    speech: TestSpeech
    seed: int

    def source(self, side: Side) -> str | None:
        """Return the system that the side's figures come from, None where it was not measured."""
        for system in (side.system, *side.stand_ins):
            if all((system, condition) in self.measurements for condition in under(side.music)):
                return system
        return None

    def find(self, side: Side) -> list[Measurement]:
        """Return the side's conditions: three with music, or clean speech."""
        return [self.measurements[self.source(side), condition] for condition in under(side.music)]

    def names(self, lower: Side, higher: Side) -> tuple[str, str]:
        """Return what tells two sides apart in a sentence: their systems, or the music of one system."""
        if lower.music != higher.music:
            return f"{self.source(lower)} under {lower.music}", f"that under {higher.music}"
        return self.source(lower), self.source(higher)

    def errors(self, side: Side) -> tuple[np.ndarray, np.ndarray]:
        """Return word errors and words per utterance, summed over the side's conditions."""
        return pooled_errors(self.find(side))

    def wer(self, side: Side) -> float:
        """Return the mean WER of the side's conditions, in percent."""
        found = self.find(side)
        return sum(float(one.words.percent) for one in found) / len(found)

    def sdr(self, side: Side) -> np.ndarray:
        """Return the SDR per utterance, the mean of the three conditions, in dB."""
        return np.mean([one.separation["sdr"] for one in self.find(side)], axis=0)


@dataclass(frozen=True)
class Comparison:
    """What all comparisons share: two sides, measured or not."""

    lower: Side
    higher: Side

    def is_measured(self, evidence: Evidence) -> bool:
        """Whether both sides were measured."""
        return None not in (evidence.source(self.lower), evidence.source(self.higher))


@dataclass(frozen=True)
class LowerWer(Comparison):
    """``lower`` makes fewer word errors than ``higher``, by ``at_least`` percent relative."""

    at_least: float = 0.0

    def judge(self, evidence: Evidence) -> dict:
        """Return both WERs, the relative reduction, p (matched pairs over utterances) and the verdict."""
        lower, higher = evidence.wer(self.lower), evidence.wer(self.higher)
        p = matched_pairs(evidence.errors(self.lower)[0], evidence.errors(self.higher)[0], seed=evidence.seed)
        holds = lower < higher and relative_reduction(lower, higher) >= self.at_least
        paper = [paper_average(side.system, side.music, "wer") for side in (self.lower, self.higher)]
        size = f" by {self.at_least:g} % or more" if self.at_least else ""
        return {
            "text": "WER of {} below {}".format(*evidence.names(self.lower, self.higher)) + size,
            "score": "wer",
            "ours": [lower, higher],
            "ours_change": relative_reduction(lower, higher),
            "paper": paper,
            "paper_change": relative_reduction(*paper),
            "p": float(p),
            "verdict": _verdict(is_significant=p < LEVEL, holds=holds),
        }


@dataclass(frozen=True)
class NoHigherWer(Comparison):
    """``lower`` makes no more word errors than ``higher``; more, but not significantly, decides nothing."""

    def judge(self, evidence: Evidence) -> dict:
        """Return both WERs, the relative reduction, p (matched pairs over utterances) and the verdict."""
        found = LowerWer(self.lower, self.higher).judge(evidence)
        lower, higher = found["ours"]
        place = " on clean speech" if self.lower.music == CLEAN.name else ""
        return found | {
            "text": "WER of {} no higher than that of {}".format(*evidence.names(self.lower, self.higher))
            + place,
            "verdict": SUPPORTED
            if lower <= higher
            else _verdict(is_significant=found["p"] < LEVEL, holds=False),
        }


@dataclass(frozen=True)
class LowerSdr(Comparison):
    """``lower`` separates worse than ``higher``, by ``at_least`` dB."""

    at_least: float = 0.0

    def judge(self, evidence: Evidence) -> dict:
        """Return both SDRs, their difference in dB, p (matched pairs over utterances) and the verdict."""
        lower, higher = evidence.sdr(self.lower), evidence.sdr(self.higher)
        p = matched_pairs(lower, higher, seed=evidence.seed)
        drop = float(higher.mean() - lower.mean())
        size = f" by {self.at_least:g} dB or more"
        paper = [paper_average(side.system, side.music, "sdr") for side in (self.lower, self.higher)]
        return {
            "text": "SDR of {} below {}".format(*evidence.names(self.lower, self.higher)) + size,
            "score": "sdr",
            "ours": [float(lower.mean()), float(higher.mean())],
            "ours_change": drop,
            "paper": paper,
            "paper_change": paper[1] - paper[0],
            "p": float(p),
            "verdict": _verdict(is_significant=p < LEVEL, holds=drop >= self.at_least),
        }


@dataclass(frozen=True)
class Alike(Comparison):
    """Both sides have the same WER ``within`` percent of that of ``higher``.

    A difference that is not significant may still be there: for support, the 95 % confidence interval of the
    difference has to lie inside the margin, and to refute the claim, outside it.
    """

    within: float = 10.0

    def judge(self, evidence: Evidence) -> dict:
        """Return both WERs, their relative difference, its 95 % confidence interval and the verdict."""
        (errors, words), (other_errors, _) = evidence.errors(self.lower), evidence.errors(self.higher)
        wer, other = evidence.wer(self.lower), evidence.wer(self.higher)
        low, high = bootstrap_ci95(
            errors - other_errors, words, groups=evidence.speech.groups, seed=evidence.seed
        )
        margin = self.within / 100 * other
        is_inside, is_outside = -margin <= low and high <= margin, low > margin or high < -margin
        paper = [paper_average(side.system, side.music, "wer") for side in (self.lower, self.higher)]
        return {
            "text": f"WER of {{}} within {self.within:g} % of {{}}".format(
                *evidence.names(self.lower, self.higher)
            ),
            "score": "wer",
            "ours": [wer, other],
            "ours_change": relative_reduction(wer, other),
            "paper": paper,
            "paper_change": relative_reduction(*paper),
            "difference_ci95": [float(low), float(high)],
            "verdict": _verdict(is_significant=is_inside or is_outside, holds=is_inside),
        }


def relative_reduction(lower: float, higher: float) -> float | None:
    """Return by how many percent of ``higher`` ``lower`` is below it; None where ``higher`` is 0."""
    return None if higher == 0 else 100 * (higher - lower) / higher


def _verdict(*, is_significant: bool, holds: bool) -> str:
    if not is_significant:
        return NOT_SIGNIFICANT
    return SUPPORTED if holds else NOT_SUPPORTED
