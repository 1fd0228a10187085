"""A variant's threshold, from the development set, and its errors on the test set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from musasr.corpora.conversation_dir import Conversation
from musasr.diarization.hearing import Heard
from musasr.diarizers.clustering import labels_of, tree_of
from musasr.diarizers.overlap import with_second
from musasr.diarizers.windows import turns_of
from musasr.kaldi.rttm import Turn
from musasr.metrics.diarization import DiarizationScore, score_diarization


@dataclass(frozen=True)
class Clustering:
    """How windows become speakers: `musasr.diarization.variants.Variant.clustering`, and what serves it.

    Attributes:
        linkage: Of agglomerative clustering.
        smallest: Windows that one of its clusters has at least.
        knows_speakers: Whether it is told how many speak.
        is_supervised: Whether UIS-RNN does it instead.
        uis_rnn: The trained one.
        search: Arguments of its `label`.
    """

    linkage: str
    knows_speakers: bool
    is_supervised: bool
    smallest: int = 1
    uis_rnn: Any = None
    search: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_threshold(self) -> bool:
        """Whether one decides how many speak."""
        return not (self.knows_speakers or self.is_supervised)

    def turns(self, heard: Heard, threshold: float) -> list[Turn]:
        """Who speaks when in a recording, by the vectors of its windows."""
        return next(self.turns_by(heard, [threshold]))

    def turns_by(self, heard: Heard, thresholds: Sequence[float]) -> Iterator[list[Turn]]:
        """Yield what `turns` gives with each threshold."""
        if self.is_supervised and heard.windows:
            yield _turns(heard, self.uis_rnn.label(heard.vectors, **self.search))
            return
        number = len({turn.speaker for turn in heard.conversation.turns}) if self.knows_speakers else None
        tree = tree_of(heard.vectors, linkage=self.linkage) if heard.windows else None
        for threshold in thresholds:
            if tree is None:
                yield []
                continue
            labels = labels_of(
                heard.vectors, tree, threshold=threshold, smallest=self.smallest, num_speakers=number
            )
            yield _turns(heard, labels)


def _turns(heard: Heard, labels: Sequence[int]) -> list[Turn]:
    turns = turns_of(heard.windows, labels)
    return with_second(turns, heard.overlaps, windows=heard.windows, vectors=heard.vectors, labels=labels)


def score(found: Sequence[Turn], conversation: Conversation, scoring: Mapping[str, Any]) -> DiarizationScore:
    """The errors of a recording."""
    return score_diarization(
        reference=conversation.turns, hypothesis=found, uem=conversation.scored, **scoring
    )


def best_threshold(
    heard: Sequence[Heard],
    *,
    grid: Sequence[float],
    clustering: Clustering,
    scoring: Mapping[str, Any],
) -> float:
    """The threshold of the grid [least, most, step] with the fewest errors; of equal ones the middle one."""
    if not clustering.has_threshold:
        return grid[0]
    least, most, step = grid
    thresholds = [round(least + step * index, 6) for index in range(int((most - least) / step + 1.5))]
    errors = np.zeros(len(thresholds))
    for one in heard:
        found = clustering.turns_by(one, thresholds)
        errors += [score(turns, one.conversation, scoring).error for turns in found]
    best = np.flatnonzero(errors <= errors.min() + 1e-9)
    return thresholds[int(best[len(best) // 2])]


def measure(
    dev: Sequence[Heard] | None,
    test: Sequence[Heard],
    *,
    grid: Sequence[float],
    clustering: Clustering,
    scoring: Mapping[str, Any],
) -> tuple[list[float], dict[str, list[Turn]], dict[str, DiarizationScore]]:
    """(thresholds, turns, errors by recording) of the test set.

    Where there is no development set every other recording is one for the rest, and the other way round:
    none has a say in its own threshold.
    """
    halves = [(dev, test)] if dev is not None else [(test[1::2], test[::2]), (test[::2], test[1::2])]
    thresholds, found, scores = [], {}, {}
    for own_dev, own_test in halves:
        threshold = best_threshold(own_dev, grid=grid, clustering=clustering, scoring=scoring)
        thresholds += [threshold] if clustering.has_threshold else []
        for one in own_test:
            name = one.conversation.recording_id
            found[name] = clustering.turns(one, threshold)
            scores[name] = score(found[name], one.conversation, scoring)
    return thresholds, found, scores
