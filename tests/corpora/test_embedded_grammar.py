"""Lexicon, grammar and readings of the embedded corpus."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr.corpora.embedded.speech import grammar, lexicon
from musasr.corpora.embedded.speech.grammar import Grammar, parse_symbol
from musasr.corpora.embedded.speech.lexicon import Lexicon, Word, conjugate, counts, entries
from musasr.errors import DataError
from musasr.pronunciation import canonical, is_spoken_as


def forms(surface, reading, inflection):
    return {
        name: "".join(word.surface for word in phrase) + "/" + "".join(word.reading for word in phrase)
        for name, phrase in conjugate(Word(surface, reading), inflection).items()
    }


def test_conjugation_matches_school_grammar():
    assert forms("書く", "カク", "godan") == {
        "dict": "書く/カク",
        "masu": "書き/カキ",
        "nai": "書か/カカ",
        "te": "書いて/カイテ",
        "ta": "書いた/カイタ",
    }
    assert forms("運ぶ", "ハコブ", "godan")["te"] == "運んで/ハコンデ"
    assert forms("使う", "ツカウ", "godan")["ta"] == "使った/ツカッタ"
    assert forms("防ぐ", "フセグ", "godan")["ta"] == "防いだ/フセイダ"
    assert forms("調べる", "シラベル", "ichidan")["nai"] == "調べ/シラベ"


def test_numbers_before_a_counter_take_its_sound():
    digits = [phrase[0] for phrase in lexicon.load().categories["numeral"]]
    numbers = ["".join(word.reading for word in number) for number in counts(digits, "k")]
    assert len(numbers) == 99
    assert (numbers[0], numbers[9], numbers[10], numbers[98]) == (
        "イッ",
        "ジュッ",
        "ジュウイッ",
        "キュウジュウキュウ",
    )


def test_the_lexicon_is_large_and_has_every_word_of_the_rules():
    words = lexicon.load()
    assert words.num_words >= 700
    grammar.load()  # refuses a word that the lexicon lacks


def test_one_surface_with_two_readings_is_refused():
    source = {
        "categories": {"noun": {"a": "表/ヒョウ 表/オモテ"}, "numeral": "一/イチ"},
        "verbs": {},
        "i_adjectives": "",
        "counters": {},
    }
    source["categories"]["numeral"] = (
        "一/イチ 二/ニ 三/サン 四/ヨン 五/ゴ 六/ロク 七/ナナ 八/ハチ 九/キュウ 十/ジュウ"
    )
    source["counters"] = {"plain": "名/メイ"}
    with pytest.raises(DataError, match="'表' has two readings, ヒョウ and オモテ"):
        Lexicon(source)


@pytest.mark.parametrize("text", ["音声", "音声/", "計算+機/ケイサンキ"])
def test_a_malformed_entry_is_refused(text):
    with pytest.raises(DataError, match="malformed entry"):
        entries(text)


def test_faults_in_rules_are_named():
    with pytest.raises(DataError, match=r"grammar.yaml: unknown word 'xyz'"):
        Grammar({"sentence": ["1| noun xyz"]}, lexicon.load())
    with pytest.raises(DataError, match="malformed alternative 'noun' of 'sentence'"):
        Grammar({"sentence": ["noun"]}, lexicon.load())


def test_a_symbol_may_be_optional():
    assert parse_symbol("adverb?40").probability == 0.4
    assert parse_symbol("adverb").probability == 1.0


@given(seed=st.integers(0, 2**32), filler_rate=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_both_scripts_tell_the_same_words(seed, filler_rate):
    sentence = grammar.load().draw(random.Random(seed), filler_rate)
    assert sentence == grammar.load().draw(random.Random(seed), filler_rate)
    mixed, kana = sentence.text("mixed").split(" "), sentence.text("kana").split(" ")
    assert len(mixed) == len(kana) == len(sentence.words)
    assert all(mixed)
    assert "".join(kana) == sentence.reading
    assert all("ァ" <= character <= "ー" for character in sentence.reading)
    assert sentence.spelling.replace("、", "") == "".join(mixed)


def test_fillers_come_at_the_rate_that_is_asked():
    fillers = {phrase[0] for phrase in lexicon.load().categories["filler"]}
    rng = random.Random(0)
    count = {
        rate: sum(bool(fillers & set(grammar.load().draw(rng, rate).words)) for _ in range(300))
        for rate in (0.0, 0.1, 0.9)
    }
    assert count[0.0] == 0 < count[0.1] < count[0.9]


def test_canonical_joins_what_sounds_the_same():
    assert canonical("ケンキュウヲ") == canonical("ケンキュー’オ")
    assert canonical("エイキョウ") == canonical("エーキョー")
    assert canonical("オオキイ") == "オーキー"
    assert canonical("ハケイ") != canonical("ナミカタ")


def test_the_synthesiser_speaks_particles_as_the_kana_script_says():
    assert is_spoken_as("東京へは電車で、音声を運びました", "トウキョウエワデンシャデオンセイオハコビマシタ")
    assert not is_spoken_as("東京は", "トウキョウハ")


def test_readings_agree_for_almost_every_sentence():
    rng = random.Random(3)
    drawn = [grammar.load().draw(rng, 0.1) for _ in range(200)]
    assert sum(is_spoken_as(sentence.spelling, sentence.reading) for sentence in drawn) >= 195
