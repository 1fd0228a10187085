"""Stages that are killed at any moment, with all that they started: the rerun is as if nothing had happened.

`tests/run.sh --long` kills each group of stages 20 times, not once, and stage 9. Trainings have a harness of
their own, and so have films in the usual tests: film/film_kills.py.
"""

import os
import random
import time
from pathlib import Path

import pytest
from file_limits import file_limit, leftovers
from killing import kill_all
from smoke_copies import assert_no_room, assert_same, copy_without_results, start

IS_LONG = bool(os.environ.get("MUSASR_LONG"))
NUM_KILLS = 20 if IS_LONG else 1


def kill_and_finish(
    workdir: Path, first: int, last: int, usual_seconds: float, *, num_kills: int = NUM_KILLS, seed: int = 0
) -> None:
    draw = random.Random(first + 100 * seed)
    for _ in range(num_kills):
        process = start(workdir, first, last)
        time.sleep(draw.uniform(0.2, 0.9) * usual_seconds)
        kill_all(process)
    process = start(workdir, first, last)
    said, _ = process.communicate()
    assert process.returncode == 0, said


def test_preparation_killed_anywhere_gives_the_same_corpora(smoke_workdir, tmp_path):
    workdir = tmp_path / "killed"
    kill_and_finish(workdir, 1, 3, usual_seconds=15)
    assert_same("data", workdir, smoke_workdir)


@pytest.mark.parametrize(("stage", "usual_seconds"), [(7, 20), (8, 6)])
def test_recognition_and_report_killed_anywhere_give_the_same_results(
    smoke_workdir, tmp_path, stage, usual_seconds
):
    workdir = tmp_path / "killed"
    copy_without_results(smoke_workdir, workdir, stage=stage)
    if stage == 7:  # before it is killed, it finds no room
        with file_limit(4000):
            said, _ = start(workdir, stage, 8).communicate()
        assert_no_room(said, workdir / "exp")
    kill_and_finish(workdir, stage, 8, usual_seconds=usual_seconds)
    assert_same("results", workdir, smoke_workdir)
    assert leftovers(workdir / "exp") == []


@pytest.mark.skipif(not IS_LONG, reason="takes minutes: for tests/run.sh --long")
def test_a_film_killed_anywhere_gives_the_same_film_subtitles_and_figures(smoke_workdir, tmp_path):
    """Kills in whole films: what is made stays, so that the later ones of a film hit what comes after it."""
    whole = tmp_path / "whole"
    copy_without_results(smoke_workdir, whole, stage=8)
    kill_and_finish(whole, 9, 9, usual_seconds=0, num_kills=0)
    for film in range(4):
        workdir = tmp_path / f"killed{film}"
        copy_without_results(smoke_workdir, workdir, stage=8)
        kill_and_finish(workdir, 9, 9, usual_seconds=45, num_kills=NUM_KILLS // 4, seed=film)
        (workdir / "film" / "film.md").unlink()
        (whole / "film" / "film.md").unlink(missing_ok=True)
        assert_same("film", workdir, whole)
        assert (workdir / "film" / "film.mp4").read_bytes() == (whole / "film" / "film.mp4").read_bytes()
