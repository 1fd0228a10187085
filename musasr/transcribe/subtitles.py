"""A transcript as subtitles (srt, vtt, ass), as plain text (txt) and as NIST's CTM."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musasr.atomic import write_text
from musasr.errors import ConfigError, DataError, suggest
from musasr.transcribe.ctm import ctm
from musasr.transcribe.cues import Cue, make_cues
from musasr.transcribe.escapes import escaped, field
from musasr.transcribe.phrases import clean
from musasr.transcribe.subtitle_rules import Rules
from musasr.transcribe.transcript import Segment, Transcript

if TYPE_CHECKING:
    import pysubs2

SUBTITLES = ("srt", "vtt", "ass")
KINDS = (*SUBTITLES, "txt", "ctm")
ASS_MOST_HOURS = 10  # its times have one digit of hours
# The picture that sizes in ass are relative to, and sizes in it: a line of 42 letters fills two thirds.
PICTURE, FONT_SIZE, MARGIN, OUTLINE = (1920, 1080), 64, 60, 3


def write_subtitles(transcript: Transcript, path: Path, *, kind: str, settings: Mapping[str, Any]) -> None:
    """Write a transcript, complete or not, in one of `KINDS`; the file is whole or not there at all.

    srt, vtt and ass show the same cues. txt has a line a segment. ctm has a line a word: recording, channel,
    start, duration, word and, where the recogniser says it, confidence; words without times share their
    segment evenly.

    Args:
        transcript: What to write.
        path: Where to; any suffix.
        kind: srt, vtt, ass, txt or ctm.
        settings: The section ``subtitles`` of the settings.

    Raises:
        ConfigError: The kind or a setting is unknown or of the wrong kind.
        DataError: A cue comes too late for the format.
    """
    if kind not in KINDS:
        raise ConfigError(f"unknown format {kind!r}", mend=suggest(kind, KINDS))
    rules = Rules.from_settings(settings)
    if kind == "txt":
        text = "".join(map(_paragraph, transcript.segments))
    elif kind == "ctm":
        text = ctm(transcript)
    else:
        text = _subtitles(make_cues(transcript, rules), kind, rules, where=path)
    write_text(path, text)


def _subtitles(cues: Sequence[Cue], kind: str, rules: Rules, *, where: Path) -> str:
    if kind == "ass" and cues and cues[-1].end >= ASS_MOST_HOURS * 3600:
        what = f"ass has no times from {ASS_MOST_HOURS} hours on"
        raise DataError(what, where=where, mend="write srt or vtt")
    subtitles, file = _file(cues, kind, rules), io.StringIO()
    # Braces of the text are none of ass: they stay in vtt, and srt and ass have none left.
    options = {} if kind == "ass" else {"keep_ssa_tags": True}
    subtitles.to_file(file, format_=kind, **options)
    return file.getvalue()


def _file(cues: Sequence[Cue], kind: str, rules: Rules) -> "pysubs2.SSAFile":
    import pysubs2

    subtitles = pysubs2.SSAFile()
    subtitles.info.update({"PlayResX": str(PICTURE[0]), "PlayResY": str(PICTURE[1]), "WrapStyle": "0"})
    styles = _styles(cues, rules)
    subtitles.styles = {style: _style(colour) for style, colour in styles.values()}
    speakers = [None, *(cue.speaker for cue in cues)]
    for cue, before in zip(cues, speakers, strict=False):
        # ass has the name in a field of its own, and a colour.
        name = f"[{clean(cue.speaker)}] " if kind != "ass" and cue.speaker and cue.speaker != before else ""
        event = pysubs2.SSAEvent(
            start=_milliseconds(cue.start),
            end=_milliseconds(cue.end),
            text=escaped(name, kind) + r"\N".join(escaped(line, kind) for line in cue.lines),
            style=styles[cue.speaker][0],
            name=field(cue.speaker or ""),
        )
        subtitles.events.append(event)
    return subtitles


def _styles(cues: Sequence[Cue], rules: Rules) -> dict[str | None, tuple[str, str]]:
    """Speaker -> name of the style and colour, in the order in which they first speak."""
    colours = rules.speaker_colours
    speakers = [one for one in dict.fromkeys(cue.speaker for cue in cues) if one is not None]
    named = {one: (f"Speaker {n + 1}", colours[n % len(colours)]) for n, one in enumerate(speakers)}
    return {None: ("Default", colours[0]), **named}


def _style(colour: str) -> "pysubs2.SSAStyle":
    import pysubs2

    red, green, blue = bytes.fromhex(colour[1:])
    return pysubs2.SSAStyle(
        fontname="Arial",
        fontsize=FONT_SIZE,
        primarycolor=pysubs2.Color(red, green, blue),
        outline=OUTLINE,
        shadow=0,
        marginl=MARGIN,
        marginr=MARGIN,
        marginv=MARGIN,
    )


def _milliseconds(seconds: float) -> int:
    # Whole hundredths, which is what ass has, so that all formats show the same times.
    return round(seconds * 100) * 10


def _paragraph(segment: Segment) -> str:
    text = clean(segment.text)
    speaker = f"{clean(segment.speaker)}: " if segment.speaker else ""
    return f"{speaker}{text}\n" if text else ""
