"""Public-domain scores inside PyPI's music21, read into plain notes."""

import functools
import importlib.util
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Note:
    """One sounding note; times in beats (quarter notes), pitch as a MIDI number."""

    start: float
    duration: float
    pitch: int

    @property
    def end(self) -> float:
        """The beat at which the note stops."""
        return self.start + self.duration


@dataclass(frozen=True)
class Score:
    """A composition as played once through, without its repeats."""

    name: str
    parts: tuple[tuple[Note, ...], ...]
    num_beats: float
    beats_per_bar: float

    @property
    def melody_part(self) -> int:
        """Index of the highest part that is busy enough to carry the tune."""
        busiest = max(len(part) for part in self.parts)
        candidates = [i for i, part in enumerate(self.parts) if 3 * len(part) >= busiest]
        return max(candidates, key=lambda i: (_mean_pitch(self.parts[i]), -i))


@dataclass(frozen=True, order=True)
class Source:
    """Where a composition lies: a file of music21's corpus and, in a tune book, the number in it."""

    path: str
    number: int | None = None

    @property
    def name(self) -> str:
        """An identifier without spaces, unique to the composition."""
        stem = re.sub(r"[^A-Za-z0-9.]+", "-", str(Path(self.path).with_suffix("")))
        return stem if self.number is None else f"{stem}.{self.number:03d}"


@functools.cache
def corpus_folder() -> Path:
    """The folder of music21's bundled scores (found without importing music21, which takes seconds)."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("music21")
    return Path(spec.origin).parent / "corpus"


def load(source: Source) -> Score:
    """Read one composition.

    Ties are merged, grace notes and chord symbols left out, transposing instruments brought to sounding
    pitch.
    Repeats are not unfolded: editions often close them wrongly, and the arranger repeats a piece anyway.

    Raises:
        ValueError: If the file holds fewer than 16 notes or less than 8 beats.
        Exception: Whatever music21 raises on a file that it cannot parse.
    """
    stream = _parse(source)
    if any(instrument.transposition for instrument in stream.recurse().getElementsByClass("Instrument")):
        stream = stream.toSoundingPitch()
    parts = tuple(filter(None, (_notes_of(part) for part in (stream.parts or [stream]))))
    num_beats = max((note.end for part in parts for note in part), default=0.0)
    if sum(map(len, parts)) < 16 or num_beats < 8:
        raise ValueError(f"too short: {sum(map(len, parts))} notes, {num_beats:g} beats")
    signature = stream.recurse().getElementsByClass("TimeSignature").first()
    beats_per_bar = float(signature.barDuration.quarterLength) if signature else 4.0
    return Score(source.name, parts, num_beats, beats_per_bar)


def _parse(source: Source):
    """music21's stream, made without its cache, its settings file or its console warnings."""
    from music21 import converter

    path = corpus_folder() / source.path
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if source.number is None:
            return converter.parse(path, forceSource=True, storePickle=False)
        tune = tune_texts(source.path)[source.number]
        return converter.parseData(tune, format="abc")


@functools.cache
def tune_texts(path: str) -> dict[int, str]:
    """The tunes of an ABC book by their `X:` numbers (the first one where a number is used twice)."""
    text = (corpus_folder() / path).read_text(encoding="utf-8", errors="replace")
    tunes: dict[int, str] = {}
    for block in re.split(r"(?m)^(?=X:)", text):
        if match := re.match(r"X:\s*(\d+)", block):
            tunes.setdefault(int(match[1]), block.strip() + "\n")
    return tunes


def _notes_of(part) -> tuple[Note, ...]:
    """The part's notes in time order, tied notes as one."""
    notes: list[Note] = []
    open_ties: dict[int, int] = {}
    for element in part.flatten().notes:
        if element.duration.isGrace or "ChordSymbol" in element.classes or not element.quarterLength:
            continue
        start, duration = float(element.offset), float(element.quarterLength)
        for member in element.notes if element.isChord else [element]:
            if not hasattr(member, "pitch"):
                continue
            _append(notes, open_ties, Note(start, duration, member.pitch.midi), member.tie or element.tie)
    return tuple(sorted(notes, key=lambda note: (note.start, note.pitch)))


def _append(notes: list[Note], open_ties: dict[int, int], note: Note, tie) -> None:
    """Add a note, or lengthen the one that it is tied to."""
    index = open_ties.pop(note.pitch, None)
    if tie is not None and tie.type in ("continue", "stop") and index is not None:
        before = notes[index]
        notes[index] = Note(before.start, note.end - before.start, note.pitch)
    else:
        index = len(notes)
        notes.append(note)
    if tie is not None and tie.type in ("start", "continue"):
        open_ties[note.pitch] = index


def _mean_pitch(part: Iterable[Note]) -> float:
    pitches = [note.pitch for note in part]
    return sum(pitches) / len(pitches)
