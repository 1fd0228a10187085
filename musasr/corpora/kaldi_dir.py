"""A user's own speech: three Kaldi data dirs, with or without segments, made uniform."""

import heapq
import logging
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from musasr import kaldi, text
from musasr.corpora import cutting
from musasr.corpora.contract import Skipped
from musasr.errors import DataError
from musasr.kaldi import Utterance
from musasr.parallel import WHOLE, JobPart

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
    part: JobPart = WHOLE,
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
        part: What this job does of it: a part only cuts.

    Raises:
        DataError: A dir breaks a rule of `kaldi.validate`, two sets share an utterance id, a text is empty
            once normalised, or audio is missing, broken, empty, silent or not at the rate that was said.
    """
    output = Path(output)
    sources = {"train": Path(train), "dev": Path(dev), "test": Path(test)}
    sets = {}
    for name, source in sources.items():
        if source.resolve() == (output / name).resolve():
            raise DataError("the source is also the output", where=source, mend="choose another directory")
        sets[name] = DataDir(source)
    _check_disjoint(sets)
    for name, data_dir in sets.items():
        cutting.write_set(
            output / name,
            data_dir,
            num_jobs=num_jobs,
            sampling_rate=sampling_rate,
            source_rate=source_sampling_rate,
            part=part,
        )
    return []


class DataDir:
    """A source whose every line is right: its utterances, read anew each time, and its speakers."""

    def __init__(self, path: Path):
        """Read it once.

        Raises:
            DataError: It breaks a rule of `kaldi.validate`, or an utterance cannot be used.
        """
        self.path, self.speakers, self._count = path, set(), 0
        for utterance in kaldi.iter_utterances(path):
            self._count += 1
            self._check(utterance)
            self.speakers.add(utterance.speaker_id)

    def __len__(self) -> int:
        """How many utterances it has."""
        return self._count

    def __iter__(self) -> Iterator[Utterance]:
        """Its utterances in the order of their ids."""
        return kaldi.iter_utterances(self.path)

    def ids(self) -> Iterator[str]:
        """The ids in their order."""
        return (key for key, _ in kaldi.iter_table(self.path / "utt2spk"))

    def _check(self, utterance: Utterance) -> None:
        if not text.normalise(utterance.text):
            where = f"{self.path / 'text'}:{self._count}"
            what = f"{utterance.utterance_id} has no visible character"
            raise DataError(what, where=where, mend="write its words or remove it everywhere")
        if "/" in utterance.utterance_id:
            what = f"utterance id {utterance.utterance_id} holds a slash"
            raise DataError(what, where=self.path, mend="rename it: the id names a file")


def _check_disjoint(sets: Mapping[str, DataDir]) -> None:
    for name, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
        ids = heapq.merge(sets[name].ids(), sets[other].ids())
        shared = [key for key, following in pairwise(ids) if key == following]
        if shared:
            what = f"{len(shared)} utterance ids of {name} are in {other} too (first: {shared[0]})"
            raise DataError(what, where=sets[other].path, mend="make the sets disjoint")
    shared = sets["train"].speakers & sets["test"].speakers
    if shared:
        count = f"{len(shared)} of {len(sets['test'].speakers)}"
        _log.warning("%s: %s test speakers are in train too: WER will flatter", sets["test"].path, count)
