"""How well a diariser tells who speaks when: DER and JER, exact in time (no frames).

Both compare under the one-to-one mapping of speakers that shares most time. DER sums the seconds of false
alarm, of missed and of confused speech over those of the reference, all of it counted once a speaker; JER
is the mean over reference speakers of 1 - intersection / union with the mapped speaker (DIHARD II).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from musasr.kaldi.rttm import Span, Turn


@dataclass(frozen=True)
class DiarizationScore:
    """Seconds of errors of one recording or of several; rates are in percent.

    Attributes:
        total: Seconds of reference speech, each speaker's counted.
        false_alarm, missed, confusion: Seconds of each error.
        jaccard_errors: Of each reference speaker that is scored, from 0 to 1.
        mapping: Hypothesis speaker -> reference speaker; empty for several recordings.
    """

    total: float
    false_alarm: float
    missed: float
    confusion: float
    jaccard_errors: tuple[float, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> float:
        """Seconds of all errors."""
        return self.false_alarm + self.missed + self.confusion

    @property
    def der(self) -> float:
        """Diarisation error rate; where the reference is silent, 0 if nothing was found, else 100."""
        return self._of_total(self.error)

    @property
    def jer(self) -> float:
        """Jaccard error rate; where the reference is silent, as DER."""
        if not self.jaccard_errors:
            return self.der
        return 100 * float(np.mean(self.jaccard_errors))

    @property
    def rush(self) -> float:
        """(DER + JER) / 2, by which the AI Rush ranked."""
        return (self.der + self.jer) / 2

    def rates(self) -> dict[str, float]:
        """DER, its three parts, JER and the Rush score, percent."""
        parts = {name: self._of_total(getattr(self, name)) for name in ("false_alarm", "missed", "confusion")}
        return {"der": self.der, **parts, "jer": self.jer, "rush": self.rush}

    def _of_total(self, seconds: float) -> float:
        if self.total > 0:
            return 100 * seconds / self.total
        return 100.0 if seconds > 0 else 0.0


def score_diarization(
    *,
    reference: Sequence[Turn],
    hypothesis: Sequence[Turn],
    uem: Sequence[Span] | None = None,
    collar: float = 0.0,
    skip_overlap: bool = False,
) -> DiarizationScore:
    """The score of one recording.

    Args:
        reference, hypothesis: Turns; those of one speaker that overlap count as one.
        uem: The parts that are scored, seconds; None: all.
        collar: Seconds before and after each boundary of the reference that are not scored (pyannote's
            collar is both together: twice this).
        skip_overlap: Whether what several reference speakers say at once is not scored.
    """
    collars = [(time - collar, time + collar) for turn in reference for time in (turn.start, turn.end)]
    collars = collars if collar > 0 else []
    edges = _edges(reference, hypothesis, collars, uem or [])
    middles, seconds = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    reference_names, is_spoken = _activity(reference, middles)
    hypothesis_names, is_found = _activity(hypothesis, middles)
    is_scored = ~_covered(collars, middles)
    if uem is not None:
        is_scored &= _covered(uem, middles)
    if skip_overlap:
        is_scored &= is_spoken.sum(axis=0) < 2
    weights = seconds * is_scored
    shared = (is_spoken * weights) @ is_found.T.astype(np.float64)
    pairs = _mapping(shared)
    mapping = {hypothesis_names[found]: reference_names[spoken] for spoken, found in pairs}
    num_spoken, num_found = is_spoken.sum(axis=0), is_found.sum(axis=0)
    correct = sum(shared[pair] for pair in pairs)
    return DiarizationScore(
        total=float(weights @ num_spoken),
        false_alarm=float(weights @ np.maximum(num_found - num_spoken, 0)),
        missed=float(weights @ np.maximum(num_spoken - num_found, 0)),
        confusion=max(0.0, float(weights @ np.minimum(num_found, num_spoken) - correct)),
        jaccard_errors=_jaccard_errors(is_spoken @ weights, is_found @ weights, shared, dict(pairs)),
        mapping=mapping,
    )


def total_of(scores: Sequence[DiarizationScore]) -> DiarizationScore:
    """The score of several recordings together: seconds added up, JER over all their speakers."""
    return DiarizationScore(
        *(
            sum(getattr(one, name) for one in scores)
            for name in ("total", "false_alarm", "missed", "confusion")
        ),
        jaccard_errors=tuple(error for one in scores for error in one.jaccard_errors),
    )


def score_table(scores: Mapping[str, DiarizationScore]) -> str:
    """Recording by recording and together: seconds of speech, DER with its parts, JER, the Rush score."""
    width = max(map(len, ("recording", "OVERALL", *scores)))
    head = ("speech s", "DER", "false al.", "missed", "confused", "JER", "Rush")
    lines = [f"{'recording':<{width}}" + "".join(f"{name:>10}" for name in head)]
    for name, one in [*sorted(scores.items()), ("OVERALL", total_of(list(scores.values())))]:
        cells = (one.total, *one.rates().values())
        lines.append(f"{name:<{width}}" + "".join(f"{cell:>10.2f}" for cell in cells))
    return "\n".join(lines)


def _edges(
    reference: Sequence[Turn],
    hypothesis: Sequence[Turn],
    collars: Sequence[Span],
    uem: Sequence[Span],
) -> np.ndarray:
    """Every time at which something changes, in order: between two neighbours nothing does."""
    times = [time for turn in (*reference, *hypothesis) for time in (turn.start, turn.end)]
    times += [time for span in (*collars, *uem) for time in span]
    return np.unique(np.array(times, np.float64)) if times else np.zeros(1)


def _activity(turns: Sequence[Turn], times: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Speakers, and whether each of them speaks at each time: (speakers, times) bool."""
    names = sorted({turn.speaker for turn in turns})
    rows = [
        _covered([(turn.start, turn.end) for turn in turns if turn.speaker == name], times) for name in names
    ]
    return names, np.array(rows, bool).reshape(len(names), len(times))


def _covered(spans: Sequence[Span], times: np.ndarray) -> np.ndarray:
    """Whether any of the spans holds each time, which is an end of none."""
    if not spans:
        return np.zeros(len(times), bool)
    starts, ends = np.sort(np.array(spans, np.float64), axis=0).T
    return np.searchsorted(starts, times) > np.searchsorted(ends, times)


def _mapping(shared: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (row, column), each in at most one, that share most time; none that share nothing."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(shared, maximize=True)
    return [
        (int(row), int(column)) for row, column in zip(rows, columns, strict=True) if shared[row, column] > 0
    ]


def _jaccard_errors(
    spoken: np.ndarray, found: np.ndarray, shared: np.ndarray, mapping: Mapping[int, int]
) -> tuple[float, ...]:
    """1 - intersection / union of each reference speaker that is scored; 1 where nobody is mapped."""
    errors = []
    for row, seconds in enumerate(spoken):
        if seconds <= 0:
            continue
        column = mapping.get(row)
        both = 0.0 if column is None else shared[row, column]
        union = seconds if column is None else seconds + found[column] - both
        errors.append(1 - float(both / union))
    return tuple(errors)
