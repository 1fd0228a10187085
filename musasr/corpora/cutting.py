"""Utterances cut out of their recordings: data dirs of one mono 16-bit wav an utterance."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, groupby, zip_longest
from os import stat_result
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from musasr import audio, kaldi, text
from musasr.corpora.contract import Skipped
from musasr.corpora.files import is_whole_wav
from musasr.corpora.room import check_room_for_wavs, seconds_of
from musasr.errors import DataError, StateError
from musasr.kaldi import Utterance
from musasr.names import check_name
from musasr.parallel import WHOLE, JobPart, map_in_order

if TYPE_CHECKING:
    from tqdm import tqdm

NO_CUT = ("", "")


class Corpus(Protocol):
    """Utterances that can be counted, and gone through more than once."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Utterance]: ...


def write_set(
    directory: Path,
    utterances: Corpus,
    *,
    num_jobs: int,
    sampling_rate: int,
    source_rate: int | None = None,
    skip_unusable: bool = False,
    part: JobPart = WHOLE,
) -> list[Skipped]:
    """Cut every utterance into `directory`/wav, write the data dir, and return what could not be used.

    Wavs that an earlier run cut from the same source are kept. Texts are normalised. A part cuts its share of
    the recordings, and leaves it to the whole to tell what could not be used and to write the data dir.

    Args:
        directory: The data dir.
        utterances: `path`, `start` and `duration` say where each lies; ids are unique. A sequence in any
            order, or something that yields them in the order of ids: it is not held in memory.
        num_jobs: How many processes cut; the files do not depend on it.
        sampling_rate: Rate of the wavs, Hz.
        source_rate: The rate, Hz, that every source is said to have; None accepts any.
        skip_unusable: Whether an utterance with unusable audio is left out; otherwise it is an error.
        part: What this job does of it.

    Raises:
        DataError: Audio is missing, broken, silent or not at the rate that was said, or none can be used.
        StateError: A part is run before part 0 was, or there is no room for the wavs that are not there.
    """
    from tqdm import tqdm

    if isinstance(utterances, Sequence):
        utterances = sorted(utterances, key=lambda item: item.utterance_id)
    make_ready = _forget_stale if part.makes_ready else _check_ready
    make_ready(directory, utterances, sampling_rate)
    if part.makes_ready:
        _check_room(directory, utterances, sampling_rate)
    cut = partial(
        _cut_recording,
        directory=directory,
        sampling_rate=sampling_rate,
        source_rate=source_rate,
        skip_unusable=skip_unusable,
    )
    skipped: list[Skipped] = []
    recordings = (list(group) for _, group in groupby(utterances, key=lambda item: item.path))
    parts = map_in_order(cut, part.of(recordings), num_jobs=num_jobs)
    if not part.is_whole:
        deque(parts, maxlen=0)
        return []
    with tqdm(total=len(utterances), desc=directory.name, unit="utt", disable=None) as progress:
        finished = _finished(parts, skipped, progress)
        first = next(finished, None)
        if first is None:
            reason = skipped[0].reason if skipped else "there are no utterances"
            raise DataError("no usable utterance", where=directory, mend=f"mend the corpus ({reason})")
        kaldi.write_speech_dir(directory, chain([first], finished), is_sorted=True)
    return skipped


def _finished(
    parts: Iterable[tuple[list[Utterance], list[Skipped]]], skipped: list[Skipped], progress: "tqdm"
) -> Iterator[Utterance]:
    """Yield the utterances that were cut, and note the others."""
    for done, left_out in parts:
        skipped += left_out
        progress.update(len(done) + len(left_out))
        yield from done


def _forget_stale(directory: Path, utterances: Corpus, sampling_rate: int) -> None:
    """Remove wavs cut from something else than they would be now, and note what the rest is cut from."""
    look_up = lru_cache(maxsize=1)(Path.stat)  # a recording has many utterances, one after the other
    path = directory / "cuts"
    known = _known_cuts(path)
    known_id, known_cut = next(known, NO_CUT)
    with kaldi.table_writer(path) as write:
        for item in utterances:
            while known_id and known_id < item.utterance_id:
                _wav(directory, known_id).unlink(missing_ok=True)
                known_id, known_cut = next(known, NO_CUT)
            cut = _describe(item, look_up(item.path), sampling_rate)
            if (known_id, known_cut) != (item.utterance_id, cut):
                _wav(directory, item.utterance_id).unlink(missing_ok=True)
            if known_id == item.utterance_id:
                known_id, known_cut = next(known, NO_CUT)
            write(item.utterance_id, cut)
        for gone in (known_id, *(key for key, _ in known)):
            if gone:
                _wav(directory, gone).unlink(missing_ok=True)


def _check_room(directory: Path, utterances: Corpus, sampling_rate: int) -> None:
    seconds, num_missing = 0.0, 0
    for item in utterances:
        if not _wav(directory, item.utterance_id).is_file():
            num_missing += 1
            seconds += seconds_of(item.path) - item.start if item.duration is None else item.duration
    what = f"the wavs of {num_missing} utterances"
    check_room_for_wavs(directory, seconds, what, sampling_rate=sampling_rate)


def _known_cuts(path: Path) -> Iterator[tuple[str, str]]:
    """What the wavs that are there were cut from.

    Raises:
        StateError: The table is broken.
    """
    try:
        yield from kaldi.iter_table(path) if path.exists() else ()
    except DataError as error:
        mend = "remove that file: everything is cut again"
        raise StateError(error.what, where=error.where, mend=mend) from error


def _check_ready(directory: Path, utterances: Corpus, sampling_rate: int) -> None:
    """Raise StateError unless part 0 has noted what every wav is cut from, and nothing changed since."""
    look_up = lru_cache(maxsize=1)(Path.stat)
    path = directory / "cuts"
    noted = kaldi.iter_table(path) if path.exists() else iter(())
    wanted = ((item.utterance_id, _describe(item, look_up(item.path), sampling_rate)) for item in utterances)
    if any(one != other for one, other in zip_longest(noted, wanted)):
        raise StateError("was not made ready for this part", where=directory, mend="run part 0 before it")


def _describe(item: Utterance, source: stat_result, sampling_rate: int) -> str:
    span = f"{item.start!r} {item.duration!r} {sampling_rate}"
    return f"{span} {source.st_mtime_ns} {source.st_size} {item.path.absolute()}"


def _wav(directory: Path, utterance_id: str) -> Path:
    check_name(utterance_id, "utterance id", where=directory)
    return directory / "wav" / f"{utterance_id}.wav"


def _cut_recording(
    recording: list[Utterance],
    directory: Path,
    sampling_rate: int,
    source_rate: int | None,
    skip_unusable: bool,
) -> tuple[list[Utterance], list[Skipped]]:
    """Write the wavs of a recording's utterances that are not there yet; return those that there are then."""
    path = recording[0].path
    if source_rate is not None and (rate := audio.info(path).sampling_rate) != source_rate:
        mend = "fix source_sampling_rate or the file"
        raise DataError(f"the rate is {rate} Hz, not {source_rate} Hz as was said", where=path, mend=mend)
    wavs = {item.utterance_id: _wav(directory, item.utterance_id) for item in recording}
    missing = [item for item in recording if not is_whole_wav(wavs[item.utterance_id])]
    skipped: list[Skipped] = []
    while missing:
        try:
            _cut(missing, wavs, sampling_rate)
            break
        except DataError as error:
            if not skip_unusable:
                raise
            # What stands before the first absent wav is done; the utterance at fault is the one behind.
            missing = [item for item in missing if not is_whole_wav(wavs[item.utterance_id])]
            skipped.append(Skipped(missing.pop(0).utterance_id, str(error)))
    left_out = {item.name for item in skipped}
    usable = (item for item in recording if item.utterance_id not in left_out)
    return [_cut_out(item, wavs[item.utterance_id]) for item in usable], skipped


def _cut_out(item: Utterance, wav: Path) -> Utterance:
    num_samples = audio.info(wav).num_samples
    return Utterance(item.utterance_id, item.speaker_id, text.normalise(item.text), wav, num_samples)


def _cut(items: Sequence[Utterance], wavs: Mapping[str, Path], sampling_rate: int) -> None:
    path = items[0].path
    spans = [(item.start, item.duration) for item in items]
    for item, samples in zip(items, audio.read_cuts(path, spans, sampling_rate=sampling_rate), strict=True):
        peak = np.abs(samples).max()
        if audio.is_silent(samples):
            what = f"utterance {item.utterance_id} is silent (its peak is {peak:.2g}, its channels averaged)"
            raise DataError(what, where=path, mend="remove it everywhere or mend the audio")
        # Resampling overshoots where the source touches full scale; the level carries no meaning here.
        audio.write(wavs[item.utterance_id], samples / max(1.0, peak), sampling_rate)
