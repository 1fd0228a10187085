"""The rules of a Kaldi data dir, each with its complaint."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from musasr.errors import DataError
from musasr.kaldi.tables import invert, read_table

FORBIDDEN_WORDS = frozenset({"<s>", "</s>", "#0"})
_SPACES = "\t\u3000"  # str.isprintable() knows the ASCII space alone
Table = Mapping[str, str]


@dataclass(frozen=True)
class DataDirCounts:
    """What a valid data dir holds."""

    num_utterances: int
    num_speakers: int
    num_recordings: int


def validate(directory: str | Path, *, need_text: bool = True, allow_commands: bool = False) -> DataDirCounts:
    """Check wav.scp, segments, text, utt2spk and spk2utt against Kaldi's rules and return what the dir holds.

    Args:
        directory: The data dir.
        need_text: Whether `text` must be there.
        allow_commands: Whether wav.scp may hold `command |`.

    Raises:
        DataError: The first fault, in one line that names file:line and the mend.
    """
    directory = Path(directory)
    _check_is_there(directory, need_text)
    paths, speakers = read_table(directory / "wav.scp"), read_table(directory / "utt2spk")
    check_wav_scp(directory, paths, allow_commands=allow_commands)
    _check_speakers(directory, speakers)
    if (directory / "segments").exists():
        segments = read_table(directory / "segments")
        _check_segments(directory, segments, paths)
        check_same_keys(directory, "utterance", "utt2spk", speakers, "segments", segments)
    else:
        check_same_keys(directory, "utterance", "utt2spk", speakers, "wav.scp", paths)
    if (directory / "text").exists():
        texts = read_table(directory / "text")
        _check_texts(directory, texts)
        check_same_keys(directory, "utterance", "utt2spk", speakers, "text", texts)
    if (directory / "utt2num_samples").exists():
        _check_counts(directory, speakers)
    return DataDirCounts(len(speakers), len(set(speakers.values())), len(paths))


def check_wav_scp(directory: Path, paths: Table, *, allow_commands: bool) -> None:
    """Raise DataError unless each entry names a file that exists (or a command, where those are allowed)."""
    for number, (key, path) in enumerate(paths.items(), 1):
        where = f"{directory / 'wav.scp'}:{number}"
        if path.endswith("|"):
            if not allow_commands:
                mend = "run the command once, keep its output as a file, and name that"
                raise DataError(f"{key} is a command, which is not run: {path}", where=where, mend=mend)
        elif path.startswith("~"):
            raise DataError(f"{key} has a path that begins with ~", where=where, mend="write the whole path")
        elif not Path(path).is_file():
            mend = "mend the path (relative paths count from the current directory)"
            raise DataError(f"{key} names a file that does not exist: {path}", where=where, mend=mend)


def check_same_keys(
    directory: Path, kind: str, name: str, table: Table, other_name: str, other: Table
) -> None:
    """Raise DataError at the first key that only one of two tables has."""
    for first_name, first, second_name, second in (
        (name, table, other_name, other),
        (other_name, other, name, table),
    ):
        missing = [(number, key) for number, key in enumerate(first, 1) if key not in second]
        if missing:
            number, key = missing[0]
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            mend = f"add it to {second_name} or remove it from {first_name}"
            where = f"{directory / first_name}:{number}"
            raise DataError(f"{kind} {key} is not in {second_name}{more}", where=where, mend=mend)


def check_durations(directory: Path, durations: Table) -> None:
    """Raise DataError unless each value of reco2dur is a positive number of seconds."""
    for number, (key, value) in enumerate(durations.items(), 1):
        seconds = _number(value)
        if seconds is None or seconds <= 0:
            where = f"{directory / 'reco2dur'}:{number}"
            raise DataError(f"{key} lasts {value!r} seconds", where=where, mend="give a positive number")


def _check_is_there(directory: Path, need_text: bool) -> None:
    if not directory.is_dir():
        raise DataError("no such data dir", where=directory, mend="mend the path")
    for name in ("wav.scp", "utt2spk", "spk2utt", *(("text",) if need_text else ())):
        if not (directory / name).is_file():
            raise DataError(f"the data dir has no {name}", where=directory, mend=f"add {name}")


def _check_speakers(directory: Path, speakers: Table) -> None:
    previous = ""
    for number, (key, speaker) in enumerate(speakers.items(), 1):
        where = f"{directory / 'utt2spk'}:{number}"
        if len(speaker.split()) != 1:
            raise DataError(
                f"{key} has {len(speaker.split())} speakers", where=where, mend="name exactly one"
            )
        if speaker < previous:
            what = f"speaker {speaker} stands after {previous}: unsorted by speaker"
            raise DataError(what, where=where, mend="begin each utterance id with its speaker id, then sort")
        previous = speaker
    expected, given = invert(speakers), read_table(directory / "spk2utt")
    check_same_keys(directory, "speaker", "spk2utt", given, "utt2spk's speakers", expected)
    for number, (speaker, ids) in enumerate(given.items(), 1):
        if ids.split() != expected[speaker].split():
            where = f"{directory / 'spk2utt'}:{number}"
            what = f"the utterances of {speaker} are not those of utt2spk"
            raise DataError(what, where=where, mend="make spk2utt again as the inverse of utt2spk")


def _check_segments(directory: Path, segments: Table, paths: Table) -> None:
    lengths = directory / "reco2dur"
    durations = read_table(lengths) if lengths.exists() else {}
    check_durations(directory, durations)
    used: dict[str, str] = {}
    for number, (key, value) in enumerate(segments.items(), 1):
        where = f"{directory / 'segments'}:{number}"
        fields = value.split()
        times = [_number(field) for field in fields[1:]]
        if len(fields) != 3 or None in times:
            mend = "write <utterance> <recording> <start> <end>"
            raise DataError(f"{key} has {value!r} for recording, start and end", where=where, mend=mend)
        recording, (start, end) = fields[0], times
        if start < 0 or end <= start:
            raise DataError(
                f"{key} ends at {end:g} s, starts at {start:g} s", where=where, mend="mend the times"
            )
        if recording not in paths:
            raise DataError(f"recording {recording} is not in wav.scp", where=where, mend="add it to wav.scp")
        if recording in durations and end > float(durations[recording]):
            what = f"{key} ends at {end:g} s, but {recording} lasts {float(durations[recording]):g} s"
            raise DataError(what, where=where, mend="mend the end of the segment")
        used[recording] = key
    check_same_keys(directory, "recording", "wav.scp", paths, "segments", used)


def _check_texts(directory: Path, texts: Table) -> None:
    for number, (key, text) in enumerate(texts.items(), 1):
        where = f"{directory / 'text'}:{number}"
        words = text.split()
        forbidden = sorted(FORBIDDEN_WORDS.intersection(words))
        if not words:
            raise DataError(f"{key} has no words", where=where, mend="write them or remove it everywhere")
        if forbidden:
            raise DataError(
                f"{key} holds the reserved word {forbidden[0]}", where=where, mend="remove the word"
            )
        unprintable = [
            character for character in text if not character.isprintable() and character not in _SPACES
        ]
        if unprintable:
            raise DataError(f"{key} holds the unprintable {unprintable[0]!r}", where=where, mend="remove it")


def _check_counts(directory: Path, speakers: Table) -> None:
    counts = read_table(directory / "utt2num_samples")
    check_same_keys(directory, "utterance", "utt2spk", speakers, "utt2num_samples", counts)
    for number, (key, count) in enumerate(counts.items(), 1):
        if not (count.isascii() and count.isdigit() and int(count) > 0):
            where = f"{directory / 'utt2num_samples'}:{number}"
            raise DataError(f"{key} has {count!r} samples", where=where, mend="give a positive whole number")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
