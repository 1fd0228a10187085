"""One measured difference: its size here and in the paper, its significance, and what it says of a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from musasr.corpora.contract import MAIN_GENRE
from musasr.metrics.significance import bootstrap_ci95, matched_pairs, reduction_ci95
from musasr.recipe.conditions import CLEAN, Condition, under
from musasr.report.measurement import Measurement, TestSpeech, pooled_errors
from musasr.report.paper.numbers import Paper

LEVEL = 0.05
SUPPORTED, NOT_SUPPORTED, NOT_SIGNIFICANT = "supported", "not supported", "not significant"


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        system: As ``--systems`` spells it.
        music: The main genre, another of the test music, or "clean".
        stand_ins: Systems that give the same figure, taken in this order where ``system`` is not measured.
    """

    system: str
    music: str = MAIN_GENRE
    stand_ins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """The measurements that comparisons draw on, and the paper that they are held against.

    Attributes:
        measurements: (system, condition) -> what was measured.
        speech: The references that they were scored against.
        snrs_db: The SNRs of the test mixtures.
        paper: Whose figures stand beside ours.
        seed: Of bootstrap and tests.
    """

    measurements: Mapping[tuple[str, Condition], Measurement]
    speech: TestSpeech
    snrs_db: Sequence[float]
    paper: Paper
    seed: int

    def under(self, music: str) -> list[Condition]:
        """The conditions of a side: those with music, or clean speech."""
        return under(music, self.snrs_db)

    def source(self, side: Side) -> str | None:
        """The system that the side's figures come from, None where it was not measured."""
        for system in (side.system, *side.stand_ins):
            if all((system, condition) in self.measurements for condition in self.under(side.music)):
                return system
        return None

    def find(self, side: Side) -> list[Measurement]:
        """The side's measurements, one a condition."""
        return [self.measurements[self.source(side), condition] for condition in self.under(side.music)]

    def has(self, side: Side, score: str) -> bool:
        """Whether the side was measured, and has words or an SDR."""
        return self.source(side) is not None and all(one.has(score) for one in self.find(side))

    def names(self, lower: Side, higher: Side) -> tuple[str, str]:
        """What tells two sides apart in a sentence: their systems, or the music of one system."""
        if lower.music != higher.music:
            return f"{self.source(lower)} under {lower.music}", f"that under {higher.music}"
        return self.source(lower), self.source(higher)

    def errors(self, side: Side) -> tuple[np.ndarray, np.ndarray]:
        """Word errors and words per utterance, summed over the side's conditions."""
        return pooled_errors(self.find(side))

    def wer(self, side: Side) -> float:
        """The mean WER of the side's conditions, in percent."""
        found = self.find(side)
        return sum(float(one.words.percent) for one in found) / len(found)

    def sdr(self, side: Side) -> np.ndarray:
        """The SDR per utterance, the mean of the conditions, in dB."""
        return np.mean([one.separation["sdr"] for one in self.find(side)], axis=0)

    def paper_averages(self, sides: Sequence[Side], score: str) -> list[float | None]:
        """The paper's figures of the sides."""
        return [self.paper.average(side.system, self.under(side.music), score) for side in sides]


@dataclass(frozen=True)
class Comparison:
    """What all comparisons have: two sides, measured or not."""

    lower: Side
    higher: Side

    score = "wer"

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both."""
        return self.lower, self.higher

    def is_measured(self, evidence: Evidence) -> bool:
        """Whether both sides were measured."""
        return all(evidence.has(side, self.score) for side in self.sides)


@dataclass(frozen=True)
class LowerWer(Comparison):
    """``lower`` makes fewer word errors than ``higher``, by ``at_least`` percent relative.

    A size that is claimed is shown where the 95 % confidence interval of the reduction lies beyond it, and
    refuted where the interval stays below.
    """

    at_least: float = 0.0

    def judge(self, evidence: Evidence) -> dict:
        """Both WERs, the relative reduction, p (matched pairs over utterances) and the verdict."""
        lower, higher = (evidence.wer(side) for side in self.sides)
        (errors, _), (other_errors, _) = (evidence.errors(side) for side in self.sides)
        p = matched_pairs(errors, other_errors, seed=evidence.seed)
        paper = evidence.paper_averages(self.sides, self.score)
        size = f" by {self.at_least:g} % or more" if self.at_least else ""
        found = {
            "text": "WER of {} below {}".format(*evidence.names(*self.sides)) + size,
            "score": self.score,
            "ours": [lower, higher],
            "ours_change": relative_reduction(lower, higher),
            "paper": paper,
            "paper_change": relative_reduction(*paper),
            "p": float(p),
            "verdict": _verdict(is_significant=p < LEVEL, holds=lower < higher),
        }
        if not self.at_least or higher == 0:
            return found
        interval = reduction_ci95(errors, other_errors, groups=evidence.speech.groups, seed=evidence.seed)
        return found | {"change_ci95": list(interval), "verdict": _beyond(interval, self.at_least)}


@dataclass(frozen=True)
class NoHigherWer(Comparison):
    """``lower`` makes no more word errors than ``higher``; more, but not significantly, decides nothing."""

    def judge(self, evidence: Evidence) -> dict:
        """Both WERs, the relative reduction, p (matched pairs over utterances) and the verdict."""
        found = LowerWer(*self.sides).judge(evidence)
        lower, higher = found["ours"]
        place = " on clean speech" if self.lower.music == CLEAN.name else ""
        return found | {
            "text": "WER of {} no higher than that of {}".format(*evidence.names(*self.sides)) + place,
            "verdict": SUPPORTED
            if lower <= higher
            else _verdict(is_significant=found["p"] < LEVEL, holds=False),
        }


@dataclass(frozen=True)
class LowerSdr(Comparison):
    """``lower`` separates worse than ``higher``, by ``at_least`` dB: judged as `LowerWer` is."""

    at_least: float = 0.0

    score = "sdr"

    def judge(self, evidence: Evidence) -> dict:
        """Both SDRs, their difference in dB, p (matched pairs over utterances) and the verdict."""
        lower, higher = (evidence.sdr(side) for side in self.sides)
        p = matched_pairs(lower, higher, seed=evidence.seed)
        drop = float(higher.mean() - lower.mean())
        paper = evidence.paper_averages(self.sides, self.score)
        size = f" by {self.at_least:g} dB or more" if self.at_least else ""
        found = {
            "text": "SDR of {} below {}".format(*evidence.names(*self.sides)) + size,
            "score": self.score,
            "ours": [float(lower.mean()), float(higher.mean())],
            "ours_change": drop,
            "paper": paper,
            "paper_change": None if None in paper else paper[1] - paper[0],
            "p": float(p),
            "verdict": _verdict(is_significant=p < LEVEL, holds=drop > 0),
        }
        if not self.at_least:
            return found
        # The bootstrap gives a ratio in percent: of dB to utterances, the mean.
        interval = [
            float(bound) / 100
            for bound in bootstrap_ci95(
                higher - lower, np.ones_like(lower), groups=evidence.speech.groups, seed=evidence.seed
            )
        ]
        return found | {"change_ci95": list(interval), "verdict": _beyond(interval, self.at_least)}


@dataclass(frozen=True)
class Alike(Comparison):
    """Both sides have the same WER ``within`` percent of that of ``higher``.

    A difference that is not significant may still be there: for support, the 95 % confidence interval of the
    difference has to lie inside the margin, and to refute the claim, outside it.
    """

    within: float = 10.0

    def judge(self, evidence: Evidence) -> dict:
        """Both WERs, their relative difference, its 95 % confidence interval and the verdict."""
        (errors, words), (other_errors, _) = (evidence.errors(side) for side in self.sides)
        wer, other = (evidence.wer(side) for side in self.sides)
        low, high = bootstrap_ci95(
            errors - other_errors, words, groups=evidence.speech.groups, seed=evidence.seed
        )
        margin = self.within / 100 * other
        is_inside, is_outside = -margin <= low and high <= margin, low > margin or high < -margin
        paper = evidence.paper_averages(self.sides, self.score)
        names = evidence.names(*self.sides)
        return {
            "text": f"WER of {names[0]} within {self.within:g} % of {names[1]}",
            "score": self.score,
            "ours": [wer, other],
            "ours_change": relative_reduction(wer, other),
            "paper": paper,
            "paper_change": relative_reduction(*paper),
            "difference_ci95": [float(low), float(high)],
            "verdict": _verdict(is_significant=is_inside or is_outside, holds=is_inside),
        }


def relative_reduction(lower: float | None, higher: float | None) -> float | None:
    """By how many percent of ``higher`` ``lower`` is below it; None where one is not there, or that is 0."""
    return None if None in (lower, higher) or higher == 0 else 100 * (higher - lower) / higher


def _beyond(interval: Sequence[float], size: float) -> str:
    """The verdict on a claimed size."""
    return _verdict(is_significant=interval[0] >= size or interval[1] < size, holds=interval[0] >= size)


def _verdict(*, is_significant: bool, holds: bool) -> str:
    if not is_significant:
        return NOT_SIGNIFICANT
    return SUPPORTED if holds else NOT_SUPPORTED
