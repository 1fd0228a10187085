"""What two sets share that they must not: ids, speakers, titles, audio."""

import heapq
import re
from array import array
from collections.abc import Iterator, Mapping
from itertools import combinations, groupby
from pathlib import Path

import numpy as np

from musasr.inspection.faults import MAX_EXAMPLES, Tally
from musasr.kaldi import iter_table

UNREADABLE = 0  # stands for the content of a file that has none
_HASH = re.compile(r"-[0-9a-f]{8}$")


def find_shared_ids(corpus: str, directories: Mapping[str, Path], tally: Tally) -> None:
    """Count ids of utterances, or of pieces, that are in two sets."""
    kind = "id leak" if corpus == "speech" else "title leak"
    streams = (_keys(name, path / "wav.scp") for name, path in directories.items())
    for key, group in groupby(heapq.merge(*streams), key=lambda entry: entry[0]):
        names = [name for _, name in group]
        if len(names) > 1:
            tally.add(corpus, pair(*sorted(names, key=list(directories).index)[:2]), kind, [key])


def find_shared_speakers(speakers: Mapping[str, set[str]], tally: Tally) -> None:
    """Count speakers that are in two sets; of train and test it is worse."""
    for first, second in combinations(speakers, 2):
        shared = sorted(speakers[first] & speakers[second])
        kind = "speaker leak" if {first, second} == {"train", "test"} else "shared speaker"
        if shared:
            tally.add("speech", pair(first, second), kind, shared, count=len(shared))


def find_shared_names(directories: Mapping[str, Path], tally: Tally) -> None:
    """Count titles that are called alike in two sets and differ in content."""
    names = {
        name: {title_name(key): key for key, _ in _keys(name, path / "wav.scp")}
        for name, path in directories.items()
    }
    for first, second in combinations(names, 2):
        alike = sorted(names[first].keys() & names[second].keys())
        alike = [one for one in alike if names[first][one] != names[second][one]]
        if alike:
            tally.add("music", pair(first, second), "shared name", alike, count=len(alike))


def title_name(recording_id: str) -> str:
    """What a title is called, without what its content added to its id."""
    return _HASH.sub("", recording_id).casefold()


def find_shared_contents(
    corpus: str, directories: Mapping[str, Path], contents: Mapping[str, array], tally: Tally
) -> None:
    """Count equal audio: of two sets, and within one.

    Args:
        corpus: "speech" or "music".
        directories: The sets' dirs.
        contents: Each set's hashes in the order of its wav.scp.
        tally: Gets what is found.
    """
    hashes = {name: np.array(values, dtype=np.uint64) for name, values in contents.items()}
    for name, values in hashes.items():
        _, first = np.unique(values, return_index=True)
        is_copy = np.ones(len(values), dtype=bool)
        is_copy[first] = False
        _count(corpus, name, "repeated", is_copy & (values != UNREADABLE), directories[name], tally)
    for first, second in combinations(hashes, 2):
        is_shared = np.isin(hashes[second], hashes[first]) & (hashes[second] != UNREADABLE)
        _count(corpus, pair(first, second), "content leak", is_shared, directories[second], tally)


def pair(first: str, second: str) -> str:
    """Two sets as a finding names them."""
    return f"{first}, {second}"


def _count(corpus: str, set_name: str, kind: str, chosen: np.ndarray, directory: Path, tally: Tally) -> None:
    places = set(np.flatnonzero(chosen)[:MAX_EXAMPLES].tolist())
    if places:
        keys = (key for number, (key, _) in enumerate(iter_table(directory / "wav.scp")) if number in places)
        tally.add(corpus, set_name, kind, keys, count=int(chosen.sum()))


def _keys(name: str, table: Path) -> Iterator[tuple[str, str]]:
    for key, _ in iter_table(table):
        yield key, name
