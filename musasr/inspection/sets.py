"""The sets of a prepared corpus, item by item: how much there is, and what is wrong with it."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tqdm import tqdm

from musasr.errors import DataError
from musasr.inspection.faults import Tally
from musasr.inspection.items import Examined, Item, Limits, examine
from musasr.inspection.leaks import UNREADABLE
from musasr.kaldi import iter_utterances, read_music_dir
from musasr.parallel import map_in_order

BATCH = 16


@dataclass
class Summary:
    """How much a set holds, or one genre of it; music has no speakers."""

    corpus: str
    set_name: str
    genre: str | None
    count: int = 0
    hours: float = 0.0
    longest_seconds: float = 0.0
    num_speakers: int | None = None

    def add(self, seconds: float) -> None:
        """Count one item."""
        self.count += 1
        self.hours += seconds / 3600
        self.longest_seconds = max(self.longest_seconds, seconds)


@dataclass
class Inspected:
    """A set's summaries, its speakers, and the hashes of its audio in the order of wav.scp."""

    summaries: list[Summary]
    speakers: set[str] = field(default_factory=set)
    contents: array = field(default_factory=lambda: array("Q"))


def inspect_speech(
    set_name: str, directory: Path, limits: Limits, tally: Tally, *, num_jobs: int
) -> Inspected:
    """Read every utterance of a data dir."""
    summary = Summary("speech", set_name, None)
    inspected = Inspected([summary])
    items = _utterances(set_name, directory, inspected.speakers, tally)
    for result in _examine("speech", set_name, items, limits, tally, num_jobs):
        summary.add(result.seconds)
        summary.num_speakers = len(inspected.speakers)
        inspected.contents.append(result.content or UNREADABLE)
    return inspected


def inspect_music(
    set_name: str, directory: Path, limits: Limits, tally: Tally, *, num_jobs: int
) -> Inspected:
    """Read every piece of a music dir."""
    try:
        pieces = read_music_dir(directory)
    except DataError as error:
        tally.add("music", set_name, "invalid", [str(error)])
        return Inspected([])
    summaries = {piece.genre: Summary("music", set_name, piece.genre) for piece in pieces}
    inspected = Inspected(list(summaries.values()))
    items = (
        Item(piece.recording_id, piece.path, round(piece.duration * limits.sampling_rate)) for piece in pieces
    )
    results = _examine("music", set_name, items, limits, tally, num_jobs)
    for piece, result in zip(pieces, results, strict=True):
        summaries[piece.genre].add(result.seconds)
        inspected.contents.append(result.content or UNREADABLE)
    return inspected


def _utterances(set_name: str, directory: Path, speakers: set[str], tally: Tally) -> Iterator[Item]:
    """Yield what the tables say, up to the line that breaks a rule."""
    try:
        for one in iter_utterances(directory):
            speakers.add(one.speaker_id)
            yield Item(one.utterance_id, one.path, one.num_samples, one.text)
    except DataError as error:
        tally.add("speech", set_name, "invalid", [str(error)])


def _examine(
    corpus: str, set_name: str, items: Iterable[Item], limits: Limits, tally: Tally, num_jobs: int
) -> Iterator[Examined]:
    work = partial(examine, limits=limits)
    results = map_in_order(work, items, num_jobs=num_jobs, batch=BATCH)
    for result in tqdm(results, desc=f"check {corpus} {set_name}", unit="file", disable=None):
        for kind, example in result.faults:
            tally.add(corpus, set_name, kind, [example])
        yield result
