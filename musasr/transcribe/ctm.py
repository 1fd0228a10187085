"""A transcript as NIST's CTM: what sclite and asclite score."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from musasr.recognizers.reader import Word
from musasr.transcribe.phrases import clean
from musasr.transcribe.transcript import Segment, Transcript
from musasr.transcribe.word_times import character_times

CHANNEL = "1"


def ctm(transcript: Transcript) -> str:
    """The lines, by rising start: recording, channel, start, duration, word, and confidence where known.

    The recording is the file's name without its suffix. A segment that has a text but no words gives the
    words that spaces leave.
    """
    # A line that begins with two semicolons is a comment.
    recording = _one_field(Path(transcript.source).stem).lstrip(";") or "recording"
    words = (word for segment in transcript.segments for word in _timed(segment))
    return "".join(_line(recording, word) for word in words)


def _timed(segment: Segment) -> Iterator[Word]:
    """A segment's words, each with a time."""
    words = [replace(word, text=_one_field(word.text)) for word in segment.words if clean(word.text)]
    words = words or [Word(text) for text in clean(segment.text).split()]
    starts, ends = character_times(replace(segment, words=tuple(words)), "".join(word.text for word in words))
    place = 0
    for word in words:
        last = place + len(word.text) - 1
        yield replace(word, start=float(starts[place]), end=float(ends[last]))
        place = last + 1


def _line(recording: str, word: Word) -> str:
    start = round(word.start or 0.0, 2)
    # Rounded ends, not rounded durations: words that follow one another never overlap.
    duration = round(word.end or 0.0, 2) - start
    confidence = "" if word.confidence is None else f" {word.confidence:.3f}"
    return f"{recording} {CHANNEL} {start:.2f} {duration:.2f} {word.text}{confidence}\n"


def _one_field(text: str) -> str:
    """A text as one column: white space would begin another."""
    return "_".join(clean(text).split())
