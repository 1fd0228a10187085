"""MTG-Jamendo: its TSV tables of tracks, and the folder of audio (or mel) that their paths start from."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from musasr.corpora.contract import SETS, Skipped
from musasr.corpora.tagged import Track, write_tracks
from musasr.errors import DataError

COLUMNS = ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS")
BETWEEN = "---"  # a tag's category and itself


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    root: str,
    train: str,
    dev: str,
    test: str,
    category: str | None,
    stations: Mapping[str, Sequence[str]],
) -> list[Skipped]:
    """Write output/{train,dev,test}/tracks.tsv, one of each table of a split.

    Args:
        output: Folder of the sets.
        sampling_rate: Not used: features have theirs.
        seed: Not used: the tables say what is in which set.
        num_jobs: Not used.
        root: What the tables' paths start from.
        train: The table of the training set.
        dev: Of the set to choose by.
        test: Of the set to measure with.
        category: Only tags of it count, such as ``mood/theme``; None: all.
        stations: Tags that mean a station, without their category; the first station of which a track has
            one is its own, and a track without any is left out. Empty: no stations.

    Returns:
        Tracks without a file, a tag or a station.

    Raises:
        DataError: A table is missing or none of MTG-Jamendo's.
    """
    skipped = []
    for name, table in zip(SETS, (train, dev, test), strict=True):
        tracks = []
        for track in read_table(Path(table), Path(root), category=category):
            station = station_of(track.tags, stations)
            reason = _reason(track, needs_station=bool(stations) and station is None)
            if reason:
                skipped.append(Skipped(track.track_id, reason))
            else:
                own = (track.track_id, track.path, track.title, track.artist)
                tracks.append(Track(*own, station=station, tags=track.tags))
        write_tracks(output / name, tracks)
    return skipped


def read_table(path: Path, root: Path, *, category: str | None) -> Iterator[Track]:
    """Yield the tracks of a table, with the tags of a category (of all: None), without its name.

    Raises:
        DataError: It is missing, or no table of tracks.
    """
    if not path.is_file():
        raise DataError("no such table", where=path, mend="check the path")
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise DataError(f"its columns are not {' '.join(COLUMNS)}", where=path, mend="give MTG-Jamendo's own")
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) < len(COLUMNS) - 1:
            what = f"{len(fields)} fields are too few"
            raise DataError(what, where=f"{path}:{number}", mend="separate them by tabs")
        track_id, artist, _, audio, _, *tags = fields
        kept = [tag.partition(BETWEEN) for tag in tags if tag]
        names = [last or first for first, _, last in kept if category in (None, first)]
        yield Track(track_id, root / audio, track_id, artist, tags=tuple(dict.fromkeys(names)))


def station_of(tags: Sequence[str], stations: Mapping[str, Sequence[str]]) -> str | None:
    """The first station that one of the tags means."""
    return next((station for station, words in stations.items() if not set(words).isdisjoint(tags)), None)


def _reason(track: Track, *, needs_station: bool) -> str | None:
    if not track.path.is_file():
        return f"there is no {track.path}"
    if needs_station:
        return "none of its tags means a station"
    return None if track.tags else "it has no tag of the category"
