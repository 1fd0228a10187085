"""The rules of a Kaldi data dir: its tables hold the same utterances, each as `columns` wants it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from musasr.errors import DataError
from musasr.kaldi import columns
from musasr.kaldi.columns import Cut
from musasr.kaldi.tables import read_table


@dataclass(frozen=True)
class DataDirCounts:
    """What a valid data dir holds."""

    num_utterances: int
    num_speakers: int
    num_recordings: int


class Row(NamedTuple):
    """What the tables of a data dir say of one utterance; None where a table is not there."""

    utterance_id: str
    speaker_id: str
    cut: Cut
    text: str | None
    num_samples: int | None


def validate(directory: str | Path, *, need_text: bool = True, allow_commands: bool = False) -> DataDirCounts:
    """Check wav.scp, segments, text, utt2spk and spk2utt against Kaldi's rules and return what the dir holds.

    Two of its rules have no use here: speakers need not be sorted, and spk2utt need not be there.

    Args:
        directory: The data dir.
        need_text: Whether `text` must be there.
        allow_commands: Whether wav.scp may hold `command |`.

    Raises:
        DataError: The first fault, in one line that names file:line and the mend.
    """
    directory = Path(directory)
    has_segments = (directory / "segments").exists()
    num_utterances, speakers, recordings = 0, set(), set()
    for row in checked_rows(directory, need_text=need_text, allow_commands=allow_commands):
        num_utterances += 1
        speakers.add(row.speaker_id)
        if has_segments:
            recordings.add(row.cut.recording_id)
    return DataDirCounts(num_utterances, len(speakers), len(recordings) if has_segments else num_utterances)


def checked_rows(directory: Path, *, need_text: bool = True, allow_commands: bool = False) -> Iterator[Row]:
    """Yield the utterances sorted by id, without holding them.

    Raises:
        DataError: As `validate`, at the line that breaks a rule: rows before it have been yielded.
    """
    _check_is_there(directory, need_text)
    tables: dict[str, Iterator[tuple[str, Any]]] = {"utt2spk": columns.speakers(directory)}
    if (directory / "segments").exists():
        tables["segments"] = columns.segments(directory, allow_commands)
    else:
        tables["wav.scp"] = columns.whole_files(directory, allow_commands)
    for name, read in (("text", columns.texts), ("utt2num_samples", columns.counts)):
        if (directory / name).exists():
            tables[name] = read(directory)
    place = {name: index for index, name in enumerate(tables)}
    text_at, count_at = place.get("text"), place.get("utt2num_samples")
    for entries in zip_longest(*tables.values(), fillvalue=(None, None)):
        key, speaker = entries[0]
        for other, _ in entries:
            if other != key:
                raise _unlike(directory, list(tables))
        text = None if text_at is None else entries[text_at][1]
        count = None if count_at is None else entries[count_at][1]
        yield Row(key, speaker, entries[1][1], text, count)


def _check_is_there(directory: Path, need_text: bool) -> None:
    if not directory.is_dir():
        raise DataError("no such data dir", where=directory, mend="check the path")
    for name in ("wav.scp", "utt2spk", *(("text",) if need_text else ())):
        if not (directory / name).is_file():
            raise DataError(f"the data dir has no {name}", where=directory, mend=f"add {name}")


def _unlike(directory: Path, names: list[str]) -> DataError:
    """The error of tables that do not hold the same utterances: the first that differs, and how many do."""
    speakers = read_table(directory / "utt2spk")
    for name in names[1:]:
        columns.check_same_keys(
            directory, "utterance", "utt2spk", speakers, name, read_table(directory / name)
        )
    return DataError("a table changed while it was read", where=directory, mend="try again")
