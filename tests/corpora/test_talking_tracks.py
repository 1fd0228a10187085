"""Clips, layouts and tracks: what is read of a film, and what is refused in one line."""

import numpy as np
import pytest
from talking_films import write_film

from musasr.audio import write as write_wav
from musasr.corpora.embedded.faces.company import join
from musasr.corpora.talking.clips import Clip, read_clips, write_clips
from musasr.corpora.talking.layout import Box, DetectedFace, FixedFace, face_of, parse_layout
from musasr.corpora.talking.prepared import Prepared, Rates, prepare_tracks
from musasr.corpora.talking.tracks import check_seen, crops_of, read_track
from musasr.errors import ConfigError, DataError

RATES = {"size": 8, "sampling_rate": 16000, "pictures_per_second": 25}


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4")


def test_faces_are_given_from_left_to_right():
    boxes = parse_layout("0.5,0,0.5,1; 0,0.1,0.4,0.5")
    assert boxes == [Box(0, 0.1, 0.4, 0.5), Box(0.5, 0, 0.5, 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--faces: no face is given"),
        (" ; ", "no face is given"),
        ("0,0,1", "'0,0,1' is no box"),
        ("0,0,x,1", "is no box"),
        ("0.6,0,0.5,1", "is not within the picture"),
        ("0,0,0,1", "is not within the picture"),
        ("nan,0,0.5,1", "is not within the picture"),
    ],
)
def test_a_box_that_is_none_is_named(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_layout(text)


def test_a_crop_is_the_mean_of_what_it_covers():
    picture = np.arange(16, dtype=np.uint8).reshape(4, 4) * 10 + 1
    (crop,) = next(crops_of([picture], [FixedFace(Box(0, 0, 1, 1))], size=2))
    assert crop.tolist() == [[26, 46], [106, 126]]
    (crop,) = next(crops_of([picture], [FixedFace(Box(0.5, 0.5, 0.5, 0.5))], size=2))
    assert crop.tolist() == [[101, 111], [141, 151]]
    (crop,) = next(crops_of([picture * 0], [FixedFace(Box(0, 0, 1, 1))], size=2))
    assert crop.all()  # black, and there


def test_a_track_is_sound_and_face_of_a_stretch(film):
    track = read_track(film, FixedFace(Box(0, 0, 0.5, 1)), start=0.4, end=1.4, **RATES)
    assert (len(track.samples), track.crops.shape) == (16000, (25, 8, 8))
    means = track.crops.mean(axis=(1, 2))
    assert (np.diff(means) > -2).all()
    assert means[-1] - means[0] > 60
    right = read_track(film, FixedFace(Box(0.5, 0, 0.5, 1)), **RATES)
    assert right.crops.shape[0] == 50
    assert right.crops[0].mean() - right.crops[-1].mean() > 120


def test_pictures_of_another_rate_are_shown_when_they_were(tmp_path):
    path = write_film(tmp_path / "film.mp4", pictures_per_second=10)
    track = read_track(path, FixedFace(Box(0, 0, 0.5, 1)), **RATES)
    assert len(track.crops) == 50
    means = track.crops.mean(axis=(1, 2)).round()
    # Picture n of 25 a second is shown in the middle of its time, which lies in picture (n + 0.5) 10 / 25.
    assert [means[n] == means[n - 1] for n in range(1, 6)] == [True, False, True, True, False]


def test_a_missing_face_is_zeros_and_a_clip_without_enough_of_it_is_refused(film, tmp_path):
    rows = "".join(f"{n}\t0\t0\t0.5\t1\n" for n in range(50) if n % 10)
    (tmp_path / "some.tsv").write_text(rows)
    track = read_track(film, DetectedFace(tmp_path / "some.tsv"), **RATES)
    assert [n for n in range(50) if not track.crops[n].any()] == [0, 10, 20, 30, 40]
    (tmp_path / "few.tsv").write_text("".join(f"{n}\t0\t0\t0.5\t1\n" for n in range(42)))
    with pytest.raises(DataError, match="the face is missing in 16 % of the pictures"):
        read_track(film, DetectedFace(tmp_path / "few.tsv"), **RATES)
    check_seen(np.concatenate([np.zeros((15, 1, 1)), np.ones((85, 1, 1))]), where="as many as may be")


def test_boxes_that_are_none_are_named(tmp_path):
    with pytest.raises(DataError, match="there are no boxes of a face"):
        face_of("nowhere.tsv", tmp_path)
    (tmp_path / "boxes.tsv").write_text("0\t0\t0\t1\t1\n1\t0\t0\n")
    with pytest.raises(DataError, match="line 2 is no box"):
        face_of("boxes.tsv", tmp_path)
    with pytest.raises(ConfigError, match="a clip has one face"):
        face_of("0,0,0.5,1;0.5,0,0.5,1", tmp_path)


def test_sound_alone_is_no_film(tmp_path):
    write_wav(tmp_path / "sound.wav", np.zeros(16000, np.float32), 16000)
    with pytest.raises(DataError, match=r"sound\.wav: shows no moving picture"):
        read_track(tmp_path / "sound.wav", FixedFace(Box(0, 0, 1, 1)), **RATES)


def test_films_side_by_side_have_each_face_where_it_says(film, tmp_path):
    other = write_film(tmp_path / "other.mp4", seconds=1.2, hertz=700, shade=60)
    layout = join([film, other], tmp_path / "both.mp4", sampling_rate=16000, pictures_per_second=25)
    tracks = [read_track(one, FixedFace(Box(0, 0, 1, 1)), **RATES) for one in (film, other)]
    for alone, box in zip(tracks, parse_layout(layout), strict=True):
        together = read_track(tmp_path / "both.mp4", FixedFace(box), **RATES)
        assert together.crops.shape == (30, 8, 8)
        assert np.abs(together.crops.astype(int) - alone.crops[:30]).mean() < 3
    mixture = tracks[0].samples[:19200] + tracks[1].samples[:19200]
    assert np.corrcoef(together.samples, mixture)[0, 1] > 0.98


def test_the_table_of_clips_comes_back(tmp_path):
    clips = [
        Clip("one", "a", tmp_path / "films" / "one.mp4"),
        Clip("two", "b", tmp_path.parent / "two.mp4", 1.5, 4.5, "0,0,0.5,1", tmp_path / "two.npy"),
    ]
    write_clips(tmp_path, clips)
    assert read_clips(tmp_path) == clips
    assert "films/one.mp4" in (tmp_path / "clips.tsv").read_text()


def test_a_table_that_is_none_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no table of clips"):
        read_clips(tmp_path)
    write_clips(tmp_path, [Clip("one", "a", tmp_path / "one.mp4")] * 2)
    with pytest.raises(DataError, match="the clip one stands there twice"):
        read_clips(tmp_path)
    (tmp_path / "clips.tsv").write_text("clip_id\tfilm\none\tone.mp4\n")
    with pytest.raises(DataError, match="a row is no clip"):
        read_clips(tmp_path)


def test_prepared_clips_are_counted(film, tmp_path):
    source, output = tmp_path / "clips", tmp_path / "faces"
    vectors = np.random.default_rng(1).standard_normal((50, 5)).astype(np.float32)
    source.mkdir()
    np.save(source / "face.npy", vectors)
    np.save(source / "short.npy", vectors[:20])
    clips = [
        Clip("crops", "a", film, face="0,0,0.5,1"),
        Clip("vectors", "b", film, vectors=source / "face.npy"),
        Clip("short", "c", film, 0.0, 0.5),
        Clip("few", "d", film, vectors=source / "short.npy"),
    ]
    write_clips(source, clips)
    skipped = prepare_tracks(source, output, Rates(8, 16000, 25, 1.0), num_jobs=1)
    assert [one.name for one in skipped] == ["short", "few"]
    assert "is shorter than 1 s" in skipped[0].reason
    assert "has the shape (20, 5), and the clip 50 pictures" in skipped[1].reason
    prepared = Prepared(output)
    assert prepared.speaker_of == {"crops": "a", "vectors": "b"}
    assert prepared.num_pictures("crops") == 50
    assert prepared.face("crops", 10, 3).shape == (3, 8, 8)
    assert prepared.face("vectors", 10, 3) == pytest.approx(vectors[10:13])
    tone = prepared.sound("crops", 8000, 1600)
    assert np.abs(tone).max() == pytest.approx(8000 / 32768, rel=0.1)


def test_a_set_of_which_nothing_can_be_used_is_refused(film, tmp_path):
    write_clips(tmp_path, [Clip("short", "a", film, 0.0, 0.5)])
    with pytest.raises(DataError, match="1 of 1 clips cannot be used, such as short: is shorter than 1 s"):
        prepare_tracks(tmp_path, tmp_path / "faces", Rates(8, 16000, 25, 1.0), num_jobs=1)
