"""A user's own speech: three Kaldi data dirs, with or without segments, made uniform."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from musasr import audio, kaldi, text
from musasr.corpora.inventory import Skipped
from musasr.errors import DataError
from musasr.kaldi import Utterance

_log = logging.getLogger(__name__)


def prepare(
    output: str | Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    train: str | Path,
    dev: str | Path,
    test: str | Path,
    source_sampling_rate: int | None = None,
) -> list[Skipped]:
    """Write output/{train,dev,test}/: data dirs of one mono 16-bit wav an utterance; return an empty list.

    Every utterance of the three dirs is kept: what cannot be used is an error, never left out. Files that an
    earlier run cut from the same source are kept too.

    Args:
        output: Where the three data dirs go.
        sampling_rate: Rate of the wavs, Hz; what differs is resampled.
        seed: Not used, since nothing is drawn.
        num_jobs: How many processes cut audio; the files do not depend on it.
        train: The user's data dir of the training set.
        dev: That of the development set.
        test: That of the test set.
        source_sampling_rate: The rate, Hz, that every source file is said to have; None accepts any.

    Raises:
        DataError: A dir breaks a rule of `kaldi.validate`, two sets share an utterance id, a text is empty
            once normalised, or audio is missing, broken, empty, silent or not at the rate that was said.
    """
    output = Path(output)
    sources = {"train": Path(train), "dev": Path(dev), "test": Path(test)}
    sets = {name: kaldi.read_utterances(source) for name, source in sources.items()}
    for name, source in sources.items():
        if source.resolve() == (output / name).resolve():
            raise DataError("the source is also the output", where=source, mend="choose another directory")
        _check_texts(source, sets[name])
    _check_disjoint(sources, sets)
    with _workers(num_jobs) as run:
        for name, utterances in sets.items():
            _prepare_set(output / name, utterances, run, sampling_rate, source_sampling_rate)
    return []


def _check_texts(source: Path, utterances: Iterable[Utterance]) -> None:
    for number, utterance in enumerate(utterances, 1):
        if not text.normalise(utterance.text):
            where = f"{source / 'text'}:{number}"
            what = f"{utterance.utterance_id} has no visible character"
            raise DataError(what, where=where, mend="write its words or remove it everywhere")
        if "/" in utterance.utterance_id:
            what = f"utterance id {utterance.utterance_id} holds a slash"
            raise DataError(what, where=source, mend="rename it: the id names a file")


def _check_disjoint(sources: Mapping[str, Path], sets: Mapping[str, list[Utterance]]) -> None:
    ids = {name: {utterance.utterance_id for utterance in utterances} for name, utterances in sets.items()}
    speakers = {name: {utterance.speaker_id for utterance in utterances} for name, utterances in sets.items()}
    for name, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
        shared = sorted(ids[name] & ids[other])
        if shared:
            what = f"{len(shared)} utterance ids of {name} are in {other} too (first: {shared[0]})"
            raise DataError(what, where=sources[other], mend="make the sets disjoint")
    shared = speakers["train"] & speakers["test"]
    if shared:
        count = f"{len(shared)} of {len(speakers['test'])}"
        _log.warning("%s: %s test speakers are in train too: WER will flatter", sources["test"], count)


def _prepare_set(
    directory: Path, utterances: list[Utterance], run: Callable, sampling_rate: int, source_rate: int | None
) -> None:
    _forget_stale(directory, utterances, sampling_rate)
    recordings: dict[Path, list[Utterance]] = {}
    for utterance in utterances:
        recordings.setdefault(utterance.path, []).append(utterance)
    counts: dict[str, int] = {}
    with tqdm(total=len(utterances), desc=directory.name, unit="utt", disable=None) as progress:
        wav = directory / "wav"
        cut = partial(_cut_recording, directory=wav, sampling_rate=sampling_rate, source_rate=source_rate)
        for part in run(cut, recordings.values()):
            counts.update(part)
            progress.update(len(part))
    kaldi.write_speech_dir(directory, (_normalised(item, directory, counts) for item in utterances))


def _normalised(item: Utterance, directory: Path, counts: Mapping[str, int]) -> Utterance:
    path = directory / "wav" / f"{item.utterance_id}.wav"
    words = text.normalise(item.text)
    return Utterance(item.utterance_id, item.speaker_id, words, path, counts[item.utterance_id])


def _forget_stale(directory: Path, utterances: Iterable[Utterance], sampling_rate: int) -> None:
    """Remove wavs cut from something else than they would be now, and note what the rest is cut from."""
    cuts = {}
    for item in utterances:
        source = item.path.stat()
        span = f"{item.start!r} {item.duration!r} {sampling_rate}"
        cuts[item.utterance_id] = f"{span} {source.st_mtime_ns} {source.st_size} {item.path.absolute()}"
    known = kaldi.read_table(directory / "cuts") if (directory / "cuts").exists() else {}
    for wav in (directory / "wav").glob("*.wav"):
        if wav.stem not in cuts or known.get(wav.stem) != cuts[wav.stem]:
            wav.unlink()
    kaldi.write_table(directory / "cuts", cuts)


@contextmanager
def _workers(num_jobs: int) -> Iterator[Callable]:
    """Yield a `map` that runs in num_jobs processes, or in this one."""
    if num_jobs <= 1:
        yield map
        return
    # spawn: the parent may hold threads (torch, tqdm), which a fork would copy in any state.
    pool = ProcessPoolExecutor(num_jobs, mp_context=get_context("spawn"))
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)


def _cut_recording(
    recording: list[Utterance], directory: Path, sampling_rate: int, source_rate: int | None
) -> dict[str, int]:
    """Write the wavs of a recording's utterances that are not there yet; return num_samples of each."""
    path = recording[0].path
    if source_rate is not None and (rate := audio.info(path).sampling_rate) != source_rate:
        mend = "mend source_sampling_rate or the file"
        raise DataError(f"the rate is {rate} Hz, not {source_rate} Hz as was said", where=path, mend=mend)
    wavs = {item.utterance_id: directory / f"{item.utterance_id}.wav" for item in recording}
    missing = [item for item in recording if not wavs[item.utterance_id].exists()]
    spans = [(item.start, item.duration) for item in missing]
    for item, samples in zip(missing, audio.read_cuts(path, spans, sampling_rate=sampling_rate), strict=True):
        peak = np.abs(samples).max()
        if peak == 0:
            what = f"utterance {item.utterance_id} is silent (every sample is 0)"
            raise DataError(what, where=path, mend="remove it everywhere or mend the audio")
        # Resampling overshoots where the source touches full scale; the level carries no meaning here.
        audio.write(wavs[item.utterance_id], samples / max(1.0, peak), sampling_rate)
    return {key: audio.info(wav).num_samples for key, wav in wavs.items()}
