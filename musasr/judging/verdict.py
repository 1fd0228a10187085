"""Error rates of each way to hear, what is invented over music alone, and which way to choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from musasr.metrics.recognition import ErrorRate, corpus_cer, corpus_wer
from musasr.metrics.significance import bootstrap_ci95, drawn_groups, matched_pairs
from musasr.metrics.spelling import JAPANESE
from musasr.transcribe.hearing import RAW

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Verdict:
    """What was read in each way, and what follows.

    Attributes:
        references: utterance_id -> what was said, as it is compared.
        hypotheses: Way -> condition -> utterance_id -> what was read, likewise.
        invented: Way -> texts that were read where there is music alone, one for each cut.
        speakers: utterance_id -> who says it.
        language: Japanese is compared by characters, any other by words.
        seed: Of intervals and tests.
    """

    references: Mapping[str, str]
    hypotheses: Mapping[str, Mapping[str, Mapping[str, str]]]
    invented: Mapping[str, Sequence[str]]
    speakers: Mapping[str, str]
    language: str | None
    seed: int

    @property
    def unit(self) -> str:
        """Whether characters or words are counted."""
        return "CER" if self.language == JAPANESE else "WER"

    @property
    def conditions(self) -> list[str]:
        """In order: clean first."""
        return list(self.hypotheses[RAW])

    @cached_property
    def rates(self) -> dict[str, dict[str, ErrorRate]]:
        """Way -> condition -> errors."""
        count = corpus_cer if self.unit == "CER" else corpus_wer
        return {
            way: {name: count(self.references, texts) for name, texts in of_way.items()}
            for way, of_way in self.hypotheses.items()
        }

    def percent(self, way: str) -> float:
        """The error rate of a way over all conditions, in percent."""
        errors, tokens = self._totals(way)
        return float(100 * errors.sum() / tokens.sum())

    def interval(self, way: str) -> tuple[float, float]:
        """Its 95 % confidence interval; speakers are drawn where there are enough of them."""
        groups = drawn_groups([self.speakers[key] for key in self.references])
        return bootstrap_ci95(*self._totals(way), groups=groups, seed=self.seed)

    def p_value(self, way: str) -> float:
        """Of "it errs as raw does", over all conditions, utterance by utterance."""
        return matched_pairs(self._totals(way)[0], self._totals(RAW)[0], seed=self.seed)

    def invented_per_minute(self, way: str, *, cut_seconds: float) -> float:
        """Characters or words a minute of music alone."""
        texts = self.invented[way]
        count = sum(len("".join(one.split())) if self.unit == "CER" else len(one.split()) for one in texts)
        return count / (len(texts) * cut_seconds / 60)

    @property
    def best(self) -> str:
        """The way to choose: the fewest errors, but raw where none is significantly below it."""
        below = [way for way in self.rates if self.percent(way) < self.percent(RAW)]
        sure = [way for way in below if self.p_value(way) < SIGNIFICANT]
        return min(sure, key=self.percent, default=RAW)

    def _totals(self, way: str) -> tuple[np.ndarray, np.ndarray]:
        """Errors and tokens of each utterance, over all conditions (N,)."""
        of_way = self.rates[way].values()
        return (
            np.sum([rate.utterance_errors for rate in of_way], axis=0),
            np.sum([rate.utterance_tokens for rate in of_way], axis=0),
        )
