"""The AI Rush's format: a mel spectrogram for each track as numpy wrote it, labels as a JSON of columns."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from musasr.corpora.contract import SETS, Skipped
from musasr.corpora.tagged import Track, write_tracks
from musasr.errors import DataError

INDEX, STATION, TAGS = "track_index", "station_name", "mood_tag"
FOLDER = "mel_spectrogram"


def prepare(
    output: Path,
    *,
    sampling_rate: int,
    seed: int,
    num_jobs: int,
    root: str,
    labels: str,
    dev_fraction: float,
    test_fraction: float,
) -> list[Skipped]:
    """Write output/{train,dev,test}/tracks.tsv: one table of labels, split by a drawn order of its tracks.

    Args:
        output: Folder of the sets.
        sampling_rate: Not used: the spectrograms are there.
        seed: Of the order.
        num_jobs: Not used.
        root: The folder that holds mel_spectrogram/ID.npy, power of shape (1, 128, frames).
        labels: ``{"track_index": {"0": id, ...}, "station_name": {"0": "rest", ...}}``, or with
            ``mood_tag``, whose values are lists, or with both.
        dev_fraction: Of the tracks, for dev.
        test_fraction: Of the tracks, for the test.

    Returns:
        Tracks without a spectrogram.

    Raises:
        DataError: The table is missing, or not of this form, or too few tracks are left.
    """
    found, skipped = [], []
    for track in read_labels(Path(labels), Path(root) / FOLDER):
        if track.path.is_file():
            found.append(track)
        else:
            skipped.append(Skipped(track.track_id, f"there is no {track.path}"))
    order = np.random.default_rng(seed).permutation(len(found))
    num_dev, num_test = (max(1, round(one * len(found))) for one in (dev_fraction, test_fraction))
    if len(found) <= num_dev + num_test:
        what = f"{len(found)} tracks with a spectrogram are too few"
        raise DataError(what, where=root, mend="check the folder, or lower the fractions")
    parts = np.split(order, [len(found) - num_dev - num_test, len(found) - num_test])
    for name, part in zip(SETS, parts, strict=True):
        write_tracks(output / name, [found[i] for i in sorted(part)])
    return skipped


def read_labels(path: Path, folder: Path) -> list[Track]:
    """The tracks of a table of labels.

    Raises:
        DataError: It is missing, or not of this form.
    """
    columns = _columns(path)
    tracks = []
    for row, index in columns[INDEX].items():
        station = columns.get(STATION, {}).get(row)
        tags = columns.get(TAGS, {}).get(row, [])
        if not isinstance(tags, list) or not isinstance(station, str | None):
            what = f"row {row} has {TAGS} {tags!r} and {STATION} {station!r}"
            raise DataError(what, where=path, mend="give a list of tags and the name of a station")
        name = str(index)
        tracks.append(Track(name, folder / f"{name}.npy", name, None, station, tuple(map(str, tags))))
    return tracks


def _columns(path: Path) -> dict[str, Mapping[str, Any]]:
    if not path.is_file():
        raise DataError("no such table", where=path, mend="check the path")
    try:
        columns = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError("is no JSON", where=path, mend="make it again") from error
    is_table = isinstance(columns, dict) and all(isinstance(one, dict) for one in columns.values())
    if not is_table or INDEX not in columns or not columns.keys() & {STATION, TAGS}:
        what = f"has no columns {INDEX} and {STATION} or {TAGS}"
        raise DataError(what, where=path, mend='write {"track_index": {"0": ...}, ...}')
    return columns
