"""DER and JER: worked by hand, and equal to pyannote.metrics on random annotations."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.kaldi.rttm import Turn
from musasr.metrics.diarization import score_diarization, score_table, total_of

REFERENCE = [Turn(0, 10, "A"), Turn(10, 20, "B"), Turn(18, 22, "A")]


def _score(hypothesis, **options):
    return score_diarization(reference=REFERENCE, hypothesis=hypothesis, **options)


def test_the_reference_itself_has_no_errors_under_any_names():
    renamed = [Turn(turn.start, turn.end, {"A": "2", "B": "A"}[turn.speaker]) for turn in REFERENCE]
    score = _score(renamed)
    assert (score.der, score.jer, score.rush, score.total) == (0, 0, 0, 24)
    assert score.mapping == {"2": "A", "A": "B"}


def test_rates_worked_by_hand():
    # One speaker 1 s too long at the front of B's 10 s, silence found as speech for 2 s, the overlap missed.
    score = _score([Turn(0, 11, "x"), Turn(11, 20, "y"), Turn(20, 24, "x")])
    assert (score.false_alarm, score.missed, score.confusion) == (2, 2, 1)
    assert score.der == pytest.approx(100 * 5 / 24)
    # A: 14 s, x: 15 s, 12 s of both; B: 10 s, y: 9 s, 9 s of both.
    assert score.jer == pytest.approx(100 * ((1 - 12 / 17) + (1 - 9 / 10)) / 2)
    assert score.rush == pytest.approx((score.der + score.jer) / 2)


def test_collar_overlap_and_uem_leave_out_what_they_name():
    hypothesis = [Turn(0, 10.2, "x"), Turn(10.2, 20, "y")]
    assert _score(hypothesis).confusion == pytest.approx(0.2)
    assert _score(hypothesis, collar=0.25).confusion == 0
    assert _score(hypothesis, skip_overlap=True).total == pytest.approx(20)
    inside = _score(hypothesis, uem=[(9, 10.1), (25, 30)])
    assert (inside.total, inside.confusion) == pytest.approx((1.1, 0.1))


def test_turns_of_one_speaker_that_overlap_count_once():
    doubled = score_diarization(reference=[Turn(0, 2, "A"), Turn(1, 3, "A")], hypothesis=[Turn(0, 3, "x")])
    assert (doubled.total, doubled.error) == (3, 0)


def test_silence_is_right_when_nothing_is_found():
    nothing = score_diarization(reference=[], hypothesis=[])
    assert (nothing.der, nothing.jer) == (0, 0)
    found = score_diarization(reference=[], hypothesis=[Turn(0, 1, "x")])
    assert (found.der, found.jer, found.false_alarm) == (100, 100, 1)
    missed = score_diarization(reference=[Turn(0, 1, "A")], hypothesis=[])
    assert (missed.der, missed.jer, missed.missed) == (100, 100, 1)


def test_recordings_together_weigh_by_seconds_and_by_speakers():
    one = score_diarization(reference=[Turn(0, 1, "A")], hypothesis=[])
    two = score_diarization(
        reference=[Turn(0, 9, "A"), Turn(9, 18, "B")], hypothesis=[Turn(0, 9, "x"), Turn(9, 18, "y")]
    )
    together = total_of([one, two])
    assert together.der == pytest.approx(100 / 19)
    assert together.jer == pytest.approx(100 / 3)
    table = score_table({"a": one, "b": two}).splitlines()
    assert [line.split()[0] for line in table] == ["recording", "a", "b", "OVERALL"]
    assert table[1].split()[1:] == ["1.00", "100.00", "0.00", "100.00", "0.00", "100.00", "100.00"]


def _turns(random, num_speakers, num_turns):
    """Turns to the millisecond, of which no two of one speaker overlap."""
    turns, free = [], dict.fromkeys(range(num_speakers), 0.0)
    for _ in range(num_turns):
        speaker = int(random.integers(num_speakers))
        start = free[speaker] + random.uniform(0.01, 4)
        free[speaker] = start + random.uniform(0.05, 6)
        turns.append(Turn(round(start, 3), round(free[speaker], 3), f"{speaker}"))
    return turns


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    speakers=st.tuples(st.integers(1, 5), st.integers(1, 6)),
    collar=st.sampled_from([0.0, 0.15, 0.25]),
    skip_overlap=st.booleans(),
    has_uem=st.booleans(),
)
def test_rates_are_pyannotes(seed, speakers, collar, skip_overlap, has_uem):
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

    def annotation(turns):
        made = Annotation()
        for number, turn in enumerate(turns):
            made[Segment(turn.start, turn.end), number] = turn.speaker
        return made

    random = np.random.default_rng(seed)
    reference, hypothesis = (_turns(random, number, int(random.integers(1, 25))) for number in speakers)
    uem = [(2.0, 9.5), (11.25, 40.0)] if has_uem else None
    score = score_diarization(
        reference=reference, hypothesis=hypothesis, uem=uem, collar=collar, skip_overlap=skip_overlap
    )
    options = {"collar": 2 * collar, "skip_overlap": skip_overlap}
    theirs = {"uem": Timeline([Segment(*span) for span in uem]) if uem else None}
    pair = annotation(reference), annotation(hypothesis)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = DiarizationErrorRate(**options)(*pair, detailed=True, **theirs)
        jer = JaccardErrorRate(**options)(*pair, **theirs)
    if parts["total"] == 0:
        return
    assert score.total == pytest.approx(parts["total"], abs=1e-6)
    assert score.false_alarm == pytest.approx(parts["false alarm"], abs=1e-6)
    assert score.missed == pytest.approx(parts["missed detection"], abs=1e-6)
    assert score.confusion == pytest.approx(parts["confusion"], abs=1e-6)
    assert score.der == pytest.approx(100 * parts["diarization error rate"], abs=1e-6)
    assert score.jer == pytest.approx(100 * jer, abs=1e-6)
