"""Subtitles: what is written is read back by pysubs2, whatever the text; the rules hold for any words."""

import html
from dataclasses import replace
from itertools import pairwise

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcripts import SETTINGS, spoken, transcript

from musasr.errors import ConfigError, DataError
from musasr.recognizers.reader import Word
from musasr.transcribe.cues import MIN_SHOWN, make_cues
from musasr.transcribe.phrases import clean, phrases
from musasr.transcribe.subtitle_rules import Rules, is_full_width, width
from musasr.transcribe.subtitles import KINDS, write_subtitles
from musasr.transcribe.transcript import Segment

RULES = Rules.from_settings(SETTINGS)
SUBTITLES = ("srt", "vtt", "ass")
LOOK_ALIKE = str.maketrans("｛｝＼‹›", "{}\\<>")
TEXTS = st.lists(
    st.text("abcデータの音楽をきょう、。「」ーっ{}\\N<>&-;,'\"é", min_size=1, max_size=12),
    min_size=1,
    max_size=30,
)


def solid(text):
    return "".join(text.split())


def shown(cues):
    return [(round(cue.start, 2), round(cue.end, 2), cue.lines) for cue in cues]


@st.composite
def segments(draw):
    """Segments in order; words with times, without, or some of each; written as they are or otherwise."""
    found, time = [], 0.0
    for texts in draw(st.lists(TEXTS, max_size=4)):
        start = time + draw(st.floats(0, 3))
        end = start + draw(st.floats(0.2, 20))
        edges = sorted(
            draw(st.lists(st.floats(start, end), min_size=2 * len(texts), max_size=2 * len(texts)))
        )
        timed = draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
        words = [
            Word(text, *(edges[2 * n : 2 * n + 2] if has_time else (None, None)))
            for n, (text, has_time) in enumerate(zip(texts, timed, strict=True))
        ]
        spelling = draw(st.sampled_from([" ".join, "".join, lambda parts: " ".join(parts).upper() + "!"]))
        found.append(Segment(start, end, tuple(words), spelling(texts)))
        time = end
    return found


@settings(deadline=None, max_examples=150)
@given(segments(), st.sampled_from([None, "ja", "zh", "en"]))
def test_any_transcript_gives_cues_by_the_rules(found, language):
    recording = transcript(*found, language=language)
    cues = make_cues(recording, RULES)
    assert solid("".join("".join(cue.lines) for cue in cues)) == solid("".join(one.text for one in found))
    nexts = [*(cue.start for cue in cues), recording.duration][1:]
    for cue, following in zip(cues, nexts, strict=True):
        assert 0 <= cue.start < cue.end <= following
        assert any(one.start <= cue.start <= one.end for one in found)
        assert cue.end <= max(one.end for one in found if one.start <= cue.start) + RULES.max_extension
        assert cue.end - cue.start <= RULES.max_duration + 1e-6
    assert all(line and line == line.strip() for cue in cues for line in cue.lines)


@settings(deadline=None, max_examples=150)
@given(TEXTS, st.sampled_from(["", " "]))
def test_no_line_is_longer_than_the_rules_unless_a_single_phrase_is(texts, space):
    text = space.join(texts)
    segment = Segment(0.0, 100.0, (), text)  # slow: no cue is joined with another for want of time
    is_wide = is_full_width(clean(text))
    limit = RULES.limits(clean(text)).max_line_length
    pieces = {one.text for one in phrases(clean(text), language=None, max_length=limit, full_width=is_wide)}
    for cue in make_cues(transcript(segment), RULES):
        assert len(cue.lines) <= RULES.max_lines or any(line in pieces for line in cue.lines)
        for line in cue.lines:
            assert width(line, full_width=is_wide) <= limit or line in pieces


@pytest.mark.parametrize("kind", SUBTITLES)
@settings(deadline=None, max_examples=60)
@given(found=segments())
def test_pysubs2_reads_the_same_text_and_times_back(tmp_path_factory, kind, found):
    path = tmp_path_factory.mktemp("subtitles") / f"film.{kind}"
    recording = transcript(*found)
    write_subtitles(recording, path, kind=kind, settings=SETTINGS)
    cues = make_cues(recording, RULES)
    events = pysubs2.load(str(path), format_=kind).events
    texts = [event.text.replace(r"\N", "\n") for event in events]
    texts = [html.unescape(text) for text in texts] if kind == "vtt" else texts
    expected = ["\n".join(cue.lines).translate(LOOK_ALIKE) for cue in cues]
    assert [text.translate(LOOK_ALIKE) for text in texts] == expected
    for event, cue in zip(events, cues, strict=True):
        assert event.start == pytest.approx(1000 * cue.start, abs=5.1)
        assert event.end == pytest.approx(1000 * cue.end, abs=5.1)
    assert all(one.end <= other.start for one, other in pairwise(events))


def test_a_long_english_segment_is_cut_where_it_pauses_and_where_sentences_end():
    text = (
        "we went down to the harbour before the sun had come up and there was nobody there. "
        "The boats were all still tied up along the wall, as they had been the night before."
    )
    cues = make_cues(transcript(spoken(text, seconds=0.3)), RULES)
    assert [cue.lines for cue in cues] == [
        ("we went down to the harbour before the sun", "had come up and there was nobody there."),
        ("The boats were all still tied up along the", "wall, as they had been the night before."),
    ]
    paused = spoken("one two three four five six seven eight", pauses={3: 1.5})
    assert [" ".join(cue.lines) for cue in make_cues(transcript(paused), RULES)] == [
        "one two three",
        "four five six seven eight",
    ]


def test_a_line_is_broken_evenly_and_never_inside_a_word():
    (cue,) = make_cues(transcript(spoken("the quick brown fox jumps over the lazy dog again")), RULES)
    assert cue.lines == ("the quick brown fox jumps", "over the lazy dog again")


def test_japanese_is_broken_between_bunsetsu_and_by_kinsoku():
    text = "今日はとても良い天気ですね、公園へ散歩に行きましょう。"
    segment = Segment(0.0, 5.0, (), text)
    cues = make_cues(transcript(segment, language="ja"), RULES)
    assert [cue.lines for cue in cues] == [("今日はとても良い天気ですね、", "公園へ散歩に行きましょう。")]
    spaced = Segment(0.0, 5.0, (), "今日 は とても 良い 天気 です ね 、 公園 へ 散歩 に 行き ましょう 。")
    lines = [line for cue in make_cues(transcript(spaced), RULES) for line in cue.lines]
    assert [solid(line) for line in lines] == [
        "今日はとても良い",
        "天気ですね、",
        "公園へ散歩に行きましょう。",
    ]


@given(st.text("きゃっー、。「」ん音楽ァ", min_size=1, max_size=80))
def test_no_japanese_line_begins_or_ends_against_kinsoku(text):
    cues = make_cues(transcript(Segment(0.0, 60.0, (), text)), RULES)
    lines = [line for cue in cues for line in cue.lines]
    assert all(line[0] not in "ゃっー、。」ァ" for line in lines[1:])
    assert all(line[-1] not in "「" for line in lines[:-1])


def test_a_phrase_of_japanese_longer_than_a_line_is_cut_between_characters():
    cues = make_cues(transcript(Segment(0.0, 20.0, (), "あ" * 40)), RULES)
    assert {len(line) <= 16 for cue in cues for line in cue.lines} == {True}


def test_a_short_cue_is_shown_longer_but_never_into_the_next_or_far_past_its_words():
    first = spoken("no", 1.0, seconds=0.2)
    near, far = spoken("yes", 1.5, seconds=0.2), spoken("well", 60.0, seconds=0.2)
    cues = make_cues(transcript(first, near, far), RULES)
    assert shown(cues) == [(1.0, 1.42, ("no",)), (1.5, 2.3, ("yes",)), (60.0, 60.8, ("well",))]
    # 60 characters in 0.2 s want three seconds, and get one after the words.
    quick = Segment(1.0, 1.2, (), "aaaaaaaaa " * 6)
    assert make_cues(transcript(quick, far), RULES)[0].end == pytest.approx(2.2)


def test_the_last_cue_ends_with_the_recording():
    recording = replace(transcript(spoken("no", 1.0, seconds=0.2)), duration=1.3)
    assert shown(make_cues(recording, RULES)) == [(1.0, 1.3, ("no",))]


def test_words_without_times_share_their_segment_evenly():
    words = tuple(map(Word, ["abcd", "ef", "ghijkl"]))
    recording = transcript(Segment(10.0, 22.0, words, "abcd ef ghijkl"))
    rules = replace(RULES, max_duration=6.1)
    assert [(cue.start, cue.lines) for cue in make_cues(recording, rules)] == [
        (10.0, ("abcd ef",)),
        (16.0, ("ghijkl",)),
    ]


def test_more_words_than_there_is_time_for_are_all_shown():
    text = " ".join(f"word{number}" for number in range(200))
    cues = make_cues(transcript(Segment(1.0, 1.1, (), text)), RULES)
    assert " ".join(line for cue in cues for line in cue.lines) == text
    assert all(cue.end - cue.start >= MIN_SHOWN - 1e-9 for cue in cues)


def test_mark_up_in_a_text_stays_text(tmp_path):
    text = r"<i>a</i> & 1 --> 2 {\an8}b\Nc"
    recording = transcript(Segment(1.0, 6.0, (), text))
    found = {}
    for kind in SUBTITLES:
        write_subtitles(recording, tmp_path / kind, kind=kind, settings=SETTINGS)
        found[kind] = (tmp_path / kind).read_text()
        assert len(pysubs2.load(str(tmp_path / kind), format_=kind)) == 1
    assert "‹i›a‹/i› & 1 --› 2" in found["srt"]
    assert "&lt;i&gt;a&lt;/i&gt; &amp; 1 --&gt;" in found["vtt"]
    assert "｛＼an8｝b＼Nc" in found["ass"]
    assert found["vtt"].count("-->") == 1


def test_line_ends_and_control_characters_cannot_end_a_cue(tmp_path):
    recording = transcript(Segment(1.0, 3.0, (), "a\n\n2\r\nb\x00\x0b\u2028\ud800c\x85"))
    for kind in KINDS:
        write_subtitles(recording, tmp_path / kind, kind=kind, settings=SETTINGS)
    assert (tmp_path / "srt").read_text() == "1\n00:00:01,000 --> 00:00:03,000\na 2 b c\n\n"


def test_speakers_have_a_name_and_a_colour_in_ass(tmp_path):
    first, second = spoken("hello", 1.0, speaker="Ann, the {first}"), spoken("hi", 5.0, speaker="Bo")
    again = spoken("you", 9.0, speaker="Ann, the {first}")
    write_subtitles(transcript(first, second, again), tmp_path / "x.ass", kind="ass", settings=SETTINGS)
    file = pysubs2.load(str(tmp_path / "x.ass"))
    assert [event.name for event in file] == ["Ann the ｛first｝", "Bo", "Ann the ｛first｝"]
    assert [event.style for event in file] == ["Speaker 1", "Speaker 2", "Speaker 1"]
    assert file.styles["Speaker 2"].primarycolor == pysubs2.Color(0xFF, 0xE0, 0x66)
    write_subtitles(transcript(second), tmp_path / "x.txt", kind="txt", settings=SETTINGS)
    assert (tmp_path / "x.txt").read_text() == "Bo: hi\n"


def test_ctm_has_the_columns_of_nist(tmp_path):
    words = (Word("no", 1.0, 1.25, 0.5), Word("way out"), Word("x", 1.5, 1.75))
    recording = transcript(Segment(1.0, 2.0, words, "no way out x"), source="my film.mkv")
    write_subtitles(recording, tmp_path / "x.ctm", kind="ctm", settings=SETTINGS)
    assert (tmp_path / "x.ctm").read_text() == (
        "my_film 1 1.00 0.25 no 0.500\nmy_film 1 1.25 0.25 way_out\nmy_film 1 1.50 0.25 x\n"
    )


@given(segments())
def test_ctm_times_rise_and_stay_in_the_recording(tmp_path_factory, found):
    path = tmp_path_factory.mktemp("ctm") / "film.ctm"
    write_subtitles(transcript(*found), path, kind="ctm", settings=SETTINGS)
    rows = [line.split() for line in path.read_text().splitlines()]
    assert [row[4] for row in rows] == ["_".join(word.text.split()) for one in found for word in one.words]
    ends = [0.0] + [float(row[2]) + float(row[3]) for row in rows]
    assert all(
        float(row[2]) >= end - 1e-6 and float(row[3]) >= 0 for row, end in zip(rows, ends, strict=False)
    )


@pytest.mark.parametrize(("kind", "text"), [("srt", ""), ("vtt", "WEBVTT\n\n"), ("txt", ""), ("ctm", "")])
def test_a_recording_without_speech_is_a_valid_file(tmp_path, kind, text):
    write_subtitles(transcript(), tmp_path / "x", kind=kind, settings=SETTINGS)
    assert (tmp_path / "x").read_text() == text
    assert not list(tmp_path.glob(".*"))


def test_faults_are_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"unknown format 'sert'; did you mean 'srt'\?"):
        write_subtitles(transcript(), tmp_path / "x", kind="sert", settings=SETTINGS)
    late = transcript(spoken("late", 10.5 * 3600))
    with pytest.raises(DataError, match=r"x\.ass: ass has no times from 10 hours on; write srt or vtt"):
        write_subtitles(late, tmp_path / "x.ass", kind="ass", settings=SETTINGS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_line": 3}, r"subtitles: unknown key 'max_line'; did you mean 'max_lines'\?"),
        ({"max_lines": 0}, r"subtitles\.max_lines: 0 is no number above 0"),
        ({"max_lines": 1.5}, r"subtitles\.max_lines: 1\.5 is no whole number"),
        ({"min_gap": "x"}, r"subtitles\.min_gap: 'x' is no number 0 or more"),
        ({"max_duration": 0.1}, r"subtitles\.max_duration: is below min_duration"),
        ({"full_width": 3}, r"subtitles\.full_width: is no mapping"),
        ({"full_width": {"max_line_length": 3}}, r"subtitles\.full_width: has no max_chars_per_second"),
        (
            {"speaker_colours": ["red"]},
            r"subtitles\.speaker_colours: 'red' is no colour; write it as #rrggbb",
        ),
        ({"speaker_colours": []}, r"subtitles\.speaker_colours: \[\] is no list of colours"),
    ],
)
def test_a_wrong_setting_is_one_line(change, message):
    with pytest.raises(ConfigError, match=message):
        Rules.from_settings({**SETTINGS, **change})
