"""Which utterances are the best, the median and the worst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.kaldi import Utterance
from musasr.recognition.examples import MOST_SECONDS, choose


def row(utterance_id, hypothesis, *, si_sdr=None, seconds=1.0):
    return {
        "utterance_id": utterance_id,
        "hypothesis": hypothesis,
        "si_sdr": si_sdr,
        "num_samples": round(seconds * 16000),
    }


def chosen(rows, texts):
    utterances = {name: Utterance(name, "s", text, path=None) for name, text in texts.items()}
    found = choose(rows, utterances, sampling_rate=16000)
    return {rank: one["utterance_id"] for rank, one in found.items()}


def test_ranks_are_those_of_the_wer():
    texts = dict.fromkeys("abcd", "one two three four") | {"e": "one two"}
    rows = [
        row("a", "one two three"),  # 25 %
        row("b", "one"),  # 75 %
        row("c", "one two three four"),  # 0 %
        row("d", ""),  # 100 %
        row("e", "one two"),  # 0 %, of fewer words
    ]
    assert chosen(rows, texts) == {"best": "c", "median": "a", "worst": "d"}


def test_without_words_they_are_those_of_the_separation():
    rows = [row("a", None, si_sdr=3.0), row("b", None, si_sdr=-2.0), row("c", None, si_sdr=9.0)]
    assert chosen(rows, dict.fromkeys("abc", "one")) == {"best": "c", "median": "a", "worst": "b"}


def test_few_utterances_have_few_ranks():
    texts = dict.fromkeys("ab", "one two")
    assert chosen([row("a", "one two")], texts) == {"best": "a"}
    assert chosen([row("a", "one"), row("b", "one two")], texts) == {"best": "b", "worst": "a"}
    assert chosen([row("a", None)], texts) == {}


def test_what_is_silent_or_long_is_left_out_where_others_are_there():
    texts = {"a": "", "b": "one", "c": "one"}
    rows = [row("a", "x"), row("b", "one"), row("c", "one", seconds=MOST_SECONDS + 1)]
    assert chosen(rows, texts) == {"best": "b"}
    assert chosen(rows[2:], texts) == {"best": "c"}


@given(st.lists(st.integers(0, 5), min_size=3, max_size=12))
def test_the_median_lies_between(errors):
    texts = {str(n): "a b c d e" for n in range(len(errors))}
    rows = [row(str(n), " ".join("abcde"[: 5 - wrong])) for n, wrong in enumerate(errors)]
    found = {rank: errors[int(name)] for rank, name in chosen(rows, texts).items()}
    assert found == pytest.approx(
        {"best": min(errors), "median": sorted(errors)[(len(errors) - 1) // 2], "worst": max(errors)}
    )
