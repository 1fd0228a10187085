"""Speech from anywhere: tables of audio and transcripts, or folders of both, as data dirs."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from musasr.corpora import cutting, splits, transcribed
from musasr.corpora.contract import Skipped
from musasr.corpora.transcribed import Entry
from musasr.errors import ConfigError, DataError
from musasr.kaldi import Utterance
from musasr.parallel import WHOLE, JobPart

_log = logging.getLogger(__name__)


def prepare(
    output: str | Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train: str,
    dev: str | None,
    test: str | None,
    dev_fraction: float,
    test_fraction: float,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Write output/{train,dev,test}/: data dirs of one mono 16-bit wav an utterance.

    A source is a tab-separated table with the columns audio (a path from the table's folder) and text and,
    as needed, speaker, start and end (seconds), id; or a folder with a transcript NAME.txt beside NAME.wav or
    the like, its first sub-folder being the speaker. Without a speaker, a recording counts as one.

    Args:
        output: Where the three data dirs go.
        sampling_rate: Rate of the wavs, Hz.
        seed: Not used: which speakers are held out follows from their names.
        num_jobs: How many processes cut audio; the files do not depend on it.
        train: The source of the training set.
        dev: That of the development set; None holds out speakers of train.
        test: The same for the test set.
        dev_fraction: Part of train's utterances that is held out for a dev of None.
        test_fraction: The same for test.
        part: What this job does of it: a part only cuts.

    Returns:
        Utterances whose audio is missing, broken, empty or silent, and files without a transcript.

    Raises:
        ConfigError: A fraction is not between 0 and 1.
        DataError: A source is wrong, two utterances have one id, or there is no speaker to hold out.
    """
    for name, held_out in (("dev_fraction", dev_fraction), ("test_fraction", test_fraction)):
        if not 0 < held_out < 1:
            raise ConfigError(
                f"{held_out} is not between 0 and 1",
                where=f"speech.{name}",
                mend="give a fraction such as 0.05",
            )
    sets: dict[str, list[Entry]] = {}
    skipped: list[Skipped] = []
    for name, source in (("train", train), ("dev", dev), ("test", test)):
        if source is not None:
            sets[name], left_out = transcribed.read(Path(source).expanduser())
            skipped += left_out
    for name, held_out in (("test", test_fraction), ("dev", dev_fraction)):
        if name not in sets:
            sets["train"], sets[name] = _hold_out(sets["train"], held_out, name, train)
    _check(sets)
    for name, entries in sets.items():
        utterances = [_utterance(entry) for entry in entries]
        directory = Path(output) / name
        skipped += cutting.write_set(
            directory,
            utterances,
            num_jobs=num_jobs,
            sampling_rate=sampling_rate,
            skip_unusable=True,
            part=part,
        )
    return skipped


def _hold_out(
    entries: Sequence[Entry], fraction: float, name: str, source: str
) -> tuple[list[Entry], list[Entry]]:
    """(the rest, held out): whole speakers, in the order of their names' hashes."""
    speakers: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: hashlib.sha256(entry.speaker.encode()).digest()):
        speakers.setdefault(entry.speaker, []).append(entry)
    if len(speakers) < 2:
        mend = f"name speech.{name}, or more speakers in the column speaker"
        raise DataError(f"one speaker cannot serve train and {name}", where=source, mend=mend)
    held = splits.first_groups(speakers, fraction)
    rest = [entry for entry in entries if entry.speaker not in held]
    return rest, [entry for entry in entries if entry.speaker in held]


def _check(sets: Mapping[str, Sequence[Entry]]) -> None:
    """Raise DataError where ids or speakers fall together; warn of speakers of train and test."""
    utterances: dict[str, Entry] = {}
    speakers: dict[str, Entry] = {}
    for entry in (entry for entries in sets.values() for entry in entries):
        other = utterances.setdefault(entry.utterance_id, entry)
        if other is not entry:
            what = f"{entry.utterance_id} is the utterance of {other.where} too"
            raise DataError(what, where=entry.where, mend="give each its own id (column id)")
        other = speakers.setdefault(entry.speaker_id, entry)
        if other.speaker != entry.speaker:
            what = f"speakers {other.speaker!r} and {entry.speaker!r} would have one id"
            raise DataError(what, where=entry.where, mend="rename one of them")
    of_set = {name: {entry.speaker_id for entry in entries} for name, entries in sets.items()}
    if shared := of_set["train"] & of_set["test"]:
        count = f"{len(shared)} of {len(of_set['test'])}"
        _log.warning("%s test speakers are in train too: WER will flatter", count)


def _utterance(entry: Entry) -> Utterance:
    duration = None if entry.end is None else entry.end - entry.start
    return Utterance(
        entry.utterance_id, entry.speaker_id, entry.text, entry.audio, start=entry.start, duration=duration
    )
