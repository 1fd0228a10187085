"""Speech and music dirs: what an utterance and a piece are, and how they are read and written."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from musasr.errors import DataError
from musasr.kaldi.columns import check_duration, check_path, check_same_keys
from musasr.kaldi.rules import checked_rows, validate
from musasr.kaldi.tables import read_table, table_writer, write_table
from musasr.names import check_name


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance: who says what, and where its audio is (seconds `start`, `duration` inside `path`)."""

    utterance_id: str
    speaker_id: str
    text: str
    path: Path
    num_samples: int | None = None
    start: float = 0.0
    duration: float | None = None


SINGING = "singing.scp"


@dataclass(frozen=True)
class Piece:
    """One recording of music: its file, its length in seconds, its genre (one word).

    Attributes:
        singing: A file of what is sung in it, alone, sample for sample; None where nobody knows.
    """

    recording_id: str
    path: Path
    duration: float
    genre: str
    singing: Path | None = None


def read_utterances(directory: str | Path, *, need_text: bool = True) -> list[Utterance]:
    """Validate a speech data dir, with or without segments, and return its utterances sorted by id.

    `start` and `duration` are set where the dir has segments; `num_samples` where it has utt2num_samples;
    `text` is empty where the dir has none and need_text is False.

    Raises:
        DataError: The dir breaks a rule of `validate`.
    """
    return list(iter_utterances(directory, need_text=need_text))


def iter_utterances(directory: str | Path, *, need_text: bool = True) -> Iterator[Utterance]:
    """Yield what `read_utterances` returns, without holding it: validated on the way, line by line."""
    for row in checked_rows(Path(directory), need_text=need_text):
        _, path, start, end = row.cut
        duration = None if end is None else end - start
        yield Utterance(
            row.utterance_id, row.speaker_id, row.text or "", Path(path), row.num_samples, start, duration
        )


def write_speech_dir(
    directory: str | Path, utterances: Iterable[Utterance], *, is_sorted: bool = False
) -> Path:
    """Write wav.scp, text, utt2spk, spk2utt and, where counts are known, utt2num_samples; return the dir.

    Paths are written absolute. Each utterance is a file of its own: a cut has to be written out first.

    Args:
        directory: The data dir; what another corpus left in it goes.
        utterances: What it is to hold.
        is_sorted: Whether they come in the order of their ids: then only these are held, however many.

    Raises:
        DataError: An id comes twice, a text is empty, or the result is not a valid data dir.
    """
    directory = Path(directory)
    if not is_sorted:
        utterances = sorted(utterances, key=lambda item: item.utterance_id)
    has_counts = _write_tables(directory, utterances)
    for leftover in ("segments", "reco2dur", *(() if has_counts else ("utt2num_samples",))):
        (directory / leftover).unlink(missing_ok=True)
    validate(directory)
    return directory


def _write_tables(directory: Path, utterances: Iterable[Utterance]) -> bool:
    """Write the tables in one go; return whether there are counts among them."""
    has_counts = False
    ids: dict[str, list[str]] = {}  # of each speaker
    with ExitStack() as stack:
        write = {
            name: stack.enter_context(table_writer(directory / name))
            for name in ("wav.scp", "text", "utt2spk")
        }
        for item in utterances:
            _check_whole_file(directory, item)
            write["wav.scp"](item.utterance_id, item.path.absolute())
            write["text"](item.utterance_id, item.text)
            write["utt2spk"](item.utterance_id, item.speaker_id)
            if item.num_samples is not None:
                if not has_counts:
                    counts = stack.enter_context(table_writer(directory / "utt2num_samples"))
                    has_counts = True
                counts(item.utterance_id, item.num_samples)
            ids.setdefault(item.speaker_id, []).append(item.utterance_id)
        write_table(directory / "spk2utt", {speaker: " ".join(keys) for speaker, keys in ids.items()})
    return has_counts


def _check_whole_file(directory: Path, item: Utterance) -> None:
    if item.start or item.duration is not None:
        raise DataError(f"{item.utterance_id} is a cut of a file", where=directory, mend="write it out first")


def write_music_dir(directory: str | Path, pieces: Iterable[Piece]) -> Path:
    """Write wav.scp (absolute paths), reco2dur (seconds) and reco2genre; return the directory.

    What is sung in pieces stands in singing.scp, if there are such.

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
    sung = {key: piece.singing.absolute() for key, piece in by_id.items() if piece.singing}
    (directory / SINGING).unlink(missing_ok=True)
    if sung:
        write_table(directory / SINGING, sung)
    return directory


def is_music_dir(directory: str | Path) -> bool:
    """Whether a music dir stands there."""
    return (Path(directory) / "wav.scp").is_file()


def remove_music_dir(directory: str | Path) -> None:
    """Take a music dir's tables away, and the folder where nothing else is in it; recordings stay."""
    directory = Path(directory)
    for table in ("wav.scp", "reco2dur", "reco2genre", SINGING):
        (directory / table).unlink(missing_ok=True)
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


def read_music_dir(directory: str | Path) -> list[Piece]:
    """Return the pieces of a music dir sorted by recording id.

    Raises:
        DataError: A file is missing or unsorted, the three differ in their recordings, a duration is not
            positive, an audio file is missing, or singing.scp names a recording that is none.
    """
    directory = Path(directory)
    paths = read_table(directory / "wav.scp")
    durations = read_table(directory / "reco2dur")
    genres = read_table(directory / "reco2genre")
    check_same_keys(directory, "recording", "wav.scp", paths, "reco2dur", durations)
    check_same_keys(directory, "recording", "wav.scp", paths, "reco2genre", genres)
    sung = read_table(directory / SINGING) if (directory / SINGING).is_file() else {}
    for number, (key, path) in enumerate(sung.items(), 1):
        if key not in paths:
            what = f"{key} is no recording of wav.scp"
            raise DataError(what, where=f"{directory / SINGING}:{number}", mend="remove the line")
        check_path(f"{directory / SINGING}:{number}", key, path, allow_commands=False)
    pieces = []
    for number, (key, path) in enumerate(paths.items(), 1):  # the same line in all three
        check_name(key, "recording id", where=f"{directory / 'wav.scp'}:{number}")
        check_name(genres[key], "genre", where=f"{directory / 'reco2genre'}:{number}")
        check_path(f"{directory / 'wav.scp'}:{number}", key, path, allow_commands=False)
        seconds = check_duration(f"{directory / 'reco2dur'}:{number}", key, durations[key])
        singing = Path(sung[key]) if key in sung else None
        pieces.append(Piece(key, Path(path), seconds, genres[key], singing))
    return pieces
