"""Words, their times and confidences: from units, and of our recogniser, with CTC and without."""

import pytest
import torch
from small_models import batch, options

from musasr.recipe import config as configuration
from musasr.recognizers.alignment import Span
from musasr.recognizers.espnet_reader import build_espnet_reader
from musasr.recognizers.unit_times import UnitAligner
from musasr.recognizers.word_times import STRETCH, is_unspaced, stretched, timed_words
from musasr.text import Units, train_units
from musasr.training.train import build

RATE = 16000
LENGTHS = (16000, 12000)
DECODE = configuration.load(configuration.CONF / "smoke.yaml")["decode"] | {"maxlenratio": 0.5}


class Pieces:
    """Spelling of a list of pieces; '_' is the space before a word, 'あ' may come in two halves."""

    pieces = ("_he", "llo", "_", "_wor", "ld", "あ", "い", "<1>", "<2>")

    def decode(self, ids):
        text = "".join(self.pieces[one] for one in ids).replace("<1><2>", "う")
        return text.replace("<1>", "�").replace("<2>", "�").replace("_", " ").strip()

    def begins_word(self, unit):
        return self.pieces[unit].startswith("_")


def test_units_become_words_with_their_first_and_last_frames():
    spans = [Span(10, 12, 0.5), Span(13, 15, 1.0), Span(40, 41, 0.1), Span(41, 42, 0.2), Span(60, 61, 0.6)]
    words = timed_words([0, 1, 2, 3, 4], spans, Pieces(), frame_seconds=0.04, duration=2.5)
    assert [word.text for word in words] == ["hello", "world"]  # the space alone is no word
    assert [word.confidence for word in words] == pytest.approx([0.75, 0.4])
    assert (words[0].start, words[0].end) == pytest.approx((0.38 - STRETCH, 0.58 + STRETCH))
    assert (words[1].start, words[1].end) == pytest.approx((1.62 - STRETCH, 2.5))  # the waveform ends


def test_a_text_without_spaces_is_cut_where_characters_are_whole():
    spans = [Span(index, index + 1, 0.2 * index) for index in range(4)]
    words = timed_words([5, 7, 8, 6], spans, Pieces(), frame_seconds=0.5, duration=1.75)
    assert [(word.text, word.start, word.end) for word in words] == [
        ("あ", 0.0, 0.25),
        ("う", 0.25, 1.25),
        ("い", 1.25, 1.75),
    ]
    assert words[1].confidence == pytest.approx(0.3)


def test_words_without_probabilities_have_no_confidence():
    (word,) = timed_words([0, 1], [Span(0, 1), Span(1, 2, 0.5)], Pieces(), frame_seconds=1, duration=2)
    assert word.confidence is None


def test_gaps_are_shared_and_nothing_leaves_the_waveform():
    assert stretched([(0.05, 0.2), (0.3, 0.4)], 1.0) == [
        (0.0, pytest.approx(0.23)),
        (pytest.approx(0.23), pytest.approx(0.4 + STRETCH)),
    ]
    assert stretched([(0.9, 1.2)], 1.0) == [(pytest.approx(0.9 - STRETCH), 1.0)]
    assert stretched([], 1.0) == []


@pytest.mark.parametrize(
    ("text", "is_without"),
    [
        ("今日はいい天気", True),
        ("センシュウ", True),
        ("ノ ヨーロッパ", False),
        ("hello", False),
        ("。", False),
    ],
)
def test_what_is_written_without_spaces(text, is_without):
    assert is_unspaced(text) == is_without


@pytest.fixture(scope="module")
def units(tmp_path_factory) -> Units:
    lines = ["ノ カタガキ ガ ノコリ マシ タ", "デ ワ ナカ ッタ", "ココ カラ ソコ マデ"]
    return train_units(lines, tmp_path_factory.mktemp("units"), unit_type="bpe", num_units=30)


def make_reader(units, *, ctc_weight, word_times=True):
    torch.manual_seed(4)
    args = options("smoke", "recognizer", num_units=30)
    args.asr_model_conf = args.asr_model_conf | {"ctc_weight": ctc_weight}
    model = build(args, where="test").s2t_model
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(4)  # a random model that prefers something
    decode = DECODE | {"ctc_weight": min(DECODE["ctc_weight"], ctc_weight)}
    return build_espnet_reader(model, units, decode, sampling_rate=RATE, word_times=word_times)


@pytest.mark.parametrize("ctc_weight", [0.5, 0.0])
def test_our_readers_words_have_times_in_order_inside_their_waveform(units, ctc_weight):
    waveforms, lengths = batch()["speech"], torch.tensor(LENGTHS)
    readings = make_reader(units, ctc_weight=ctc_weight)(waveforms, lengths)
    plain = make_reader(units, ctc_weight=ctc_weight, word_times=False)(waveforms, lengths)
    assert any(len(reading.words) > 1 for reading in readings)
    for reading, other, length in zip(readings, plain, LENGTHS, strict=True):
        assert reading.text == other.text
        assert [word.text for word in reading.words] == [word.text for word in other.words]
        assert {(word.start, word.confidence) for word in other.words} <= {(None, None)}
        times = [time for word in reading.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert all(0 <= time <= length / RATE for time in times)
        assert all(word.start < word.end and 0 <= word.confidence <= 1 for word in reading.words)
    (alone,) = make_reader(units, ctc_weight=ctc_weight)(waveforms[1:, : LENGTHS[1]], lengths[1:])
    for word, other in zip(alone.words, readings[1].words, strict=True):
        assert (word.start, word.end) == pytest.approx((other.start, other.end), abs=1e-6)
        assert word.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_an_encoded_frame_is_as_long_as_its_strides(units):
    reader = make_reader(units, ctc_weight=0.5)
    assert reader.aligner.frame_seconds == pytest.approx(4 * 160 / RATE)


def test_ctc_that_knows_when_gives_that_time():
    """A model whose CTC hears unit 1 in the 50 frames from 1 s on: its word stands there."""
    args = options("smoke", "recognizer")
    model = build(args, where="test").s2t_model.eval()
    seen = torch.full((100, 30), -20.0)
    seen[:, 0], seen[25:75, 0], seen[25:75, 1] = 20.0, -20.0, 20.0
    model.ctc.log_softmax = lambda encoded: seen.log_softmax(dim=1)[None]
    aligner = UnitAligner(model, sampling_rate=RATE)
    spans = aligner(torch.zeros(100, 64), [1])
    assert spans == [Span(25, 75, pytest.approx(1.0))]
    (word,) = timed_words([0], spans, Pieces(), frame_seconds=aligner.frame_seconds, duration=4.0)
    assert (word.start, word.end) == pytest.approx((0.98 - STRETCH, 2.98 + STRETCH))
