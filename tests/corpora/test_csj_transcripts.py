"""From a talk's files to its utterances: encodings, words, masks and the rule of joining."""

from itertools import pairwise
from pathlib import Path

import csj_trees
import pytest
from csj_trees import FILLER, MASKED, SAYINGS, Talk, Unit, Word, in_a_row, words
from hypothesis import given
from hypothesis import strategies as st

from musasr.corpora.csj import base_xml, layout, sdb, segments, transcripts
from musasr.corpora.csj import words as csj_words
from musasr.corpora.csj.decoding import sniff
from musasr.corpora.csj.rows import milliseconds
from musasr.corpora.csj.transcripts import Rules
from musasr.errors import DataError

STANDARD = Rules("orthography", 500, 10_000)


@pytest.fixture
def read(tmp_path):
    """Write a talk of these units, and read it back."""

    def function(units, *, talk_id="A01M0001", rules=STANDARD, **options):
        root = csj_trees.write_tree(tmp_path / "CSJ", [Talk(talk_id, units)], **options)
        return transcripts.read(layout.find(root).talks[talk_id], rules)

    return function


def said(transcript):
    return [utterance.text for utterance in transcript.utterances]


def test_words_keep_their_borders(read):
    (utterance,) = read(in_a_row([SAYINGS[0]])).utterances
    assert utterance.text == "音声 の 認識 を 行なっ た"
    assert utterance.utterance_id == "A01M0001_0000250_0000850"
    assert utterance.speaker_id == "A01M0001"
    assert (utterance.start, utterance.duration) == (0.25, 0.6)


def test_the_pronunciation_is_the_other_script(read):
    transcript = read(in_a_row([FILLER]), rules=Rules("pronunciation", 500, 10_000))
    assert said(transcript) == ["エー ハッピョー シ マス"]


def test_both_scripts_have_the_same_utterances(read):
    units = in_a_row([FILLER, [Word("うん", "(F <VN>)", "うん")], SAYINGS[1]])
    orthography, kana = read(units), read(units, rules=Rules("pronunciation", 500, 10_000))
    assert len(orthography.utterances) == 3
    assert [item.reason for item in kana.skipped] == ["no pronunciation is given"]
    assert len(kana.utterances) == 2


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "euc_jp"])
def test_sdb_in_any_encoding(read, encoding):
    assert said(read(in_a_row([SAYINGS[0]]), sdb=encoding)) == ["音声 の 認識 を 行なっ た"]


def test_characters_that_plain_shift_jis_lacks(read):
    # lhotse and its codec shift_jis stop at such a file, and read ～ as another character.
    assert said(read(in_a_row([[Word("①"), Word("㈱"), Word("高"), Word("ア～ン")]]))) == ["1 (株) 高 ア~ン"]


def test_windows_line_ends_and_missing_columns(tmp_path):
    path = tmp_path / "A01M0001.sdb"
    line = "\t".join(["", "", "A01M0001", "0001 00001.000-00002.000 L:-001-001", "", "(F え)"])
    path.write_bytes(f"{line}\r\n\r\n".encode("cp932"))
    (row,) = sdb.read_rows(path)
    assert (row.orthography, row.pronunciation, row.part_of_speech) == ("(F え)", "", "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "transcript is empty"),
        (b"one\ttwo\n", r":1: 2 columns instead of 12 or more"),
        (b"\t\t\t0001 00001.000 L:\t\tx\n", r":1: '0001 00001\.000 L:' is no '<number> <start>-<end>"),
        (b"\x81 \x81 ", "neither Shift_JIS, EUC-JP nor UTF-8"),
    ],
)
def test_a_broken_transcript_is_left_out_with_the_reason(read, tmp_path, content, message):
    read(in_a_row([SAYINGS[0]]))
    path = tmp_path / "CSJ/MORPH/SDB/core/A01M0001.sdb"
    path.write_bytes(content)
    transcript = transcripts.read(layout.find(tmp_path / "CSJ").talks["A01M0001"], STANDARD)
    assert transcript.utterances == []
    (skipped,) = transcript.skipped
    assert skipped.name == "A01M0001"
    with pytest.raises(DataError, match=message):
        sdb.read_rows(path)


def test_an_open_bracket_is_left_out_with_its_line(read):
    (skipped,) = read(in_a_row([SAYINGS[0], [Word("(F え", "エ")]])).skipped
    assert skipped.reason.endswith(
        "A01M0001.sdb:7: a tag (F that is never closed (orthography); fix the brackets there"
    )


@given(st.text("音声認識あいうえアイウエ①㈱～－", min_size=1).filter(str.strip))
def test_the_encoding_is_never_mistaken(text):
    # With kana or kanji in it, as any transcript has.
    text += "の"
    for codec in ("cp932", "utf-8", "utf-16"):
        assert text.encode(codec).decode(sniff(text.encode(codec))) == text


@given(st.integers(0, 9_999_999))
def test_times_lose_no_millisecond(ms):
    # Kaldi's recipe multiplies the float: 00001.001 s is its millisecond 1000.
    assert milliseconds(csj_trees.seconds(ms)) == ms


@pytest.mark.parametrize(
    ("orthography", "text"),
    [
        ("一・", "一"),
        ("うんー", "うん"),
        ("うんーー", "うん"),
        ("フーンー", "フーン"),
        ("ゼロ", "０"),
        ("零", "０"),
        ("ゼロックス", "ゼロックス"),
        ("シミュレーションヮ", "シミュレーションワ"),
        ("ゎ", "わ"),
        ("国　語", "国語"),
        ("abc", ""),
    ],
)
def test_one_spelling(orthography, text):
    assert csj_words.spell(orthography) == text


def test_rows_without_a_part_of_speech_are_no_words(read):
    assert said(read(in_a_row([[*words("図"), Word("<笑>", "<笑>", "", ""), Word("音", "", "", "")]]))) == [
        "図"
    ]


def test_numbers_are_the_words_of_the_column_without_tags(read):
    units = in_a_row(
        [
            [
                Word("(A 千", "セン", "千"),
                Word("九百", "キューヒャク", "九百"),
                Word("五;１９０５)", "ゴ", "五"),
            ],
            [Word("第", "ダイ", "第"), Word("(A 二;２)", "ニ", "二")],
            [Word("(A ゼロ;０)", "ゼロ", "ゼロ")],
            [Word("(A 三;３)", "サン", "")],
        ]
    )
    assert said(read(units)) == ["千 九百 五", "第 二", "0", "三"]


def test_a_number_with_letters_is_a_number(read):
    # lhotse looks at the first character alone and writes ＣＤ２.
    assert said(read(in_a_row([[Word("(A シーディー二;ＣＤ２)", "シーディーニ", "シーディー二")]]))) == [
        "シーディー二"
    ]


def test_letters_over_rows_are_one_word_with_all_of_their_sound(read):
    content = [*words("この/コノ"), Word("(A シー", "シー", "シー"), Word("ディー;ＣＤ)", "ディー", "ディー")]
    assert said(read(in_a_row([content]))) == ["この cd"]
    assert said(read(in_a_row([content]), rules=Rules("pronunciation", 500, 10_000))) == ["コノ シーディー"]


def test_a_sound_within_such_a_word_does_not_part_it(read):
    content = [
        Word("(A シー", "シー", "シー"),
        Word("<息>", "<息>", "", ""),
        Word("ディー;ＣＤ)", "ディー", "ディー"),
    ]
    rules = Rules("pronunciation", 500, 10_000)
    assert said(read(in_a_row([content]), rules=rules)) == ["シーディー"]


def test_a_word_that_a_pause_divides_stays_in_one_utterance(read):
    units = [
        Unit([Word("(A シー", "シー", "シー")], 0, 1000),
        Unit([Word("ディー;ＣＤ)", "ディー", "ディー"), *words("の/ノ")], 1900, 2500),
        Unit(SAYINGS[0], 3400, 4000),
    ]
    assert [u.utterance_id[9:] for u in read(units).utterances] == ["0000000_0002500", "0003400_0004000"]


def test_masked_utterances_are_dropped_and_counted(read):
    transcript = read(in_a_row([SAYINGS[0], MASKED, SAYINGS[1]]))
    assert said(transcript) == ["音声 の 認識 を 行なっ た", "雑音 の 中 で"]
    (skipped,) = transcript.skipped
    assert skipped.name == "A01M0001_0001650_0002250"
    assert skipped.reason.startswith("masked")
    assert transcript.counts["masked utterances"] == 1


def test_a_mask_drops_the_whole_utterance_that_it_is_joined_to(read):
    units = [Unit(SAYINGS[0], 0, 1000), Unit(MASKED, 1300, 2000), Unit(SAYINGS[1], 2300, 3000)]
    transcript = read(units)
    assert transcript.utterances == []
    assert [item.name for item in transcript.skipped] == ["A01M0001_0000000_0003000"]


def test_a_mask_over_pauses_drops_what_lies_between(read):
    # The middle unit has no × of its own, and its audio is noise all the same.
    units = in_a_row(
        [
            [Word("(R ××", "(R ××", "××")],
            [Word("(F えー)", "(F エー)", "えー"), *words("と/ト")],
            [Word("××)", "××)", "××"), *words("です/デス")],
            SAYINGS[1],
        ]
    )
    transcript = read(units)
    assert said(transcript) == ["雑音 の 中 で"]
    assert transcript.counts["masked utterances"] == 3


def test_a_masked_unit_without_words_masks_what_it_is_joined_to(read):
    units = [Unit(SAYINGS[0], 0, 1000), Unit([Word("(R ××)", "(R ××)", "", "")], 1300, 2000)]
    assert said(read(units)) == []


def test_each_side_of_a_dialogue_has_its_recording(read):
    units = [
        Unit(SAYINGS[0], 0, 1000, "L"),
        Unit(SAYINGS[1], 900, 1500, "R"),
        Unit(SAYINGS[2], 1600, 2000, "L"),
    ]
    transcript = read(units, talk_id="D01M0002")
    assert [(u.utterance_id, u.path.name) for u in transcript.utterances] == [
        ("D01M0002-L_0000000_0001000", "D01M0002-L.wav"),
        ("D01M0002-R_0000900_0001500", "D01M0002-R.wav"),
        ("D01M0002-L_0001600_0002000", "D01M0002-L.wav"),
    ]
    assert {u.speaker_id for u in transcript.utterances} == {"D01M0002-L", "D01M0002-R"}


def test_a_tag_of_one_side_is_not_closed_by_the_other(read):
    units = [
        Unit([Word("(笑 それ", "(笑 ソレ", "それ")], 0, 1000, "L"),
        Unit([Word("(A イー;Ｅ)", "イー", "イー")], 500, 1500, "R"),
        Unit([Word("は)", "ワ)", "は")], 2000, 2500, "L"),
    ]
    assert said(read(units, talk_id="D01M0002")) == ["それ", "e", "は"]


def test_units_without_words_are_counted_and_do_not_lengthen(read):
    laugh = Unit([Word("<笑>", "<笑>", "", "")], 1300, 1900)
    transcript = read([Unit(SAYINGS[0], 0, 1000), laugh, Unit(SAYINGS[1], 2200, 3000)])
    assert [u.utterance_id[9:] for u in transcript.utterances] == ["0000000_0001000", "0002200_0003000"]
    assert transcript.counts == {"units": 3, "units without words": 1}


def test_unknown_tags_are_told(read):
    transcript = read(in_a_row([[Word("(Z あ)", "(Z ア)", "あ")]]))
    assert said(transcript) == ["あ"]
    assert transcript.counts["unknown tag (Z"] == 1


def test_two_utterances_of_one_name_are_an_error(read):
    units = [Unit(SAYINGS[0], 0, 1000, channel) for channel in "LRL"]
    (skipped,) = read(units, talk_id="D01M0001").skipped
    assert skipped.name == "D01M0001"
    assert "D01M0001-L_0000000_0001000 comes twice" in skipped.reason


def test_times_that_run_backwards_leave_their_utterance_out(read):
    units = [Unit(SAYINGS[0], 0, 1000), Unit(SAYINGS[1], 5000, 6000), Unit(SAYINGS[1], 2000, 3000)]
    transcript = read(units)
    assert len(transcript.utterances) == 1
    (skipped,) = transcript.skipped
    assert skipped.reason.startswith("it ends before it starts")


def test_without_audio_each_utterance_is_left_out(read, tmp_path):
    read(in_a_row([SAYINGS[0], SAYINGS[1]]))
    (tmp_path / "CSJ/WAV/core/A01M0001.wav").unlink()
    transcript = transcripts.read(layout.find(tmp_path / "CSJ").talks["A01M0001"], STANDARD)
    assert {item.reason for item in transcript.skipped} == {
        "no audio: A01M0001.wav is missing; add it to the corpus"
    }
    assert len(transcript.skipped) == 2


def unit(start, end, *, channel="L", has_words=True, **more):
    return csj_words.Unit(channel, start, end, (csj_words.Word("語", "ゴ"),) * has_words, **more)


def spans(units, **parameters):
    parameters = {"max_gap_ms": 500, "max_ms": 10_000, **parameters}
    return [(joined[0].start_ms, joined[-1].end_ms) for joined in segments.merge(units, **parameters)]


def test_a_pause_of_just_the_limit_joins():
    assert spans([unit(0, 1000), unit(1500, 2000)]) == [(0, 2000)]
    assert spans([unit(0, 1000), unit(1501, 2000)]) == [(0, 1000), (1501, 2000)]


def test_an_utterance_may_be_longer_by_one_unit():
    units = [unit(0, 10_000), unit(10_200, 19_000), unit(19_200, 20_000)]
    assert spans(units) == [(0, 19_000), (19_200, 20_000)]
    assert spans([unit(0, 10_001), unit(10_200, 11_000)]) == [(0, 10_001), (10_200, 11_000)]


def test_both_parameters_are_followed():
    units = [unit(0, 1000), unit(1300, 2000), unit(2900, 4000)]
    assert spans(units, max_gap_ms=200) == [(0, 1000), (1300, 2000), (2900, 4000)]
    assert spans(units, max_gap_ms=1000) == [(0, 4000)]
    assert spans(units, max_gap_ms=1000, max_ms=1500) == [(0, 2000), (2900, 4000)]


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 6000), st.booleans(), st.booleans()), max_size=30),
    st.integers(0, 1000),
    st.integers(0, 12_000),
)
def test_joining_loses_and_repeats_nothing(draws, max_gap_ms, max_ms):
    units, now = [], 0
    for pause, length, is_left, has_words in draws:
        units.append(unit(now + pause, now + pause + length, channel="LR"[is_left], has_words=has_words))
        now += pause + length
    joined = list(segments.merge(units, max_gap_ms=max_gap_ms, max_ms=max_ms))
    assert [one for many in joined for one in many] == [one for one in units if one.words]
    for many in joined:
        assert len({one.channel for one in many}) == 1
        for before, after in pairwise(many):
            assert after.start_ms - before.end_ms <= max_gap_ms
            assert before.end_ms - many[0].start_ms <= max_ms


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "utf-16"])
def test_xml_says_the_same_as_sdb(tmp_path, encoding):
    content = [FILLER, MASKED, SAYINGS[0], [Word("(A 二;２)", "ニ", "二")]]
    talk = Talk("A01M0001", in_a_row(content), speaker=12)
    root = csj_trees.write_tree(tmp_path, [talk], xml=encoding)
    found = layout.find(root).talks["A01M0001"]
    both = transcripts.read(found, STANDARD)
    found.sdb.clear()
    assert transcripts.read(found, STANDARD) == both
    assert base_xml.read_speaker(found.xml[0]) == "12"


def test_xml_that_is_not_in_the_encoding_it_claims(tmp_path):
    talk = Talk("A01M0001", in_a_row([SAYINGS[0]]), speaker=7)
    path = tmp_path / "A01M0001.xml"
    path.write_bytes(csj_trees.xml_text(talk, "utf-8").encode("cp932"))
    assert [row.orthography for row in base_xml.read_rows(path)] == [word.orthography for word in SAYINGS[0]]


def test_a_mask_of_the_xml_counts_where_the_text_has_none(tmp_path):
    path = tmp_path / "A01M0001.xml"
    text = csj_trees.xml_text(Talk("A01M0001", in_a_row([SAYINGS[0]])), "utf-8")
    path.write_text(text.replace("<TransSUW>", '<TransSUW TagMaskMidst="1">', 1), encoding="utf-8")
    rows = base_xml.read_rows(path)
    assert [row.is_masked for row in rows] == [True, *[False] * 5]
    (found,), _ = csj_words.units(rows, where=path)
    assert found.is_masked


@pytest.mark.parametrize("content", ["<Talk", "<Talk/>", "<Talk><IPU IPUID='1'/></Talk>"])
def test_broken_xml_is_an_error(tmp_path, content):
    path = Path(tmp_path / "A01M0001.xml")
    path.write_text(content)
    with pytest.raises(
        DataError, match=r"A01M0001\.xml: (broken XML|the transcript is empty|IPU 1 has no times)"
    ):
        base_xml.read_rows(path)
