"""The sets of embedded music: which compositions each holds, and the list of titles made from them."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import chain, count, zip_longest
from pathlib import Path
from zlib import crc32

import numpy as np
import yaml

from musasr.corpora.embedded.music.scores import Source, corpus_folder

CATALOGUE = Path(__file__).with_name("catalogue.yaml")


@dataclass(frozen=True)
class Title:
    """One recording to be made: a composition, how it is to sound, and for how long (seconds)."""

    recording_id: str
    set_name: str
    genre: str
    source: Source
    style: str
    duration: float


@functools.cache
def families(genre: str, set_name: str) -> tuple[tuple[tuple[Source, ...], tuple[str, ...]], ...]:
    """(sources, styles) of each family of pieces in a set; empty if the genre has no such set."""
    sets = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))[genre]
    listed = sets.get(set_name, [])
    held_out = {source for family in chain(*sets.values()) if "names" in family for source in _named(family)}
    return tuple(
        (_named(family) if "names" in family else _matching(family, held_out), tuple(family["styles"]))
        for family in listed
    )


def _named(family: dict) -> tuple[Source, ...]:
    paths = [(Path(family["folder"]) / f"{name}{family['suffix']}").as_posix() for name in family["names"]]
    return tuple(Source(path, number) for path in paths for number in family.get("numbers", [None]))


def _matching(family: dict, held_out: set[Source]) -> tuple[Source, ...]:
    folder = corpus_folder() / family["folder"]
    found = (
        Source(path.relative_to(corpus_folder()).as_posix())
        for path in folder.glob(family["pattern"])
        if not any(fnmatch(path.name, pattern) for pattern in family.get("without", []))
    )
    return tuple(sorted(source for source in found if source not in held_out | _other_genres()))


@functools.cache
def _other_genres() -> frozenset[Source]:
    """What the genres outside training hold."""
    sets = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    listed = chain(*(chain(*held.values()) for genre, held in sets.items() if genre != "anime"))
    return frozenset(source for family in listed for source in _named(family))


def titles(
    genre: str,
    set_name: str,
    *,
    hours: float,
    piece_seconds: Sequence[float],
    seed: int,
    without: frozenset[Source],
) -> list[Title]:
    """As many titles as the hours ask for; each composition comes once before any comes again.

    Args:
        genre: One of the catalogue's.
        set_name: train, dev or test.
        hours: Sum of the titles' durations.
        piece_seconds: Shortest and longest title; all are scaled a little so that their sum is right.
        seed: Source of the order, the durations and the styles.
        without: Compositions that could not be used.
    """
    generator = np.random.default_rng([seed, crc32(f"{genre}/{set_name}".encode())])
    number = max(1, round(hours * 3600 / np.mean(piece_seconds)))
    durations = generator.uniform(*piece_seconds, size=number)
    durations *= hours * 3600 / durations.sum()
    drawn = _endless(genre, set_name, generator, without)
    return [
        Title(
            f"{genre}-{set_name}-{i:05d}-{source.name}-{style.replace(' ', '')}",
            set_name,
            genre,
            source,
            style,
            float(duration),
        )
        for i, (duration, (source, style)) in enumerate(zip(durations, drawn, strict=False))
    ]


def _endless(
    genre: str, set_name: str, generator: np.random.Generator, without: frozenset[Source]
) -> Iterator[tuple[Source, str]]:
    """(source, style) in a drawn order, families taking turns, again and again in other styles."""
    shuffled = []
    for sources, styles in families(genre, set_name):
        usable = [source for source in sources if source not in without]
        order = generator.permutation(len(usable))
        shuffled.append([(usable[i], styles, int(generator.integers(len(styles)))) for i in order])
    turns = [item for item in chain(*zip_longest(*shuffled)) if item is not None]
    for round_number in count() if turns else ():
        for source, styles, first in turns:
            yield source, styles[(first + round_number) % len(styles)]
