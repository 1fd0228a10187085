"""Faces that are found: joined over pictures, missing where they are not found, and whose is the voice."""

import os
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from talking_films import write_film

from musasr.corpora.talking import detectors, prepared
from musasr.corpora.talking.clips import Clip, write_clips
from musasr.corpora.talking.detectors import check_detector, detector_of
from musasr.corpora.talking.layout import Box
from musasr.corpora.talking.prepared import Prepared, Rates, prepare_tracks
from musasr.corpora.talking.readers import READERS
from musasr.corpora.talking.tracking import (
    PATIENCE,
    face_of_clip,
    faces_throughout,
    overlap,
    track_faces,
)
from musasr.errors import ConfigError, DataError

GRID = os.environ.get("MUSASR_GRID")  # a folder of GRID's clips
LEFT, RIGHT = Box(0.1, 0.2, 0.2, 0.4), Box(0.6, 0.2, 0.2, 0.4)


def follow(*pictures):
    """Tracks of pictures that say which boxes are found in them."""
    return track_faces(range(len(pictures)), lambda number: pictures[number])


def moved(box: Box, x: float) -> Box:
    return Box(box.x + x, box.y, box.width, box.height)


def test_overlap_is_intersection_over_union():
    assert overlap(LEFT, LEFT) == pytest.approx(1)
    assert overlap(LEFT, RIGHT) == 0
    assert overlap(Box(0, 0, 0.2, 0.2), Box(0.1, 0, 0.2, 0.2)) == pytest.approx(1 / 3)


def test_two_faces_that_move_stay_two_in_whatever_order_they_are_found():
    pictures = [[moved(LEFT, 0.02 * n), moved(RIGHT, -0.02 * n)][:: 1 if n % 2 else -1] for n in range(11)]
    left, right = faces_throughout(follow(*pictures), 2, where="film")
    # In the middle of a steady movement the mean of the pictures around is where it is.
    assert left.at(5).x == pytest.approx(0.2, abs=1e-6)
    assert right.at(5).x == pytest.approx(0.5, abs=1e-6)
    assert (left.at(11), left.at(-1)) == (None, None)


def test_a_detectors_tremble_is_no_movement():
    tremble = np.random.default_rng(1).normal(0, 0.01, 200)
    (face,) = faces_throughout(follow(*([moved(LEFT, x)] for x in tremble)), 1, where="film")
    places = [face.at(number).x for number in range(200)]
    assert np.std(places) < 0.4 * tremble.std()
    assert max(abs(after - before) for before, after in pairwise(places)) < 0.01


def test_a_face_is_missing_where_it_was_not_found():
    pictures = [[] if number in (3, 4, 17) else [LEFT] for number in range(20)]
    (face,) = faces_throughout(follow(*pictures), 1, where="film")
    assert [number for number in range(20) if face.at(number) is None] == [3, 4, 17]
    with pytest.raises(DataError, match="0 faces are found throughout, and the model separates 1"):
        faces_throughout(follow(*pictures[:5], *pictures), 1, where="film")  # 5 of 25


def test_what_was_found_by_mistake_is_forgotten():
    pictures = [[LEFT, Box(0.4, 0.05 * (number % 16), 0.02, 0.02)] for number in range(4 * PATIENCE)]
    tracks = follow(*pictures)
    assert len(tracks.tracks) == 17
    tracks = follow(*pictures, *[[LEFT]] * (PATIENCE + 1))
    assert len(tracks.tracks) == 1
    assert len(tracks.tracks[0]) == tracks.num_pictures


def test_faces_that_are_too_many_are_named():
    tracks = follow(*[[LEFT, RIGHT]] * 10)
    with pytest.raises(DataError, match=r"film: 2 faces are found throughout, .* 1; say where they stand"):
        faces_throughout(tracks, 1, where="film")


def test_a_clips_face_is_the_one_at_its_place_or_the_only_one():
    tracks = follow(*[[LEFT, RIGHT]] * 10)
    assert face_of_clip(tracks, Box(0.5, 0, 0.5, 1), where="film").at(0).x == pytest.approx(0.6)
    with pytest.raises(DataError, match="2 faces are found, and nothing says whose the voice is"):
        face_of_clip(tracks, None, where="film")
    with pytest.raises(DataError, match="no face is found where it should be"):
        face_of_clip(tracks, Box(0.4, 0, 0.1, 1), where="film")
    with pytest.raises(DataError, match="no face is found; leave the clip out"):
        face_of_clip(follow([], []), None, where="film")
    passer_by = follow(*[[LEFT, RIGHT]] * 3, *[[LEFT]] * 7)
    assert face_of_clip(passer_by, None, where="film").at(9).x == pytest.approx(0.1)


def bright_half(picture: np.ndarray) -> list[Box]:
    """Finds the left half while it is brighter than the right one."""
    left, right = np.split(picture.astype(float), 2, axis=1)
    return [Box(0, 0, 0.5, 1)] if left.mean() > right.mean() else []


def test_clips_whose_face_is_missing_too_often_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "detector_of", lambda name: bright_half)
    film = write_film(tmp_path / "film.mp4", seconds=4.0)  # the left half is brighter in the last two seconds
    (tmp_path / "all.tsv").write_text("".join(f"{number}\t0\t0\t1\t1\n" for number in range(100)))
    clips = [
        Clip("seen", "a", film, 2.2, 4.0),
        Clip("nearly", "b", film, 1.8, 4.0),
        Clip("seldom", "c", film, 1.0, 4.0),
        Clip("never", "d", film, 0.0, 1.5),
        Clip("elsewhere", "e", film, 2.2, 4.0, "0.5,0,0.5,1"),
        Clip("given", "f", film, 0.0, 1.5, "all.tsv"),
    ]
    write_clips(tmp_path, clips)
    rates = Rates(8, 16000, 25, 1.0)
    skipped = prepare_tracks(tmp_path, tmp_path / "faces", rates, num_jobs=1, face_detector="haar")
    reasons = {one.name: one.reason for one in skipped}
    assert list(reasons) == ["seldom", "never", "elsewhere"]
    assert "the face is missing in 3" in reasons["seldom"]
    assert "no face is found; " in reasons["never"]
    assert "no face is found where it should be" in reasons["elsewhere"]
    crops = Prepared(tmp_path / "faces").face("nearly", 0, 55)
    is_missing = ~crops.reshape(55, -1).any(axis=1)
    assert 3 <= is_missing.sum() <= 7
    assert not is_missing[8:].any()


def test_a_detector_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(detectors, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"--faces: haar is OpenCV's, which .*; pip install \.\[faces\]"):
        check_detector("haar", where="--faces")
    spec = ModuleSpec("cv2", None, is_package=True)
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(detectors, "find_spec", lambda name: spec)
    with pytest.raises(ConfigError, match=r"brings no cascades, as from 5\.0 on"):
        check_detector("haar", where="--faces")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / detectors.CASCADE).touch()
    check_detector("haar", where="--faces")


@pytest.mark.slow
@pytest.mark.skipif(not GRID, reason="MUSASR_GRID names no folder of GRID's clips")
def test_real_faces_are_found_in_every_picture(tmp_path):
    pytest.importorskip("cv2", reason="OpenCV is not installed (pip install .[faces])")
    options = {"table": None, "face": "", "face_size": 0.4}
    clips, _ = READERS["grid"](Path(GRID), **options)
    write_clips(tmp_path, clips)
    rates = Rates(32, 16000, 25, 2.5)
    assert prepare_tracks(tmp_path, tmp_path / "faces", rates, num_jobs=1, face_detector="haar") == []
    for clip in clips:
        crops = Prepared(tmp_path / "faces").face(clip.clip_id, 0, 75)
        assert crops.reshape(len(crops), -1).any(axis=1).mean() > 0.95
        # The mouth moves more than the forehead: the lower half is below the eyes.
        changes = np.abs(np.diff(crops.astype(float), axis=0)).mean(axis=0)
        assert changes[20:30, 10:22].mean() > changes[2:8, 10:22].mean()


def test_large_pictures_are_looked_at_in_small():
    pytest.importorskip("cv2", reason="OpenCV is not installed (pip install .[faces])")
    assert detector_of("haar")(np.zeros((2160, 3840), np.uint8)) == []
    assert detector_of("haar") is detector_of("haar")
