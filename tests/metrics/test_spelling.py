"""One spelling for scores: worked by hand."""

import pytest

from musasr.metrics.recognition import corpus_cer
from musasr.metrics.spelling import scoring_spelling


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Hello, World!", "en", "hello world"),
        ("Don't stop — it’s 5-fold.", "en", "don't stop it's 5 fold"),
        ("'quoted' dogs'", "en", "quoted dogs"),
        ("ＡＢＣ　ｄｅｆ", None, "abc def"),
        ("", "ja", ""),
        ("。、！", "ja", ""),
        ("センシュウ ノ ヨーロッパ デ ワ", "ja", "センシューノヨーロッパデワ"),
        ("先週のヨーロッパでは、", "ja", "センシューノヨーロッパデワ"),
        ("せんしゅうのヨーロッパでは", "ja", "センシューノヨーロッパデワ"),
        ("３月です", "ja", "サンガツデス"),
    ],
)
def test_writers_of_different_habits_agree(text, language, expected):
    assert scoring_spelling(text, language) == expected


def test_without_kana_japanese_keeps_its_characters():
    assert scoring_spelling("先週は、 行った。", "ja", to_kana=False) == "先週は行った"


def test_a_spelling_is_its_own_spelling():
    for text in ("先週のヨーロッパでは、医師の方言が残りました", "すでに大きい演劇が壊れたので"):
        once = scoring_spelling(text, "ja")
        assert scoring_spelling(once, "ja") == once


def test_a_reference_in_kana_and_the_kanji_of_it_have_no_errors_between_them():
    reference = "トコロガ エー ジンジャ ヤ キンゾク ナド ガ オオク テ ヒトシイ"
    hypothesis = "ところが、えー、神社や金属などが多くて等しい"
    spelt = [{"a": scoring_spelling(text, "ja")} for text in (reference, hypothesis)]
    assert corpus_cer(*spelt).errors == 0
    wrong = {"a": scoring_spelling("ところが、えー、神社や金属などが多くて寂しい", "ja")}
    assert corpus_cer(spelt[0], wrong).errors == 2  # サビシー for ヒトシー
