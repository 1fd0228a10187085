"""Alignments against every way there is, on sequences short enough to try them all."""

import itertools

import numpy as np
import pytest
import torch

from musasr.recognizers.alignment import Span, ctc_spans, even_spans, monotone_spans

NUM_FRAMES, NUM_UNITS = 7, 4


def collapsed(path):
    """What a CTC path spells."""
    return [unit for unit, _ in itertools.groupby(path) if unit != 0]


@pytest.mark.parametrize("units", [[1, 2], [3], [2, 2], [1, 3, 1], [1, 1, 1]])
def test_ctc_spans_are_those_of_the_best_of_all_paths(units):
    generator = torch.Generator().manual_seed(sum(units))
    log_probabilities = torch.randn(NUM_FRAMES, NUM_UNITS, generator=generator).mul(2).log_softmax(dim=1)
    table = log_probabilities.tolist()
    paths = itertools.product(range(NUM_UNITS), repeat=NUM_FRAMES)
    best = max(
        (path for path in paths if collapsed(path) == units),
        key=lambda path: sum(table[frame][unit] for frame, unit in enumerate(path)),
    )
    expected, frame = [], 0
    for unit, run in itertools.groupby(best):
        length = len(list(run))
        if unit != 0:
            inside = log_probabilities[frame : frame + length, unit].exp().max()
            expected.append(Span(frame, frame + length, pytest.approx(float(inside), abs=1e-5)))
        frame += length
    assert ctc_spans(log_probabilities, units) == expected


def test_ctc_cannot_spell_more_than_its_frames_hold():
    log_probabilities = torch.zeros(4, 3).log_softmax(dim=1)
    assert ctc_spans(log_probabilities, [1, 2, 1, 2]) is not None
    assert ctc_spans(log_probabilities, [1, 1, 2, 2]) is None  # repeats want a blank between them
    assert ctc_spans(log_probabilities, [1, 0]) is None
    assert ctc_spans(log_probabilities, []) == []


def test_monotone_spans_hold_the_most_attention_of_all_cuts():
    weights = np.random.default_rng(3).random((3, 8))
    cuts = itertools.combinations(range(1, 8), 2)
    best = max(
        (sum(weights[u, a:b].sum() for u, (a, b) in enumerate([(0, i), (i, j), (j, 8)])), (0, i, j, 8))
        for i, j in cuts
    )[1]
    spans = monotone_spans(weights, [0.5, 0.25, 1.0])
    assert [span.start for span in spans] == list(best[:-1])
    assert [span.end for span in spans] == list(best[1:])
    assert [span.probability for span in spans] == [0.5, 0.25, 1.0]


def test_monotone_spans_of_one_frame_each_and_of_too_few_frames():
    assert monotone_spans(np.eye(2), [1.0, 1.0]) == [Span(0, 1, 1.0), Span(1, 2, 1.0)]
    assert monotone_spans(np.ones((4, 2)), [1.0] * 4) == even_spans(4, 2, [1.0] * 4)


def test_even_spans_share_the_frames():
    assert even_spans(2, 5) == [Span(0.0, 2.5), Span(2.5, 5.0)]
    assert even_spans(0, 5) == []
