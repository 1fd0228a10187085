"""Each table of a data dir, read line by line and checked on the way: a corpus may be large."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from musasr.errors import DataError
from musasr.kaldi.tables import iter_table
from musasr.names import check_name

FORBIDDEN_WORDS = frozenset({"<s>", "</s>", "#0"})
# Parts of Persian and Hindi words, of directions and of emoji (the last are a flag's letters).
_JOINERS = "\u200c\u200d\u200e\u200f" + "".join(map(chr, range(0xE0020, 0xE0080)))
_SPACES = "\t\u3000"  # str.isprintable() knows the ASCII space alone
Table = Mapping[str, str]


class Cut(NamedTuple):
    """Where an utterance's audio is; `end` is None where it is the whole file."""

    recording_id: str
    path: str
    start: float
    end: float | None


def speakers(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield (utterance, speaker) of utt2spk, of which spk2utt must be the inverse where there is one.

    Utterances may be in any order by speaker: Kaldi's scripts want it sorted too, and nothing here does.
    """
    sums: dict[str, int] = {}  # of each speaker's utterances: their ids themselves need not be held
    for number, (key, speaker) in enumerate(iter_table(directory / "utt2spk"), 1):
        check_name(key, "utterance id", where=f"{directory / 'utt2spk'}:{number}")
        if speaker not in sums and len(speaker.split()) != 1:
            what = f"{key} has {len(speaker.split())} speakers"
            raise DataError(what, where=f"{directory / 'utt2spk'}:{number}", mend="name exactly one")
        sums[speaker] = sums.get(speaker, 0) + hash(key)
        yield key, speaker
    if (directory / "spk2utt").exists():
        _check_inverse(directory / "spk2utt", sums)


def _check_inverse(path: Path, sums: Mapping[str, int]) -> None:
    """Raise DataError unless spk2utt has these speakers, each with the utterances of that sum."""
    mend = "remove spk2utt, or make it again from utt2spk"
    given = set()
    for number, (speaker, value) in enumerate(iter_table(path, allow_unsorted=True), 1):
        if speaker not in sums or speaker in given:
            what = "comes twice" if speaker in given else "is not in utt2spk"
            raise DataError(f"speaker {speaker} {what}", where=f"{path}:{number}", mend=mend)
        if sum(map(hash, value.split())) != sums[speaker]:
            what = f"the utterances of {speaker} are not those of utt2spk"
            raise DataError(what, where=f"{path}:{number}", mend=mend)
        given.add(speaker)
    missing = [speaker for speaker in sums if speaker not in given]
    if missing:
        raise DataError(f"speaker {missing[0]} is not in spk2utt", where=path, mend=mend)


def whole_files(directory: Path, allow_commands: bool) -> Iterator[tuple[str, Cut]]:
    """Yield (key, its file) of wav.scp; every file must be there."""
    place = os.fspath(directory / "wav.scp")
    for number, (key, value) in enumerate(iter_table(place), 1):
        check_path(f"{place}:{number}", key, value, allow_commands=allow_commands)
        yield key, Cut(key, value, 0.0, None)


def segments(directory: Path, allow_commands: bool) -> Iterator[tuple[str, Cut]]:
    """Yield (utterance, its cut); every recording of wav.scp must be in use, none may be too short."""
    paths = {key: cut.path for key, cut in whole_files(directory, allow_commands)}
    lengths = directory / "reco2dur"
    durations = dict(_durations(lengths)) if lengths.exists() else {}
    used = set()
    place = os.fspath(directory / "segments")
    for number, (key, value) in enumerate(iter_table(place), 1):
        cut = _cut(f"{place}:{number}", key, value, paths, durations)
        used.add(cut.recording_id)
        yield key, cut
    check_same_keys(directory, "recording", "wav.scp", paths, "segments", dict.fromkeys(sorted(used), ""))


def _cut(where: str, key: str, value: str, paths: Table, durations: Mapping[str, float]) -> Cut:
    recording, *times = value.split() or [""]  # it may be a blank of another kind, such as a vertical tab
    start, end = map(_number, times) if len(times) == 2 else (None, None)
    if start is None or end is None:
        mend = "write <utterance> <recording> <start> <end>"
        raise DataError(f"{key} has {value!r} for recording, start and end", where=where, mend=mend)
    if start < 0 or end <= start:
        raise DataError(f"{key} ends at {end:g} s, starts at {start:g} s", where=where, mend="fix the times")
    if recording not in paths:
        raise DataError(f"recording {recording} is not in wav.scp", where=where, mend="add it to wav.scp")
    if end > durations.get(recording, math.inf):
        what = f"{key} ends at {end:g} s, but {recording} lasts {durations[recording]:g} s"
        raise DataError(what, where=where, mend="fix the end of the segment")
    return Cut(recording, paths[recording], start, end)


def _durations(path: Path) -> Iterator[tuple[str, float]]:
    for number, (key, value) in enumerate(iter_table(path), 1):
        yield key, check_duration(f"{path}:{number}", key, value)


def texts(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield (utterance, words) of text."""
    for number, (key, text) in enumerate(iter_table(directory / "text"), 1):
        words = text.split()
        if not words or not text.isprintable() or not FORBIDDEN_WORDS.isdisjoint(words):
            _check_text(f"{directory / 'text'}:{number}", key, text, words)
        yield key, text


def _check_text(where: str, key: str, text: str, words: Iterable[str]) -> None:
    forbidden = sorted(FORBIDDEN_WORDS.intersection(words))
    if not words:
        raise DataError(f"{key} has no words", where=where, mend="write them or remove it everywhere")
    if forbidden:
        raise DataError(f"{key} holds the reserved word {forbidden[0]}", where=where, mend="remove the word")
    unprintable = [one for one in text if not one.isprintable() and one not in _SPACES + _JOINERS]
    if unprintable:
        raise DataError(f"{key} holds the unprintable {unprintable[0]!r}", where=where, mend="remove it")


def counts(directory: Path) -> Iterator[tuple[str, int]]:
    """Yield (utterance, samples) of utt2num_samples."""
    path = directory / "utt2num_samples"
    for number, (key, count) in enumerate(iter_table(path), 1):
        if not (count.isascii() and count.isdigit() and int(count) > 0):
            mend = "give a positive whole number"
            raise DataError(f"{key} has {count!r} samples", where=f"{path}:{number}", mend=mend)
        yield key, int(count)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def check_path(where: str, key: str, path: str, *, allow_commands: bool) -> None:
    """Raise DataError unless an entry of wav.scp names a file (or a command, where those are allowed)."""
    if path.endswith("|"):
        if not allow_commands:
            mend = "run the command once, keep its output as a file, and name that"
            raise DataError(f"{key} is a command, which is not run: {path}", where=where, mend=mend)
    elif path.startswith("~"):
        raise DataError(f"{key} has a path that begins with ~", where=where, mend="write the whole path")
    elif not os.path.isfile(path):
        mend = "check the path (relative paths count from the current directory)"
        raise DataError(f"{key} names a file that does not exist: {path}", where=where, mend=mend)


def check_duration(where: str, key: str, value: str) -> float:
    """Return a duration of reco2dur in seconds; raise DataError unless it is a positive number."""
    seconds = _number(value)
    if seconds is None or seconds <= 0:
        raise DataError(f"{key} lasts {value!r} seconds", where=where, mend="give a positive number")
    return seconds


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
