"""Which title serves train, which dev, which test: no content and no album on two sides."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from musasr import kaldi
from musasr.corpora.contract import SETS, Skipped
from musasr.corpora.titles import MUSIC, Kind, Recording
from musasr.errors import DataError

LICENCES = "reco2licence"


def without_repeats(recordings: Sequence[Recording]) -> tuple[list[Recording], list[Skipped]]:
    """The recordings whose samples no earlier one has, whatever the names and tags, and the others."""
    first: dict[str, Recording] = {}
    repeated = []
    for recording in recordings:
        other = first.setdefault(recording.content, recording)
        if other is not recording:
            path = os.fspath(recording.title.path)
            repeated.append(Skipped(path, f"same content as {other.title.path}"))
    return list(first.values()), repeated


def check(sets: Mapping[str, Sequence[Recording]], *, kind: Kind = MUSIC) -> None:
    """Raise DataError if a content or an album (of voices: a folder) is in two sets."""
    contents: dict[str, tuple[str, Recording]] = {}
    albums: dict[str, tuple[str, Recording]] = {}
    for name, recordings in sets.items():
        for recording in recordings:
            other_name, other = contents.setdefault(recording.content, (name, recording))
            if other_name != name:
                what = f"the same content as {other.title.path} of {other_name}"
                raise DataError(what, where=f"{recording.title.path} of {name}", mend="keep it on one side")
            other_name, other = albums.setdefault(recording.album, (name, recording))
            if other_name != name:
                what = f"the same {kind.group} ({recording.album}) as {other.title.path} of {other_name}"
                raise DataError(what, where=f"{recording.title.path} of {name}", mend="keep it on one side")


def hold_out(
    recordings: Sequence[Recording], fraction: float, *, where: object, mend: str, kind: Kind = MUSIC
) -> tuple[list[Recording], list[Recording]]:
    """(the rest, held out): whole albums, those with the smallest hashes, whatever the names and the order.

    About `fraction` of the titles is held out, and at least the smallest album.

    Raises:
        DataError: There is one album only.
    """
    albums: dict[str, list[Recording]] = {}
    for recording in sorted(recordings, key=lambda one: one.origin):
        albums.setdefault(recording.album, []).append(recording)
    if len(albums) < 2:
        what = f"one {kind.piece}" if len(recordings) == 1 else f"{kind.piece}s of one {kind.group}"
        raise DataError(f"{what} cannot serve train and dev", where=where, mend=mend)
    held = first_groups(albums, fraction)
    rest = [recording for recording in recordings if recording.album not in held]
    return rest, [recording for recording in recordings if recording.album in held]


def first_groups(groups: Mapping[str, Collection], fraction: float) -> set[str]:
    """The groups, from the first on, that hold at most `fraction` of all, or what the smallest does."""
    sizes = {name: len(members) for name, members in groups.items()}
    room = max(round(fraction * sum(sizes.values())), min(sizes.values()))
    chosen = set()
    for name, size in sizes.items():
        if size <= room:
            room -= size
            chosen.add(name)
    return chosen


def split(
    recordings: Sequence[Recording], *, dev_fraction: float, test_fraction: float, where: object
) -> dict[str, list[Recording]]:
    """Train, dev and test of one collection: every genre is tested, at least one album of each.

    A genre of a single album is in the test alone.

    Raises:
        DataError: What remains for train and dev is a single album.
    """
    genres: dict[str, list[Recording]] = {}
    genre_of_album: dict[str, str] = {}
    for recording in sorted(recordings, key=lambda one: one.origin):
        genre = genre_of_album.setdefault(recording.album, recording.title.genre)
        genres.setdefault(genre, []).append(recording)
    rest, test = [], []
    for of_genre in genres.values():
        if len({one.album for one in of_genre}) == 1:
            test += of_genre
            continue
        kept, held = hold_out(of_genre, test_fraction, where=where, mend="")
        rest, test = rest + kept, test + held
    train, dev = hold_out(rest, dev_fraction, where=where, mend="the corpus is too small: add titles")
    return {"train": train, "dev": dev, "test": test}


def write(output: Path, sets: Mapping[str, Sequence[Recording]], *, sampling_rate: int) -> None:
    """Write the music dirs, with the titles' licences where the corpus states them.

    A set that the corpus has no more, as its settings have changed, goes.

    Raises:
        DataError: A set is empty.
    """
    for name in set(SETS) - set(sets):
        (output / name / LICENCES).unlink(missing_ok=True)
        kaldi.remove_music_dir(output / name)
    for name, recordings in sets.items():
        directory = output.resolve() / name
        if not recordings:
            raise DataError("no usable music", where=directory, mend="add titles to the corpus")
        kaldi.write_music_dir(directory, (one.piece(sampling_rate) for one in recordings))
        licences = {one.recording_id: one.title.licence for one in recordings if one.title.licence}
        if licences:
            kaldi.write_table(directory / LICENCES, licences)
        else:
            (directory / LICENCES).unlink(missing_ok=True)
