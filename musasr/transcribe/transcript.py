"""A transcribed recording: segments of words on the container's clock, in memory and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from musasr.atomic import write_text
from musasr.errors import DataError
from musasr.recognizers.reader import Word

FORMAT = 1  # of the JSON; raised where an older reader would misread it


@dataclass(frozen=True)
class Segment:
    """A stretch of speech between two pauses.

    Attributes:
        start: Seconds on the container's clock: where a player shows it.
        end: Likewise, after ``start``.
        words: In order, their times on the same clock, inside the segment; empty where nothing was read.
        text: The whole as it is written: the words with spaces between them, or a language without spaces.
        heard: What the recogniser was given: ``raw``, ``separated``, ``blend`` or ``gated``;
            of ``surest`` what was surest.
        speaker: Who speaks, where a diariser said so.
    """

    start: float
    end: float
    words: tuple[Word, ...]
    text: str
    heard: str = "raw"
    speaker: str | None = None


@dataclass(frozen=True)
class Levels:
    """How loud speech and music are, as the separator tells them apart: what the film's page draws.

    Attributes:
        seconds: Of one value.
        speech_db: RMS of each stretch, dB re full scale, from the start of the recording.
        music_db: Likewise.
    """

    seconds: float
    speech_db: tuple[float, ...]
    music_db: tuple[float, ...]


@dataclass(frozen=True)
class MusicSpan:
    """Music between the lines: from when to when (seconds), and what it sounds like."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Transcript:
    """A recording's words.

    Attributes:
        source: Name of the file.
        duration: Seconds of the recording that were read so far: all of it once ``is_complete``.
        segments: In order, none overlapping another.
        is_complete: False while the recording is still being read.
        language: As the recogniser says or was told, such as "ja"; None if it does not matter to it.
        levels: Of speech and music; None without a separator.
        made_with: Names and settings: model, recogniser, input, ....
        music: Between the segments, in order, where that was asked.
    """

    source: str
    duration: float
    segments: tuple[Segment, ...]
    is_complete: bool = True
    language: str | None = None
    levels: Levels | None = None
    made_with: Mapping[str, Any] = field(default_factory=dict)
    music: tuple[MusicSpan, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """All words, in order."""
        return tuple(word for segment in self.segments for word in segment.words)


def write_transcript(transcript: Transcript, path: Path) -> None:
    """Write a transcript as JSON, whole or not at all; `read_transcript` gives it back."""
    content = {"format": FORMAT, **asdict(transcript)}
    if not transcript.music:
        del content["music"]  # it was not asked
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read_transcript(path: Path) -> Transcript:
    """What `write_transcript` wrote.

    Raises:
        DataError: The file is missing, or no transcript of ours.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        levels = content.pop("levels")
        segments = tuple(map(_segment, content.pop("segments")))
        music = tuple(MusicSpan(**one) for one in content.pop("music", ()))
        return Transcript(segments=segments, levels=_levels(levels), music=music, **content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"is no transcript of musasr ({error})"
        raise DataError(what, where=path, mend="make it with musasr transcribe --format json") from error


def _segment(content: dict[str, Any]) -> Segment:
    words: Sequence[dict[str, Any]] = content.pop("words")
    return Segment(words=tuple(Word(**word) for word in words), **content)


def _levels(content: dict[str, Any] | None) -> Levels | None:
    if content is None:
        return None
    return Levels(content["seconds"], tuple(content["speech_db"]), tuple(content["music_db"]))
