"""Recordings of which it is known who speaks when: sound, RTTM and UEM below one folder, in any layout.

AMI has ES2002a.Mix-Headset.wav for the recording ES2002a; VoxConverse one RTTM a recording in dev/ and its
sound in audio/; DIHARD data/{flac,rttm,uem}. All are read alike: every .rttm and .uem below the folder, and
of each recording the audio file whose name is its id, or begins with it and a dot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from musasr import audio
from musasr.errors import DataError
from musasr.kaldi.rttm import Span, Turn, read_rttm, read_uem, write_rttm, write_uem

RTTM, UEM, WAV = "ref.rttm", "all.uem", "wav"
ENDINGS = (".wav", ".flac", ".sph", ".ogg", ".mp3", ".m4a")


@dataclass(frozen=True)
class Conversation:
    """A recording: its file, who speaks when in it, and the parts that are scored (None: all)."""

    recording_id: str
    path: Path
    turns: tuple[Turn, ...]
    scored: tuple[Span, ...] | None = None


def write_conversations(directory: Path, conversations: Sequence[Conversation]) -> None:
    """Write the truth of recordings that stand under directory/wav: ref.rttm and all.uem."""
    write_rttm(directory / RTTM, {one.recording_id: one.turns for one in conversations})
    write_uem(
        directory / UEM,
        {one.recording_id: [(0.0, audio.info(one.path).duration)] for one in conversations},
    )


def read_conversations(directory: str | Path) -> list[Conversation]:
    """The recordings of a folder that have both sound and turns, by their ids.

    Raises:
        DataError: There is no such folder, a file is broken, or a recording of the RTTM has no sound.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise DataError("no such folder", where=directory, mend="name one with .rttm files and their sound")
    turns: dict[str, list[Turn]] = {}
    scored: dict[str, list[Span]] = {}
    for path in sorted(directory.rglob("*.rttm")):
        _add(turns, read_rttm(path), path)
    for path in sorted(directory.rglob("*.uem")):
        _add(scored, read_uem(path), path)
    if not turns:
        raise DataError("holds no turns", where=directory, mend="put .rttm files there, beside the sound")
    sounds = _sounds(directory)
    missing = sorted(turns.keys() - sounds.keys())
    if missing:
        what = f"{len(missing)} of {len(turns)} recordings have no sound, {missing[0]} first"
        mend = f"put {missing[0]}.wav (or .flac ...) below that folder, or take it out of the RTTM"
        raise DataError(what, where=directory, mend=mend)
    return [
        Conversation(name, sounds[name], tuple(turns[name]), tuple(scored[name]) if name in scored else None)
        for name in sorted(turns)
    ]


def _add(found: dict, more: dict, path: Path) -> None:
    for name, ones in more.items():
        if name in found:
            raise DataError(f"{name} stands in an earlier file too", where=path, mend="keep one of them")
        found[name] = ones


def _sounds(directory: Path) -> dict[str, Path]:
    """Recording id -> file: the name up to its first dot, or to its ending."""
    sounds: dict[str, Path] = {}
    for path in sorted(directory.rglob("*")):
        if path.suffix.lower() in ENDINGS and path.is_file():
            sounds.setdefault(path.stem, path)
            sounds.setdefault(path.name.partition(".")[0], path)
    return sounds
