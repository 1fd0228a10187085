"""Transcripts for tests, and the settings that come with the recipe."""

from pathlib import Path

import yaml

from musasr.recognizers.reader import Word
from musasr.transcribe.transcript import Segment, Transcript

CONF = Path(__file__).parents[2] / "conf/transcribe.yaml"
SETTINGS = yaml.safe_load(CONF.read_text(encoding="utf-8"))["subtitles"]


def spoken(
    text: str, start: float = 1.0, *, seconds: float = 0.4, pauses: dict | None = None, **rest
) -> Segment:
    """A segment whose words take `seconds` each; `pauses`: place of a word -> silence in front of it."""
    words, time = [], start
    for place, word in enumerate(text.split()):
        time += (pauses or {}).get(place, 0.0)
        words.append(Word(word, round(time, 3), round(time + seconds, 3), 0.9))
        time += seconds
    return Segment(start, round(time, 3), tuple(words), text, **rest)


def transcript(*segments: Segment, source: str = "film.mkv", **rest) -> Transcript:
    """A transcript of these segments, with ten seconds behind them."""
    return Transcript(source, segments[-1].end + 10 if segments else 10.0, segments, **rest)
