"""Tagged tracks: a table of recordings with title, artist, station and tags, as every reader leaves it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from musasr.atomic import write_text
from musasr.corpora.tsv import read_rows
from musasr.errors import DataError

TABLE = "tracks.tsv"
BETWEEN_TAGS = "|"
COLUMNS = ("id", "path", "title", "artist", "station", "tags")


@dataclass(frozen=True)
class Track:
    """One recording.

    Attributes:
        track_id: Part of a file's name.
        path: Audio, or an array of mel power (1, bands, frames) as numpy writes it.
        title: The composition: none is in two sets.
        artist: Likewise, where it is known.
        station: Its one class; None: not known.
        tags: Its labels, several or none.
    """

    track_id: str
    path: Path
    title: str
    artist: str | None = None
    station: str | None = None
    tags: tuple[str, ...] = ()


def write_tracks(directory: Path, tracks: Sequence[Track]) -> Path:
    """Write the table of a set and return its path; paths are written absolute.

    Raises:
        DataError: An id comes twice, or a field holds a tab, a line's end or what stands between tags.
    """
    lines, seen = ["\t".join(COLUMNS)], set()
    for one in tracks:
        if one.track_id in seen:
            raise DataError(f"{one.track_id} comes twice", where=directory, mend="leave one out")
        seen.add(one.track_id)
        fields = [one.track_id, str(one.path.absolute()), one.title, one.artist or "", one.station or ""]
        if any(mark in text for mark in "\t\n" for text in (*fields, *one.tags)):
            raise DataError("a field holds a tab or a line's end", where=one.track_id, mend="rename it")
        if any(BETWEEN_TAGS in tag for tag in one.tags):
            raise DataError(f"a tag holds {BETWEEN_TAGS!r}", where=one.track_id, mend="rename it")
        lines.append("\t".join([*fields, BETWEEN_TAGS.join(one.tags)]))
    return write_text(directory / TABLE, "\n".join(lines) + "\n")


def read_tracks(directory: Path) -> list[Track]:
    """The tracks of a set.

    Raises:
        DataError: There is no table, it breaks a rule of `read_rows`, or has no track.
    """
    path = directory / TABLE
    rows = read_rows(path, required=COLUMNS[:3], optional=COLUMNS[3:])
    tracks = [
        Track(
            row["id"],
            Path(row["path"]),
            row["title"],
            row.get("artist"),
            row.get("station"),
            tuple(filter(None, row.get("tags", "").split(BETWEEN_TAGS))),
        )
        for _, row in rows
    ]
    if not tracks:
        raise DataError("has no track", where=path, mend="prepare the corpus again")
    return tracks


def check_disjoint(sets: Iterable[tuple[str, Sequence[Track]]]) -> None:
    """See that no title, and no artist that is known, is in two sets.

    Raises:
        DataError: One is.
    """
    owners: dict[tuple[str, str], str] = {}
    for name, tracks in sets:
        for one in tracks:
            for kind, value in (("title", one.title), ("artist", one.artist)):
                if value and owners.setdefault((kind, value), name) != name:
                    what = f"the {kind} {value!r} is in {owners[kind, value]} and in {name}"
                    raise DataError(what, where=one.track_id, mend="split by titles and artists")
