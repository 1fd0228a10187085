"""Speech and music dirs: what an utterance and a piece are, and how they are read and written."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from musasr.errors import DataError
from musasr.kaldi.rules import check_durations, check_same_keys, check_wav_scp, validate
from musasr.kaldi.tables import invert, read_table, write_table


@dataclass(frozen=True)
class Utterance:
    """One utterance: who says what, and where its audio is (seconds `start`, `duration` inside `path`)."""

    utterance_id: str
    speaker_id: str
    text: str
    path: Path
    num_samples: int | None = None
    start: float = 0.0
    duration: float | None = None


@dataclass(frozen=True)
class Piece:
    """One recording of music: its file, its length in seconds, its genre (one word)."""

    recording_id: str
    path: Path
    duration: float
    genre: str


def read_utterances(directory: str | Path, *, need_text: bool = True) -> list[Utterance]:
    """Validate a speech data dir, with or without segments, and return its utterances sorted by id.

    `start` and `duration` are set where the dir has segments; `num_samples` where it has utt2num_samples;
    `text` is empty where the dir has none and need_text is False.

    Raises:
        DataError: The dir breaks a rule of `validate`.
    """
    directory = Path(directory)
    validate(directory, need_text=need_text)
    paths = read_table(directory / "wav.scp")
    speakers = read_table(directory / "utt2spk")
    texts = _read_optional(directory / "text")
    counts = _read_optional(directory / "utt2num_samples")
    segments = {key: value.split(" ") for key, value in _read_optional(directory / "segments").items()}
    utterances = []
    for key, speaker in speakers.items():
        recording, start, end = segments.get(key, (key, 0.0, None))
        start = float(start)
        duration = None if end is None else float(end) - start
        count = int(counts[key]) if key in counts else None
        utterances.append(
            Utterance(key, speaker, texts.get(key, ""), Path(paths[recording]), count, start, duration)
        )
    return utterances


def write_speech_dir(directory: str | Path, utterances: Iterable[Utterance]) -> Path:
    """Write wav.scp, text, utt2spk, spk2utt and, where counts are known, utt2num_samples; return the dir.

    Paths are written absolute. Each utterance is a file of its own: a cut has to be written out first.

    Raises:
        DataError: An id comes twice, a text is empty, or the result is not a valid data dir.
    """
    directory = Path(directory)
    by_id: dict[str, Utterance] = {}
    for utterance in utterances:
        if utterance.utterance_id in by_id:
            raise DataError(f"utterance id {utterance.utterance_id} comes twice", where=directory)
        if utterance.start or utterance.duration is not None:
            raise DataError(
                f"{utterance.utterance_id} is a cut of a file", where=directory, mend="write it out first"
            )
        by_id[utterance.utterance_id] = utterance
    write_table(directory / "wav.scp", {key: item.path.absolute() for key, item in by_id.items()})
    write_table(directory / "text", {key: item.text for key, item in by_id.items()})
    write_table(directory / "utt2spk", {key: item.speaker_id for key, item in by_id.items()})
    write_table(directory / "spk2utt", invert({key: item.speaker_id for key, item in by_id.items()}))
    counts = {key: item.num_samples for key, item in by_id.items() if item.num_samples is not None}
    # What an earlier corpus left here would be read as part of this one.
    for leftover in ("segments", "reco2dur", *(() if counts else ("utt2num_samples",))):
        (directory / leftover).unlink(missing_ok=True)
    if counts:
        write_table(directory / "utt2num_samples", counts)
    validate(directory)
    return directory


def write_music_dir(directory: str | Path, pieces: Iterable[Piece]) -> Path:
    """Write wav.scp (absolute paths), reco2dur (seconds) and reco2genre; return the directory.

    Raises:
        DataError: An id comes twice, or there are no pieces.
    """
    directory = Path(directory)
    by_id: dict[str, Piece] = {}
    for piece in pieces:
        if piece.recording_id in by_id:
            raise DataError(f"recording id {piece.recording_id} comes twice", where=directory)
        by_id[piece.recording_id] = piece
    write_table(directory / "wav.scp", {key: piece.path.absolute() for key, piece in by_id.items()})
    write_table(directory / "reco2dur", {key: float(piece.duration) for key, piece in by_id.items()})
    write_table(directory / "reco2genre", {key: piece.genre for key, piece in by_id.items()})
    return directory


def read_music_dir(directory: str | Path) -> list[Piece]:
    """Return the pieces of a music dir sorted by recording id.

    Raises:
        DataError: A file is missing or unsorted, the three differ in their recordings, a duration is not
            positive, or an audio file is missing.
    """
    directory = Path(directory)
    paths = read_table(directory / "wav.scp")
    durations = read_table(directory / "reco2dur")
    genres = read_table(directory / "reco2genre")
    check_same_keys(directory, "recording", "wav.scp", paths, "reco2dur", durations)
    check_same_keys(directory, "recording", "wav.scp", paths, "reco2genre", genres)
    check_wav_scp(directory, paths, allow_commands=False)
    check_durations(directory, durations)
    return [Piece(key, Path(path), float(durations[key]), genres[key]) for key, path in paths.items()]


def _read_optional(path: Path) -> dict[str, str]:
    return read_table(path) if path.exists() else {}
