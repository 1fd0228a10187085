"""Music between the lines: where nobody speaks, what is heard there, and how subtitles show it."""

import numpy as np
import pytest

from musasr import audio
from musasr.recognizers.reader import Word
from musasr.transcribe import music
from musasr.transcribe.settings import load_settings
from musasr.transcribe.subtitles import write_subtitles
from musasr.transcribe.transcript import MusicSpan, Segment, Transcript, read_transcript, write_transcript


def transcript(*times, duration=40.0):
    segments = [Segment(start, end, (Word("so", start, end),), "so") for start, end in times]
    return Transcript("film.mp4", duration, tuple(segments))


def test_stretches_without_speech_are_found_and_short_ones_left():
    assert music.silences(transcript((5, 6), (8, 20), (37, 38))) == [(0.0, 5), (20, 37)]
    assert music.silences(transcript()) == [(0.0, 40.0)]
    unread = Transcript("a", 10.0, (Segment(2.0, 5.0, (), " "),))
    assert music.silences(unread) == [(0.0, 10.0)]


@pytest.mark.parametrize("size", [1000, 7_000_000])
def test_cuts_of_a_stream_are_those_of_the_whole(size):
    samples = np.arange(60 * music.RATE, dtype=np.float32)
    blocks = (samples[i : i + size] for i in range(0, len(samples), size))
    spans = [(0.0, 4.0), (5.5, 50.0), (52.0, 60.0)]
    found = list(music.cuts(blocks, spans))
    assert [(one[0] / music.RATE, len(one) / music.RATE) for one in found] == [(0, 4), (5.5, 30), (52, 8)]
    assert all((np.diff(one) == 1).all() for one in found)


def test_what_was_found_is_kept_until_something_changes(tmp_path):
    samples = np.zeros(12 * music.RATE, np.float32)
    samples[: 6 * music.RATE] = 0.5
    audio.write(tmp_path / "a.wav", samples, music.RATE)
    heard = []

    def describe(cut):
        heard.append(len(cut))
        return "calm, piano" if cut.any() else None

    def spans(digest):
        finder, kept = music.MusicFinder(describe, digest), tmp_path / "kept.json"
        line = transcript((6, 7), duration=12.0)
        return finder.spans(tmp_path / "a.wav", line, stream=0, kept=kept, made_of={"x": 1})

    assert spans("one") == [MusicSpan(0.0, 6, "calm, piano")]
    assert heard == [6 * music.RATE, 5 * music.RATE]
    assert spans("one") == [MusicSpan(0.0, 6, "calm, piano")]
    assert len(heard) == 2
    spans("two")
    assert len(heard) == 4


def test_subtitles_show_music_where_it_begins_and_json_keeps_it(tmp_path):
    plain = transcript((20, 21))
    tagged = Transcript(
        plain.source, 40.0, plain.segments, music=(MusicSpan(0, 20, "calm"), MusicSpan(21, 40, "sad"))
    )
    settings = load_settings()["subtitles"]
    write_subtitles(tagged, tmp_path / "a.srt", kind="srt", settings=settings)
    texts = [block.splitlines()[2] for block in (tmp_path / "a.srt").read_text().strip().split("\n\n")]
    assert texts == ["♪ calm ♪", "so", "♪ sad ♪"]
    assert "00:00:00,000 --> 00:00:0" in (tmp_path / "a.srt").read_text()
    for kind in ("txt", "ctm"):
        write_subtitles(tagged, tmp_path / f"a.{kind}", kind=kind, settings=settings)
        assert "calm" not in (tmp_path / f"a.{kind}").read_text()
    for one in (plain, tagged):
        write_transcript(one, tmp_path / "a.json")
        assert read_transcript(tmp_path / "a.json") == one
        assert ('"music"' in (tmp_path / "a.json").read_text()) is bool(one.music)
