"""A transcribed recording as one HTML page: player, spectrogram, and subtitles that can be corrected."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from musasr.atomic import write_text
from musasr.transcribe.cues import Cue, make_cues
from musasr.transcribe.escapes import SRT
from musasr.transcribe.music_levels import music_spans
from musasr.transcribe.phrases import clean
from musasr.transcribe.picture import TILE_COLUMNS, Picture
from musasr.transcribe.subtitle_rules import Rules
from musasr.transcribe.transcript import Levels, Transcript
from musasr.transcribe.word_times import character_confidences

MOST_LEVELS = 36000  # values of each kind: more would not be seen, and would swell the page


@dataclass(frozen=True)
class Run:
    """Characters that follow one another in a cue.

    Attributes:
        text: The characters, line ends and spaces too.
        confidence: Of a word that is to be marked; None for what is not.
    """

    text: str
    confidence: float | None


@dataclass(frozen=True)
class MarkedCue:
    """A cue whose doubtful words are told apart."""

    start: float
    end: float
    speaker: str | None
    runs: tuple[Run, ...]


def write_page(
    transcript: Transcript,
    media: Path,
    path: Path,
    *,
    settings: Mapping[str, Any],
    picture: Picture | None = None,
) -> None:
    """Write the page of a transcript; it needs no other file but the recording, and no network.

    Args:
        transcript: What to show, complete or not.
        media: The recording, which the page plays from where it lies (by a relative path).
        path: Where to write the page.
        settings: The section ``subtitles`` of the settings.
        picture: Its spectrogram, and where speech was found; None leaves both out.

    Raises:
        ConfigError: A setting is unknown or of the wrong kind.
    """
    from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
    from jinja2.loaders import ChoiceLoader

    rules = Rules.from_settings(settings)
    own = PackageLoader("musasr.transcribe", package_path="templates")
    shared = PrefixLoader({"report": PackageLoader("musasr.report", package_path="templates")})
    environment = Environment(
        loader=ChoiceLoader([own, shared]), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    cues = marked_cues(transcript, rules)
    page = environment.get_template("film.html.j2").render(
        source=clean(transcript.source),
        media=media_link(media, path),
        duration=transcript.duration,
        language=transcript.language,
        is_complete=transcript.is_complete,
        has_levels=transcript.levels is not None,
        has_picture=picture is not None,
        num_words=len(transcript.words),
        num_doubtful=sum(run.confidence is not None for cue in cues for run in cue.runs),
        cues=cues,
        clock=_clock,
        data={
            "duration": transcript.duration,
            "levels": None if transcript.levels is None else _levels(transcript.levels),
            "picture": None if picture is None else _picture(picture, transcript.levels),
            "srt_name": f"{Path(clean(transcript.source)).stem}.srt",
            "srt_escapes": {chr(character): alike for character, alike in SRT.items()},
        },
    )
    write_text(path, page)


def media_link(media: Path, page: Path) -> str:
    """The relative address of a recording beside a page, whatever stands in its name."""
    relative = os.path.relpath(media.absolute(), page.absolute().parent)
    return quote(os.fsencode(Path(relative).as_posix()))


def marked_cues(transcript: Transcript, rules: Rules) -> list[MarkedCue]:
    """The cues of `make_cues`, their text cut where words of low confidence begin and end."""
    # Cues hold the characters of their segments, spaces apart, all and in order.
    confidences = [
        confidence
        for segment in transcript.segments
        for confidence in character_confidences(segment, clean(segment.text))
    ]
    found, place = [], 0
    for cue in make_cues(transcript, rules):
        num_characters = sum(not character.isspace() for line in cue.lines for character in line)
        own = confidences[place : place + num_characters]
        found.append(MarkedCue(cue.start, cue.end, cue.speaker, _runs(cue, own, rules.low_confidence)))
        place += num_characters
    return found


def _runs(cue: Cue, confidences: Sequence[tuple[int, float | None]], low: float) -> tuple[Run, ...]:
    """Words below a confidence, and what stands between them.

    Args:
        cue: Whose text it is.
        confidences: Word and confidence of each character that is no space.
        low: The confidence.
    """
    marks, remaining = [], iter(confidences)
    for character in "\n".join(cue.lines):
        word, confidence = (-1, None) if character.isspace() else next(remaining)
        is_low = confidence is not None and confidence < low
        marks.append((character, (word, confidence) if is_low else (-1, None)))
    return tuple(
        Run("".join(character for character, _ in group), confidence)
        for (_, confidence), group in groupby(marks, key=lambda mark: mark[1])
    )


def _levels(levels: Levels) -> dict[str, Any]:
    """Levels in whole dB; of a long recording the highest of several."""
    most = max(len(levels.speech_db), len(levels.music_db))
    step = -(-most // MOST_LEVELS) or 1
    pooled = {"speech": levels.speech_db, "music": levels.music_db}
    return {
        "seconds": levels.seconds * step,
        **{name: _pooled(values, step) for name, values in pooled.items()},
    }


def _picture(picture: Picture, levels: Levels | None) -> dict[str, Any]:
    """What the page's script draws of it."""
    return {
        "seconds": picture.seconds,
        "tile_columns": TILE_COLUMNS,
        "tiles": list(picture.tiles()),
        "pitches": picture.pitches(),
        "speech": picture.speech,
        "music": [] if levels is None else music_spans(levels),
    }


def _pooled(values: Sequence[float], step: int) -> list[int]:
    floor = -120.0  # JSON knows no infinity
    padded = np.full(-(-len(values) // step) * step, floor)
    padded[: len(values)] = np.nan_to_num(
        np.asarray(values, dtype=float), nan=floor, neginf=floor, posinf=0.0
    )
    return np.maximum(padded, floor).reshape(-1, step).max(axis=1, initial=floor).round().astype(int).tolist()


def _clock(seconds: float) -> str:
    """Seconds as a player shows them: 1:05, or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
