"""Readers of tagged music: MTG-Jamendo's tables, GTZAN's folders, the AI Rush's arrays."""

import json
from pathlib import Path

import numpy as np
import pytest

from musasr.corpora import ai_rush, gtzan, mtg_jamendo
from musasr.corpora.tagged import read_tracks
from musasr.errors import DataError

UNUSED = {"sampling_rate": 16000, "seed": 1, "num_jobs": 1}
HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def jamendo(tmp_path, **changes):
    rows = {
        "train": [
            "track_1\tartist_1\talbum_1\t01/1.mp3\t9.5\tmood/theme---sad\tgenre---rock\tmood/theme---slow"
        ],
        "dev": ["track_2\tartist_2\talbum_2\t02/2.mp3\t9.5\tmood/theme---party"],
        "test": [
            "track_3\tartist_3\talbum_3\t03/3.mp3\t9.5\tmood/theme---calm",
            "track_4\tartist_3\talbum_3\t03/4.mp3\t9.5\tmood/theme---calm",
            "track_5\tartist_4\talbum_4\t03/5.mp3\t9.5\tgenre---rock",
        ],
    }
    for name, lines in rows.items():
        (tmp_path / f"{name}.tsv").write_text("\n".join([HEADER, *lines]) + "\n")
    touch(tmp_path / "audio", "01/1.mp3", "02/2.mp3", "03/3.mp3", "03/5.mp3")
    tables = {name: str(tmp_path / f"{name}.tsv") for name in rows}
    settings = {"category": "mood/theme", "stations": {}, **tables, **changes}
    return mtg_jamendo.prepare(tmp_path / "out", root=str(tmp_path / "audio"), **settings, **UNUSED)


def test_jamendos_tables_give_tags_artists_and_what_was_left_out(tmp_path):
    skipped = jamendo(tmp_path)
    (track,) = read_tracks(tmp_path / "out" / "train")
    assert (track.track_id, track.artist, track.station, track.tags) == (
        *("track_1", "artist_1", None),
        ("sad", "slow"),
    )
    assert track.path == tmp_path / "audio" / "01" / "1.mp3"
    assert [one.name for one in skipped] == ["track_4", "track_5"]
    assert skipped[0].reason.startswith("there is no ")
    assert skipped[1].reason == "it has no tag of the category"


def test_jamendos_tags_can_mean_stations(tmp_path):
    stations = {"lonely": ["sad"], "party": ["party", "sad"]}
    skipped = jamendo(tmp_path, stations=stations, category=None)
    assert [read_tracks(tmp_path / "out" / name)[0].station for name in ("train", "dev")] == [
        "lonely",
        "party",
    ]
    assert "none of its tags means a station" in {one.reason for one in skipped}
    assert read_tracks(tmp_path / "out" / "train")[0].tags == ("sad", "rock", "slow")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TRACK\tPATH\n", "its columns are not TRACK_ID ARTIST_ID"),
        (f"{HEADER}\nonly\tthree\tfields\n", "3 fields are too few; separate them by tabs"),
    ],
)
def test_a_table_that_is_not_jamendos_is_said(tmp_path, text, message):
    path = tmp_path / "table.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        list(mtg_jamendo.read_table(path, tmp_path, category=None))
    with pytest.raises(DataError, match="no such table; check the path"):
        list(mtg_jamendo.read_table(tmp_path / "none.tsv", tmp_path, category=None))


def genres(tmp_path, **lists):
    touch(tmp_path / "genres", "blues/blues.00001.wav", "jazz/jazz.00002.wav", "jazz/jazz.00003.wav")
    given = {
        "train": "blues/blues.00001.wav\n\n",
        "dev": "jazz/jazz.00002.wav",
        "test": "jazz/jazz.00009.wav",
    }
    for name, text in {**given, **lists}.items():
        (tmp_path / name).write_text(text)
    paths = {name: str(tmp_path / name) for name in given}
    return gtzan.prepare(tmp_path / "out", root=str(tmp_path / "genres"), **paths, **UNUSED)


def test_gtzans_folders_are_stations(tmp_path):
    skipped = genres(tmp_path)
    (track,) = read_tracks(tmp_path / "out" / "train")
    assert (track.track_id, track.station, track.tags) == ("blues.00001", "blues", ())
    assert [(one.name, one.reason) for one in skipped] == [("jazz/jazz.00009.wav", "there is no such file")]


def test_a_list_that_is_none_of_gtzans_is_said(tmp_path):
    with pytest.raises(DataError, match=r"'blues\.00001\.wav' is no genre/file; write such as blues/a\.wav"):
        genres(tmp_path, train="blues.00001.wav")
    with pytest.raises(DataError, match="the list is empty; write a file of the set on each line"):
        genres(tmp_path, train="\n")
    paths = {name: str(tmp_path / "none") for name in ("train", "dev", "test")}
    with pytest.raises(DataError, match="no such list; check the path"):
        gtzan.prepare(tmp_path / "out", root=str(tmp_path), **paths, **UNUSED)


def rush(tmp_path, table, count=6, **fractions):
    folder = tmp_path / "rush" / "mel_spectrogram"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        np.save(folder / f"{100 + number}.npy", np.ones((1, 128, 4), np.float32))
    path = tmp_path / "rush" / "train_label"
    path.write_text(table if isinstance(table, str) else json.dumps(table, ensure_ascii=False))
    given = {"dev_fraction": 0.2, "test_fraction": 0.2, **fractions}
    return ai_rush.prepare(tmp_path / "out", root=str(tmp_path / "rush"), labels=str(path), **given, **UNUSED)


def test_the_rushs_columns_are_split_by_tracks(tmp_path):
    table = {
        "track_index": {str(i): 100 + i for i in range(7)},
        "station_name": {str(i): "rest" if i % 2 else "party" for i in range(7)},
        "mood_tag": {str(i): ["잔잔한", f"t{i}"] for i in range(7)},
    }
    skipped = rush(tmp_path, table)
    sets = {name: read_tracks(tmp_path / "out" / name) for name in ("train", "dev", "test")}
    assert [len(tracks) for tracks in sets.values()] == [4, 1, 1]
    assert sorted(one.track_id for tracks in sets.values() for one in tracks) == [
        str(100 + i) for i in range(6)
    ]
    first = next(one for tracks in sets.values() for one in tracks if one.track_id == "101")
    assert (first.station, first.tags) == ("rest", ("잔잔한", "t1"))
    assert [one.name for one in skipped] == ["106"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("not JSON", "is no JSON; make it again"),
        ({"track_index": {"0": 100}}, "has no columns track_index and station_name or mood_tag"),
        ({"track_index": {"0": 100}, "mood_tag": {"0": "calm"}}, "row 0 has mood_tag 'calm'"),
        ({"track_index": {"0": 100}, "mood_tag": {"0": ["calm"]}}, "1 tracks with a spectrogram are too few"),
    ],
)
def test_a_table_that_is_not_the_rushs_is_said(tmp_path, table, message):
    with pytest.raises(DataError, match=message):
        rush(tmp_path, table)
