import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.errors import DataError
from musasr.metrics.recognition import corpus_cer, corpus_wer, cpwer

SENTENCES = st.lists(st.sampled_from(["音", "音楽", "の", "a"]), max_size=6).map(" ".join)


def test_a_hand_worked_example():
    references = {"u2": "a b c d", "u1": "e f"}
    hypotheses = {"u1": "e", "u2": "a x c d y"}
    rate = corpus_wer(references, hypotheses)
    assert (rate.substitutions, rate.deletions, rate.insertions) == (1, 1, 1)
    assert (rate.errors, rate.num_tokens, rate.percent) == (3, 6, 50.0)
    # in the order of the references
    assert rate.utterance_errors.tolist() == [2, 1]
    assert rate.utterance_tokens.tolist() == [4, 2]


def test_characters_are_counted_without_spaces():
    rate = corpus_cer({"u": "音楽 の 中"}, {"u": "音 楽の 外"})
    assert (rate.errors, rate.num_tokens, rate.percent) == (1, 4, 25.0)


def test_a_replaced_run_and_a_shorter_one_count_their_longer_side():
    assert corpus_wer({"u": "a b c d"}, {"u": "x d"}).errors == 3
    assert corpus_wer({"u": "a d"}, {"u": "x y z d"}).errors == 3


def test_an_empty_hypothesis_deletes_every_word():
    rate = corpus_wer({"u": "a b", "v": "c"}, {"u": "", "v": "c"})
    assert (rate.deletions, rate.percent) == (2, pytest.approx(200 / 3))


def test_full_width_and_doubled_spaces_separate_words():
    assert corpus_wer({"u": "a\u3000b  c"}, {"u": "a b c"}).errors == 0


def test_insertions_can_exceed_a_hundred_percent():
    assert corpus_wer({"u": "a"}, {"u": "a b c"}).percent == 200.0


@given(pairs=st.lists(st.tuples(SENTENCES.filter(bool), SENTENCES), min_size=1, max_size=5))
def test_words_and_characters_agree_with_jiwer(pairs):
    references = {str(index): reference for index, (reference, _) in enumerate(pairs)}
    hypotheses = {str(index): hypothesis for index, (_, hypothesis) in enumerate(pairs)}
    rate = corpus_wer(references, hypotheses)
    assert rate.percent == pytest.approx(100 * jiwer.wer(*map(list, zip(*pairs, strict=True))))
    assert rate.utterance_errors.sum() == rate.errors
    without_spaces = [[text.replace(" ", "") for text in texts] for texts in zip(*pairs, strict=True)]
    assert corpus_cer(references, hypotheses).percent == pytest.approx(100 * jiwer.cer(*without_spaces))


def test_different_utterances_are_an_error():
    with pytest.raises(
        DataError, match=r"1 utterances without a hypothesis, 0 without a reference \(first: v\)"
    ):
        corpus_wer({"u": "a", "v": "b"}, {"u": "a"})
    with pytest.raises(
        DataError, match=r"0 utterances without a hypothesis, 1 without a reference \(first: w\)"
    ):
        corpus_cer({"u": "a"}, {"u": "a", "w": ""})


def test_words_where_nothing_is_said_are_insertions():
    # two words under music alone, one right, one deleted: 3 errors of 2 words
    references = {"u": "ab c", "m": "", "n": " "}
    rate = corpus_wer(references, {"u": "ab", "m": "x yz", "n": ""})
    assert (rate.substitutions, rate.deletions, rate.insertions) == (0, 1, 2)
    assert (rate.utterance_errors.tolist(), rate.utterance_tokens.tolist()) == ([1, 2, 0], [2, 0, 0])
    assert rate.percent == 150.0
    assert corpus_cer(references, {"u": "ab", "m": "x yz", "n": ""}).percent == pytest.approx(400 / 3)


@given(
    references=st.lists(SENTENCES, min_size=1, max_size=5).filter(any),
    hypotheses=st.lists(SENTENCES, min_size=5, max_size=5),
)
def test_utterances_without_words_add_their_words_and_change_nothing_else(references, hypotheses):
    rows = list(zip(map(str, range(len(references))), references, hypotheses, strict=False))
    whole = corpus_wer({key: text for key, text, _ in rows}, {key: text for key, _, text in rows})
    spoken = [row for row in rows if row[1]]
    part = corpus_wer({key: text for key, text, _ in spoken}, {key: text for key, _, text in spoken})
    inserted = sum(len(hypothesis.split()) for _, reference, hypothesis in rows if not reference)
    assert (whole.num_tokens, whole.errors) == (part.num_tokens, part.errors + inserted)
    assert whole.insertions == part.insertions + inserted


def test_no_reference_words_are_an_error():
    with pytest.raises(
        DataError, match=r"no reference holds a word, so the 2 that were inserted have no rate;"
    ):
        corpus_wer({"u": " ", "v": ""}, {"u": "a", "v": "b"})


def test_cpwer_is_that_of_the_best_pairing_of_speakers():
    reference = {"a": "x y z", "b": "u v"}
    assert cpwer(reference=reference, hypothesis={"1": "u v w", "2": "x y"}) == 40  # w inserted, z deleted
    assert cpwer(reference=reference, hypothesis={"1": "u v x y z"}) == 80  # x y z inserted, and missing of a
    assert cpwer(reference=reference, hypothesis={"9": "x y z", "8": "u v"}) == 0
