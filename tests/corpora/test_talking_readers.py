"""AVSpeech, GRID and LRS as people keep them, on small made folders; real GRID clips where there are any."""

import os
from pathlib import Path

import numpy as np
import pytest
from talking_films import write_film

from musasr.corpora.talking.clips import Clip
from musasr.corpora.talking.layout import FixedFace, parse_layout
from musasr.corpora.talking.readers import READERS, split_by_speaker, with_side_files
from musasr.corpora.talking.tracks import read_track
from musasr.errors import DataError

GRID = os.environ.get("MUSASR_GRID")  # a folder of GRID's clips
OPTIONS = {"table": None, "face": "", "face_size": 0.4}


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_avspeech_finds_whole_videos_and_clips_that_were_cut_out(tmp_path):
    films = tmp_path / "films"
    touch(films / "whole.mp4", films / "cut_12.5.mkv", films / "cut_90.000000.mp4", films / "note.txt")
    table = tmp_path / "train.csv"
    table.write_text(
        "whole,3.0,6.5,0.5,0.25\ncut,12.500000,15.5,0.9,0.05\ncut,90.000000,93,0.5,0.5\ngone,1,4,0.5,0.5\n"
    )
    clips, skipped = READERS["avspeech"](films, **OPTIONS | {"table": table})
    assert clips == [
        Clip("whole_3", "whole", films / "whole.mp4", 3.0, 6.5, "0.3000,0.0500,0.4,0.4"),
        Clip("cut_12.5", "cut", films / "cut_12.5.mkv", face="0.6000,0.0000,0.4,0.4"),
        Clip("cut_90", "cut", films / "cut_90.000000.mp4", face="0.3000,0.3000,0.4,0.4"),
    ]
    assert [(one.name, one.reason) for one in skipped] == [("gone_1", "is not in the folder")]


@pytest.mark.parametrize("row", ["a,1,2,0.5", "a,2,1,0.5,0.5", "a,1,2,1.5,0.5", "a,b,2,0.5,0.5"])
def test_a_row_that_is_none_of_avspeech_is_named(tmp_path, row):
    (tmp_path / "train.csv").write_text(f"a,1,2,0.5,0.5\n{row}\n")
    with pytest.raises(DataError, match="line 2 is no row of AVSpeech"):
        READERS["avspeech"](tmp_path, **OPTIONS | {"table": tmp_path / "train.csv"})


def test_avspeech_wants_its_table(tmp_path):
    with pytest.raises(DataError, match="there is no table of AVSpeech; name the CSV"):
        READERS["avspeech"](tmp_path, **OPTIONS)


def test_grid_has_a_folder_a_speaker_or_none(tmp_path):
    touch(tmp_path / "s1" / "bbaf2n.mpg", tmp_path / "s2" / "video" / "lbax4n.mpg", tmp_path / "lwbsza.mpg")
    touch(tmp_path / "s1" / "bbaf2n.align")
    clips, skipped = READERS["grid"](tmp_path, **OPTIONS | {"face": "0.2,0.2,0.5,0.7"})
    assert {(clip.clip_id, clip.speaker_id) for clip in clips} == {
        ("s1-bbaf2n", "s1"),
        ("s2-video-lbax4n", "s2"),
        ("lwbsza", "lwbsza"),
    }
    assert {clip.face for clip in clips} == {"0.2,0.2,0.5,0.7"}
    assert skipped == []


def test_lrs_has_a_folder_a_source(tmp_path):
    touch(tmp_path / "main" / "55363" / "00001.mp4", tmp_path / "main" / "55363" / "00001.txt")
    touch(tmp_path / "main" / "60126" / "00003.mp4")
    clips, _ = READERS["lrs"](tmp_path, **OPTIONS)
    assert [(clip.clip_id, clip.speaker_id) for clip in clips] == [
        ("main-55363-00001", "55363"),
        ("main-60126-00003", "60126"),
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no such folder"):
        READERS["lrs"](tmp_path / "nowhere", **OPTIONS)


def test_boxes_and_vectors_beside_a_film_count_more(tmp_path):
    touch(
        tmp_path / "one.mpg", tmp_path / "one.boxes.tsv", tmp_path / "two.mpg", tmp_path / "two.vectors.npy"
    )
    one, two = with_side_files(READERS["grid"](tmp_path, **OPTIONS)[0])
    assert (one.face, one.vectors) == (str(tmp_path / "one.boxes.tsv"), None)
    assert (two.face, two.vectors) == ("", tmp_path / "two.vectors.npy")


def test_no_speaker_is_in_two_sets():
    clips = [Clip(f"{number}", f"s{number % 5}", Path("film.mp4")) for number in range(20)]
    sets = split_by_speaker(clips, {"dev": 1, "test": 2})
    assert {name: {clip.speaker_id for clip in of_set} for name, of_set in sets.items()} == {
        "test": {"s0", "s1"},
        "dev": {"s2"},
        "train": {"s3", "s4"},
    }
    assert sum(map(len, sets.values())) == 20
    with pytest.raises(DataError, match="there are 5 speakers, and dev and test want 5 of them"):
        split_by_speaker(clips, {"dev": 2, "test": 3})


def test_a_readers_clip_can_be_read(tmp_path):
    write_film(tmp_path / "s1" / "a.mp4")
    ((clip,), _) = READERS["grid"](tmp_path, **OPTIONS | {"face": "0,0,0.5,1"})
    face = FixedFace(parse_layout(clip.face)[0])
    track = read_track(clip.film, face, size=8, sampling_rate=16000, pictures_per_second=25)
    assert track.crops.shape == (50, 8, 8)


@pytest.mark.skipif(not GRID, reason="MUSASR_GRID names no folder of GRID's clips")
def test_real_clips_of_grid_have_75_pictures_and_3_seconds_of_sound():
    clips, _ = READERS["grid"](Path(GRID), **OPTIONS | {"face": "0.25,0.2,0.5,0.75"})
    assert len({clip.speaker_id for clip in clips}) >= 2
    for clip in clips:
        face = FixedFace(parse_layout(clip.face)[0])
        track = read_track(clip.film, face, size=32, sampling_rate=16000, pictures_per_second=25)
        assert 73 <= len(track.crops) <= 75
        assert len(track.samples) == len(track.crops) * 640
        assert np.abs(track.samples).max() > 0.02
        assert track.crops.astype(float).std(axis=0).mean() > 1  # something moves


def test_a_text_beside_a_film_is_what_is_said(tmp_path):
    touch(tmp_path / "main" / "a" / "00001.mp4", tmp_path / "main" / "a" / "00002.mp4")
    side = tmp_path / "main" / "a" / "00001.txt"
    side.write_text("Text:  HELLO THERE\nConf:  3\n", encoding="utf-8")
    one, two = with_side_files(READERS["lrs"](tmp_path, **OPTIONS)[0])
    assert (one.text, two.text) == ("hello there", "")
    side.write_bytes(b"Text: \xff\xfe\n")
    with pytest.raises(DataError, match=r"00001\.txt: is no text in UTF-8; write what is said"):
        with_side_files([one])
