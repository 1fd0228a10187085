"""Whole films of half a minute: the same for any number of processes, noticed when settings change."""

import hashlib
import shutil
from collections import namedtuple
from pathlib import Path

import av
import pytest
from runs import make_run

from musasr.errors import StateError
from musasr.film.container import BYTES_PER_SECOND
from musasr.film.making import FilmFolder, make_film
from musasr.film.spans import read_spans
from musasr.kaldi import write_table
from musasr.recipe import done_marks
from musasr.transcribe.transcript import read_transcript

QUICK = (
    "film.minutes=0.25",
    "film.snrs_db=[null, 0]",
    "film.interludes=[music, silence]",
    "film.genres=[jazz]",
)


def prepared(workdir: Path, *settings: str, num_jobs: int = 1):
    """A run whose speech corpus says one sentence."""
    run = make_run(workdir, "smoke", *QUICK, *settings, nj=num_jobs)
    for name in ("train", "dev", "test"):
        write_table(run.workdir.speech(name) / "text", {"a": "ア ノ ヒト ガ キタ"})
    done_marks.mark_done(run.workdir.speech(), {})
    return run


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> FilmFolder:
    return make_film(prepared(tmp_path_factory.mktemp("film")))


@pytest.mark.slow
def test_the_film_and_its_truth_are_of_one_length(film):
    truth, spans = read_transcript(film.truth), read_spans(film.spans)
    with av.open(film.film) as container:
        assert container.duration / 1e6 == pytest.approx(15.0, abs=0.01)
        assert 0.6 < film.film.stat().st_size / (15 * BYTES_PER_SECOND) < 1
        assert [stream.type for stream in container.streams] == ["video", "audio"]
    assert truth.duration == spans[-1].end == 15.0
    assert {span.kind for span in spans} == {"speech", "music", "silence"}
    inside = [span for span in spans if span.kind == "speech"]
    for segment in truth.segments:
        assert any(span.start <= segment.start < segment.end <= span.end for span in inside)
        assert (segment.start, segment.end) == (segment.words[0].start, segment.words[-1].end)
        assert segment.speaker.startswith("jt")
    assert all(one.end <= other.start for one, other in zip(truth.segments, truth.segments[1:], strict=False))


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(film, tmp_path):
    again = make_film(prepared(tmp_path, num_jobs=2))
    for name in ("film", "truth", "spans"):
        one, two = (hashlib.sha256(getattr(folder, name).read_bytes()).digest() for folder in (film, again))
        assert one == two, name


@pytest.mark.slow
def test_a_film_that_is_made_is_kept_and_other_settings_are_noticed(film, capsys):
    workdir = film.root.parent
    before = film.film.stat().st_mtime_ns
    make_film(prepared(workdir, "film.systems=[none+clean]"))
    assert "already done" in capsys.readouterr().out
    assert film.film.stat().st_mtime_ns == before
    with pytest.raises(StateError, match=r"was made with film\.noise_db = -75\.0, and .* now says -60\.0"):
        make_film(prepared(workdir, "film.noise_db=-60.0"))


def test_a_film_needs_to_know_what_the_corpus_says(tmp_path):
    with pytest.raises(StateError, match=r"speech: is not prepared, so that .*; run musasr prepare speech"):
        make_film(make_run(tmp_path, "smoke", *QUICK))
    assert not (tmp_path / "film" / "film.mp4").exists()


def test_a_film_that_finds_no_room_is_not_begun(tmp_path, monkeypatch):
    """15 s take about 150 kB."""
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(140_000))
    message = r"film: a film of 0\.25 minutes and its truth need about 150\.0 kB, and 140\.0 kB are free"
    with pytest.raises(StateError, match=message):
        make_film(prepared(tmp_path))
    assert not (tmp_path / "film").exists()


def test_a_stopped_film_leaves_nothing_half_written(tmp_path, monkeypatch):
    def stop(studio, scene):
        raise KeyboardInterrupt

    monkeypatch.setattr("musasr.film.production.Studio.shoot", stop)
    with pytest.raises(KeyboardInterrupt):
        make_film(prepared(tmp_path))
    assert list((tmp_path / "film").iterdir()) == []
