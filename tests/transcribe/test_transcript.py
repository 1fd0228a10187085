"""Transcripts as JSON: what is written is read back; anything else is one line."""

import pytest

from musasr.errors import DataError
from musasr.recognizers.reader import Word
from musasr.transcribe.transcript import Levels, Segment, Transcript, read_transcript, write_transcript


def test_a_transcript_is_read_back_as_it_was_written(tmp_path):
    words = (Word("こんにちは", 1.0, 1.5, 0.9), Word("x"))
    segment = Segment(0.8, 2.0, words, "こんにちは x", heard="blend", speaker="A")
    written = Transcript(
        "film.mkv",
        12.5,
        (segment,),
        is_complete=False,
        language="ja",
        levels=Levels(0.5, (-20.0,), (-90.0,)),
        made_with={"model": "time", "input": "auto"},
    )
    write_transcript(written, tmp_path / "film.json")
    assert read_transcript(tmp_path / "film.json") == written
    assert written.words == words


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "levels": null}', "\x00"])
def test_what_is_no_transcript_is_one_line(tmp_path, text):
    path = tmp_path / "film.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"film\.json: is no transcript of musasr"):
        read_transcript(path)
