"""Who speaks when, as NIST writes it: RTTM (turns of speakers) and UEM (the parts that are scored)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from musasr.atomic import write_text
from musasr.errors import DataError, shown

SPEAKER = "SPEAKER"
# Types of lines that say nothing of when somebody speaks.
OTHER_TYPES = ("SPKR-INFO", "LEXEME", "NON-LEX", "NON-SPEECH", "NOSCORE", "SEGMENT", "A/P", "CB", "IP", "SU")
NOTHING = "<NA>"
SHORTEST = 5e-4  # seconds; files have milliseconds


@dataclass(frozen=True, order=True)
class Turn:
    """What one speaker says without a pause, in seconds from the recording's start."""

    start: float
    end: float
    speaker: str

    @property
    def duration(self) -> float:
        """Its length in seconds."""
        return self.end - self.start


Span = tuple[float, float]


def read_rttm(path: str | Path) -> dict[str, list[Turn]]:
    """Recording id -> its turns in time; an empty file holds none.

    Raises:
        DataError: The file is missing or not UTF-8, or a line is none of RTTM; the message names file:line.
    """
    turns: dict[str, list[Turn]] = {}
    for where, cells in _lines(Path(path), comment=";;"):
        if cells[0] in OTHER_TYPES:
            continue
        if cells[0] != SPEAKER or len(cells) < 8:
            what = f"{shown(' '.join(cells))} is no line of RTTM"
            raise DataError(
                what, where=where, mend="write SPEAKER recording 1 start duration <NA> <NA> speaker"
            )
        start, duration = _seconds(cells[3], where, "start"), _seconds(cells[4], where, "duration")
        of_recording = turns.setdefault(cells[1], [])
        if duration >= SHORTEST:
            of_recording.append(Turn(start, start + duration, cells[7]))
    return {recording_id: sorted(found) for recording_id, found in turns.items()}


def write_rttm(path: str | Path, turns: Mapping[str, Sequence[Turn]]) -> Path:
    """Write turns by recording id, to the millisecond, whole or not at all; return the path.

    Raises:
        DataError: A recording id or a speaker's name is empty or holds white space.
    """
    return write_text(path, rttm_text(turns, where=path))


def rttm_text(turns: Mapping[str, Sequence[Turn]], *, where: object = None) -> str:
    """What `write_rttm` writes."""
    lines = []
    for recording_id in sorted(turns):
        for turn in sorted(turns[recording_id]):
            for name in (recording_id, turn.speaker):
                _check_name(name, where)
            # Rounded ends, not a rounded length: turns that touch still touch.
            start, end = round(turn.start, 3), round(turn.end, 3)
            if end > start:
                times = f"{start:.3f} {end - start:.3f}"
                line = f"{SPEAKER} {recording_id} 1 {times} {NOTHING} {NOTHING} {turn.speaker} {NOTHING}"
                lines.append(f"{line} {NOTHING}\n")
    return "".join(lines)


def read_uem(path: str | Path) -> dict[str, list[Span]]:
    """Recording id -> the (start, end) in seconds that are scored, in time.

    Raises:
        DataError: As `read_rttm`; or a part ends before it begins.
    """
    spans: dict[str, list[Span]] = {}
    for where, cells in _lines(Path(path), comment=";;"):
        if len(cells) < 4:
            what = f"{shown(' '.join(cells))} is no line of UEM"
            raise DataError(what, where=where, mend="write recording 1 start end")
        start, end = _seconds(cells[2], where, "start"), _seconds(cells[3], where, "end")
        if end <= start:
            what = f"the part from {start:g} s ends at {end:g} s"
            raise DataError(what, where=where, mend="write recording 1 start end")
        spans.setdefault(cells[0], []).append((start, end))
    return {recording_id: sorted(found) for recording_id, found in spans.items()}


def write_uem(path: str | Path, spans: Mapping[str, Sequence[Span]]) -> Path:
    """Write the scored parts by recording id, to the millisecond, whole or not at all; return the path.

    Raises:
        DataError: A recording id is empty or holds white space.
    """
    lines = []
    for recording_id in sorted(spans):
        _check_name(recording_id, path)
        lines += [f"{recording_id} 1 {start:.3f} {end:.3f}\n" for start, end in sorted(spans[recording_id])]
    return write_text(path, "".join(lines))


def _lines(path: Path, *, comment: str) -> Iterator[tuple[str, list[str]]]:
    """Yield ("file:line", cells) of each line that is neither blank nor a comment."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError("no such file", where=path, mend="check the path") from None
    except UnicodeDecodeError:
        raise DataError("not UTF-8", where=path, mend="convert the file to UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        cells = line.split()
        if cells and not cells[0].startswith(comment):
            yield f"{path}:{number}", cells


def _seconds(cell: str, where: str, name: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise DataError(f"the {name} {shown(cell)} is no time", where=where, mend="give seconds of 0 or more")
    return value


def _check_name(name: str, where: object) -> None:
    if not name or name != "".join(name.split()):
        raise DataError(f"{name!r} cannot be a name here", where=where, mend="use names without white space")
