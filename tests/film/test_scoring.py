"""A film's figures, worked by hand."""

import pytest

from musasr.errors import DataError
from musasr.film.scoring import score, split_words, timed_words
from musasr.film.spans import Span, read_spans, write_spans
from musasr.recognizers.reader import Word
from musasr.transcribe.transcript import Segment, Transcript

# 0 to 10 s clean, 10 to 20 s music, 20 to 30 s speech at 0 dB, 30 to 60 s silence, 60 to 70 s a song.
SPANS = [
    Span(1, "speech", 0.0, 10.0),
    Span(2, "music", 10.0, 20.0, genre="jazz", title="x"),
    Span(3, "speech", 20.0, 30.0, 0, "jazz", "y"),
    Span(4, "silence", 30.0, 60.0),
    Span(5, "song", 60.0, 70.0, genre="popular", title="z"),
]


def segment(start: float, end: float, text: str, *times: float, **options) -> Segment:
    """Words of a segment that last 0.5 s each from the given times on; without times: none."""
    words = text.split()
    timed = [
        Word(word, time, None if time is None else time + 0.5)
        for word, time in zip(words, times or [None] * len(words), strict=True)
    ]
    return Segment(start, end, tuple(timed), "".join(words), **options)


def transcript(*segments: Segment, duration: float = 70.0, **options) -> Transcript:
    return Transcript("film.mp4", duration, segments, language="ja", **options)


TRUTH = transcript(
    segment(1.0, 3.0, "ア イ ウ", 1.0, 1.75, 2.5),
    segment(21.0, 23.0, "カ キ", 21.0, 22.5),
)


def test_a_perfect_transcription():
    figures = score(TRUTH, TRUTH, SPANS, seed=1)
    assert (figures["wer"], figures["cer"], figures["cer_by_sound"]) == (0, 0, 0)
    assert figures["num_words"] == 5
    segments = figures["segments"]
    assert [segments[key] for key in ("frame_precision", "frame_recall", "precision", "recall")] == [1] * 4
    assert figures["timing"]["start_p95"] == figures["timing"]["end_p95"] == 0
    assert figures["words_per_minute"] == {"music": 0, "song": 0, "silence": 0}


def test_figures_by_hand():
    """ウ lost, キ misread, two words over music, one sung; カ comes 0.2 s late, and so on."""
    found = transcript(
        segment(1.0, 3.0, "ア イ", 1.1, 1.75),
        segment(12.0, 13.0, "ラ ラ", 12.0, 12.4),
        segment(20.0, 24.0, "カ ケ", 21.2, 22.0),
        segment(61.0, 62.0, "ル", 61.0),
    )
    figures = score(TRUTH, found, SPANS, seed=1)
    # 1 deletion, 1 substitution, 3 insertions of 5 words; as many characters.
    assert figures["wer"] == pytest.approx(100.0)
    assert figures["cer"] == pytest.approx(100.0)
    assert figures["wer_speech"] == pytest.approx(40.0)
    clean, mixed = figures["by_snr"]
    assert (clean["snr_db"], clean["num_words"], clean["wer"]) == (None, 3, pytest.approx(100 / 3))
    assert (mixed["snr_db"], mixed["num_words"], mixed["wer"]) == (0, 2, pytest.approx(50.0))
    # 4 s are said, 8 s were found, 4 s of them rightly; of the segments the first is whole, the third half.
    assert figures["segments"] == {
        "frame_precision": 0.5,
        "frame_recall": 1.0,
        "precision": 0.25,
        "recall": 0.5,
        "num_found": 4,
        "num_true": 2,
    }
    # ア, イ and カ are right: starts are off by 0.1, 0 and 0.2 s, and ends likewise.
    assert figures["timing"]["num_words"] == 3
    assert figures["timing"]["start_median"] == pytest.approx(0.1)
    assert figures["timing"]["end_p95"] == pytest.approx(0.19)
    assert figures["words_per_minute"] == {"music": pytest.approx(12), "song": pytest.approx(6), "silence": 0}


def test_a_word_belongs_where_its_middle_is():
    parts = split_words([], [Word("a", 9.8, 10.1), Word("b", 9.8, 10.3), Word("c", 71.0, 72.0)], SPANS)
    assert [[word.text for word in part.hypothesis] for part in parts] == [["a"], ["b"], [], [], ["c"]]


def test_words_without_times_share_out_their_segment_and_have_one_spelling():
    words = timed_words(transcript(segment(2.0, 4.0, "Ｆｉｌｍ 字幕")))
    assert words == [Word("film", 2.0, 3.0), Word("字幕", 3.0, 4.0)]


def test_other_spellings_of_the_same_sound_are_no_errors_by_sound():
    truth = transcript(segment(1.0, 3.0, "センシュー ワ", 1.0, 2.0))
    found = transcript(segment(1.0, 3.0, "先週は、", 1.0))
    figures = score(truth, found, SPANS[:1], seed=1)
    assert figures["wer"] == 100
    assert figures["cer_by_sound"] == 0


def test_nothing_recognised_has_no_times():
    figures = score(TRUTH, transcript(), SPANS, seed=1)
    assert figures["wer"] == 100
    assert figures["segments"]["frame_precision"] is None
    assert figures["segments"]["frame_recall"] == 0
    assert figures["timing"]["start_median"] is None


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (transcript(is_complete=False), "film.mp4: is not complete; transcribe the film to its end"),
        (transcript(duration=35.0), "has 35.0 s of a film of 70.0 s; transcribe this film"),
    ],
)
def test_a_part_of_a_transcription_is_not_scored(found, message):
    with pytest.raises(DataError) as caught:
        score(TRUTH, found, SPANS, seed=1)
    assert message in str(caught.value)


def test_spans_are_read_as_they_were_written(tmp_path):
    write_spans(SPANS, tmp_path / "spans.json")
    assert read_spans(tmp_path / "spans.json") == SPANS
    (tmp_path / "spans.json").write_text('{"format": 2, "spans": []}')
    with pytest.raises(DataError, match=r"spans\.json: holds no spans of a film \(another format\); make"):
        read_spans(tmp_path / "spans.json")


def test_speakers_are_scored_where_they_are_named():
    def said(*speakers):
        return transcript(
            segment(1.0, 3.0, "ア イ ウ", 1.0, 1.75, 2.5, speaker=speakers[0]),
            segment(21.0, 23.0, "カ キ", 21.0, 22.5, speaker=speakers[1]),
        )

    truth = said("jtf01", "jtm02")
    assert score(truth, said(None, None), SPANS, seed=1)["speakers"] is None
    right = score(truth, said("1", "2"), SPANS, seed=1)["speakers"]
    assert (right["der"], right["jer"], right["cpwer"]) == (0, 0, 0)
    one = score(truth, said("1", "1"), SPANS, seed=1)["speakers"]
    assert (one["der"], one["confusion"], one["num_found"], one["num_true"]) == (50, 50, 1, 2)
    assert one["cpwer"] == 80  # カ キ inserted, and missing of the second speaker
