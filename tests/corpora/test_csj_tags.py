"""The tags of CSJ: what is kept of each, alone, nested, over rows and in any mixture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.corpora.csj import tags


def texts(*rows):
    return [cell.text for cell in tags.parse(rows).cells]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("音声", "音声"),
        ("(F えー)", "えー"),
        ("(D だ)(D だいが)", "だだいが"),
        ("(D2 的)", "的"),
        ("(? 字数)", "字数"),
        ("(?)", ""),
        ("(M は)", "は"),
        ("(O ザッツファイン)", "ザッツファイン"),
        ("(X 実際は)", "実際は"),
        ("(L アレコレ)", "アレコレ"),
        ("シャ(咳 リン)", "シャリン"),
        ("(笑 ナニガ)(泣 ドンナニ)", "ナニガドンナニ"),
        ("(A シーディーアール;ＣＤ－Ｒ)", "ＣＤ－Ｒ"),
        ("スモール(A エヌ;Ｎ)", "スモールＮ"),
        ("(W ギーツ;ギジュツ)", "ギジュツ"),
        ("(B シブタイ;ジュータイ)", "シブタイ"),
        ("デ<H>ス<Q>", "デス"),
        ("<笑>", ""),
        ("(F <VN>)", ""),
        ("ソノ<P:00453.373-00454.013>", "ソノ"),
        ("比べ(F えー)る", "比べえーる"),
        ("(X (D2 ニ))", "ニ"),
        ("(F (W エド;エト))", "エト"),
        ("(L (M (? ヒヒ)))", "ヒヒ"),
        ("(A (W シーデ;シーディー);ＣＤ)", "ＣＤ"),
        ("(W (? テユクー);(? ケッキョク,テユウコトデ))", "ケッキョク"),
        ("(笑(F エー)ソー)", "エーソー"),
        ("Ａ　Ｂ c", "ＡＢ"),
    ],
)
def test_each_tag(row, text):
    assert texts(row) == [text]


def test_of_candidates_the_first_is_kept():
    # Kaldi's recipe deletes the brackets and the comma, which leaves all candidates one after the other.
    assert texts("(? 次数, 実数)", "(? これ,ここで)") == ["次数", "これ"]


def test_of_a_broken_kanji_word_the_kanji_are_kept():
    # Kaldi's recipe leaves kana and kanji one after the other.
    assert texts("(K たち (F えー) ばな;橘)", "合(K か(?)く;格)", "宮(K ま(?)え;前)") == [
        "橘",
        "合格",
        "宮前",
    ]


def test_a_tag_that_says_nothing_else_keeps_what_there_is():
    assert texts("(A イーユー)", "(K たちばな)") == ["イーユー", "たちばな"]


def test_a_tag_over_rows():
    assert texts("(笑 メダッ", "テ", "(O ナンボ))") == ["メダッ", "テ", "ナンボ"]
    assert texts("(W マシ;(? マシ", "タ,マス))") == ["マシ", "タ"]
    assert texts("(W (? ティーワイド);ティーエフ", "アイディーエフ)") == ["ティーエフ", "アイディーエフ"]


def test_letters_over_rows_stand_where_they_are_written():
    cells = tags.parse(["(A シー", "ディー;ＣＤ)", "の"]).cells
    assert [cell.text for cell in cells] == ["", "ＣＤ", "の"]
    assert [cell.is_absorbed for cell in cells] == [True, False, False]


def test_a_number_keeps_its_rows():
    cells = tags.parse(["約", "(A 千", "九百", "五;１９０５)", "年"]).cells
    assert [cell.is_number for cell in cells] == [False, True, True, True, False]
    assert not any(cell.is_absorbed for cell in cells)


@pytest.mark.parametrize("row", ["(A ゼロ;０)", "(A 十二;１２)", "(A テン;．)", "(A シーディー二;ＣＤ２)"])
def test_what_counts_as_a_number(row):
    assert tags.parse([row]).cells[0].is_number


def test_the_kana_of_zero_alone_are_no_number():
    # Kaldi's recipe takes every ゼ and every ロ for a number, here the ロ of ＡＰＲＯ.
    (cell,) = tags.parse(["(A アプロ;ＡＰＲＯ)"]).cells
    assert (cell.text, cell.is_number) == ("ＡＰＲＯ", False)


def test_a_mask_covers_all_rows_from_its_beginning_to_its_end():
    cells = tags.parse(["国語研", "の", "(R ××", "(F えー)", "と", "××)", "です"]).cells
    assert [cell.is_masked for cell in cells] == [False, False, True, True, True, True, False]


def test_a_mark_of_masking_counts_without_its_tag():
    assert [cell.is_masked for cell in tags.parse(["×田", "田"]).cells] == [True, False]


def test_unknown_tags_keep_their_text_and_are_told():
    parsed = tags.parse(["(Z9 音)", "(笑い)", "(F え)"])
    assert [cell.text for cell in parsed.cells] == ["音", "笑い", "え"]
    assert parsed.unknown == {"Z9", ""}


def test_brackets_that_do_not_match_are_an_error():
    with pytest.raises(tags.TagError, match=r"a tag \(F that is never closed") as caught:
        tags.parse(["音", "(F え", "声"])
    assert caught.value.row == 1
    with pytest.raises(tags.TagError, match=r"a \) that closes nothing") as caught:
        tags.parse(["(F え)", "音)"])
    assert caught.value.row == 1


def test_nesting_of_any_depth():
    assert texts("(F " * 5000 + "え" + ")" * 5000) == ["え"]


# A tree of tags beside what is kept of it, by a rule of two lines that shares nothing with the parser.
KANA = st.text("あいうえおンー", min_size=1, max_size=4).map(lambda text: (text, text))


def _joined(parts):
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts)


def _tags(inner):
    content = st.lists(inner, min_size=1, max_size=3).map(_joined)
    one = st.sampled_from(["F", "D", "D2", "M", "O", "X", "L", "笑", "泣", "咳"])
    two = st.sampled_from(["A", "K", "W", "B"])
    return st.one_of(
        content,
        st.tuples(one, content).map(lambda t: (f"({t[0]} {t[1][0]})", t[1][1])),
        st.tuples(two, content, content).map(
            lambda t: (f"({t[0]} {t[1][0]};{t[2][0]})", t[1 if t[0] == "B" else 2][1])
        ),
        st.lists(content, min_size=1, max_size=3).map(
            lambda options: (f"(? {','.join(option[0] for option in options)})", options[0][1])
        ),
        st.sampled_from(["<H>", "<笑>", "<P:00001.000-00002.000>"]).map(lambda sound: (sound, "")),
    )


TREES = st.lists(st.recursive(KANA, _tags, max_leaves=12), min_size=1, max_size=4).map(_joined)


@given(TREES)
def test_any_nesting_comes_to_what_its_tags_say(tree):
    written, kept = tree
    assert texts(written) == [kept]


@given(TREES, st.data())
def test_where_rows_end_changes_nothing(tree, data):
    written, kept = tree
    # Not within the name of a tag, nor within a sound: rows end between words.
    places = [
        index
        for index in range(1, len(written))
        if written[index - 1] in "あいうえおンー)" and written[index] in "あいうえおンー()"
    ]
    ends = sorted(data.draw(st.sets(st.sampled_from(places), max_size=4))) if places else []
    rows = [written[a:b] for a, b in zip([0, *ends], [*ends, len(written)], strict=True)]
    cells = tags.parse(rows).cells
    assert "".join(cell.text for cell in cells) == kept
    assert len(cells) == len(rows)


@given(st.lists(st.text("()<>;,? ×ADFKRW2笑あ一０\u3000"), max_size=5))
def test_any_text_is_read_or_refused(rows):
    try:
        cells = tags.parse(rows).cells
    except tags.TagError as error:
        at_fault = error.row
    else:
        at_fault = 0
        for cell, row in zip(cells, rows, strict=True):
            assert not any(character.isascii() or character.isspace() for character in cell.text)
            assert not set(cell.text) - set("".join(rows))
            assert cell.is_masked or tags.MASK not in row
    assert 0 <= at_fault < max(1, len(rows))
