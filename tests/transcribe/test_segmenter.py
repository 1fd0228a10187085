"""Segments of a stream of probabilities: where they begin and end, and that pieces do not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.transcribe.activity import SECONDS
from musasr.transcribe.segmenter import Segmenter, Span
from musasr.transcribe.settings import load_settings, note_speech_network

SETTINGS = {
    "onset": 0.5, "offset": 0.3, "min_speech": 0.2, "min_silence": 0.4, "padding": 0.1, "max_seconds": 5.0,
}  # fmt: skip


def windows(seconds: float) -> int:
    return round(seconds / SECONDS)


def stream(*parts: tuple[float, float]) -> list[float]:
    return [value for seconds, value in parts for _ in range(windows(seconds))]


def segments(probabilities, pieces=(), settings=SETTINGS) -> list[Span]:
    segmenter, found, last = Segmenter(settings), [], 0
    for piece in (*pieces, len(probabilities)):
        found += segmenter.push(probabilities[last:piece])
        last = max(last, piece)
    return found + segmenter.finish()


def test_a_segment_is_the_speech_and_its_padding():
    (span,) = segments(stream((1.0, 0.0), (2.0, 0.9), (1.0, 0.0)))
    assert span.start == pytest.approx(windows(1.0) * SECONDS - 0.1)
    assert span.end == pytest.approx((windows(1.0) + windows(2.0)) * SECONDS + 0.1)


def test_a_short_pause_does_not_end_it_and_a_long_one_does():
    probabilities = stream((1.0, 0.9), (0.2, 0.0), (1.0, 0.9), (0.6, 0.0), (1.0, 0.9))
    assert len(segments(probabilities)) == 2


def test_what_is_likely_enough_to_go_on_is_not_enough_to_begin():
    assert segments(stream((2.0, 0.4))) == []
    (span,) = segments(stream((0.5, 0.9), (2.0, 0.4)))
    assert span.end == pytest.approx((windows(0.5) + windows(2.0)) * SECONDS)


def test_a_click_is_no_speech():
    assert segments(stream((1.0, 0.0), (0.1, 0.9), (1.0, 0.0))) == []


def test_a_long_segment_is_cut_at_its_deepest_pause():
    probabilities = stream((3.5, 0.9), (0.1, 0.05), (3.0, 0.9))
    first, second = segments(probabilities)
    assert first.end == pytest.approx(windows(3.5) * SECONDS)
    assert second.start == first.end
    assert second.end == pytest.approx(len(probabilities) * SECONDS)


@given(
    st.lists(st.tuples(st.floats(0.05, 3.0), st.sampled_from([0.0, 0.1, 0.4, 0.6, 0.95])), max_size=12),
    st.lists(st.integers(0, 1000), max_size=5),
)
def test_pieces_do_not_matter_and_segments_are_in_order(parts, pieces):
    probabilities = stream(*parts)
    found = segments(probabilities, sorted(min(piece, len(probabilities)) for piece in pieces))
    assert found == segments(probabilities)
    edges = [edge for span in found for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(span.end - span.start <= 5.0 + 2 * 0.1 + SECONDS for span in found)


def test_what_is_needed_of_the_past_is_an_open_segments_start():
    segmenter = Segmenter(SETTINGS)
    segmenter.push(stream((2.0, 0.0)))
    assert segmenter.open_since == pytest.approx(windows(2.0) * SECONDS - 0.1)
    segmenter.push(stream((1.0, 0.9)))
    assert segmenter.open_since == pytest.approx(windows(2.0) * SECONDS - 0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("segments.onest=0.4", "unknown key 'onest'; did you mean 'onset'"),
        ("segment.onset=0.4", "unknown key 'segment'; did you mean 'segments'"),
        ("segments.onset=0.2", "offset 0.35 is above onset 0.2"),
        ("segments.padding=99", "padding 99 is not below max_seconds"),
        (
            "input.kind=seperated",
            "wants auto or raw or separated or blend or gated or surest, got 'seperated'",
        ),
        ("input.gate.low_db=20", "input.gate: low_db 20 is above high_db 18"),
        ("reading.batch_seconds=0", "reading.batch_seconds: wants a number above 0, got 0"),
        ("segments.min_level_db=.nan", "the value .nan is no number"),
        ("subtitles.max_lines=2.5", "max_lines: wants int, got 2.5"),
        ("subtitles.max_lines=0", "subtitles.max_lines: wants a whole number from 1 to 10, got 0"),
    ],
)
def test_settings_that_make_no_sense_are_one_line(change, message):
    from musasr.errors import ConfigError

    with pytest.raises(ConfigError) as error:
        load_settings([change])
    assert message in str(error.value)


def test_settings_are_those_of_the_files_with_changes():
    settings = load_settings(["segments.onset=0.6", "separation.chunk_seconds=20"])
    assert (settings["segments"]["onset"], settings["separation"]["chunk_seconds"]) == (0.6, 20)
    assert np.isclose(settings["input"]["add_back_db"], 6.0)


@pytest.mark.parametrize(
    ("asked", "is_there", "expected"),
    [
        ([], True, ("FILE", "mixture")),
        ([], False, (None, "separated")),
        (["segments.segmenter=null"], True, (None, "separated")),
        (["segments.searched=separated"], True, ("FILE", "separated")),
        (["segments.searched=mixture"], False, (None, "mixture")),
    ],
)
def test_what_finds_speech_and_in_what_unless_it_is_said(tmp_path, monkeypatch, asked, is_there, expected):
    network = tmp_path / "pyannet.pt"
    if is_there:
        network.touch()
    monkeypatch.setattr("musasr.transcribe.settings.SPEECH_NETWORK", network)
    segments = load_settings(asked)["segments"]
    segmenter = str(network) if expected[0] else None
    assert (segments["segmenter"], segments["searched"]) == (segmenter, expected[1])


def test_where_no_network_for_music_is_there_a_line_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    network = tmp_path / "pyannet.pt"
    monkeypatch.setattr("musasr.transcribe.settings.SPEECH_NETWORK", network)
    note_speech_network(load_settings())
    assert "tools/speech_network.sh gets a network that does" in capsys.readouterr().err
    network.touch()
    note_speech_network(load_settings())
    note_speech_network(load_settings(["segments.segmenter=null"]))
    assert not capsys.readouterr().err
