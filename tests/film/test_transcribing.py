"""Commands under the clock, and what is said where one fails."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from file_limits import file_limit, leftovers
from runs import make_run, mark_trained

from musasr.cli.main import main
from musasr.errors import StateError
from musasr.film import results, transcribing
from musasr.film.making import FilmFolder
from musasr.film.measuring import Measured, measure
from musasr.film.spans import Span, write_spans
from musasr.film.transcribing import transcribe_film
from musasr.recipe import done_marks
from musasr.recipe.config import CONF
from musasr.recognizers.reader import Word
from musasr.transcribe.transcript import Segment, Transcript, write_transcript

TRUTH = Transcript("film.mp4", 20.0, (Segment(1.0, 2.0, (Word("ア", 1.0, 2.0),), "ア"),))
READ = replace(TRUTH, made_with={"segmenter": "silero"})


@pytest.mark.slow
def test_time_and_memory_are_the_commands_own():
    """A child that holds 200 MiB for half a second, started by one that has held twice as much."""
    large = bytearray(400 << 20)
    code = "import os, time; held = bytearray(200 << 20); time.sleep(0.5); assert os.environ['{}'] == '3'"
    code = code.format("OMP_NUM_THREADS")
    took = measure([sys.executable, "-c", code], threads=3)
    assert len(large) == 400 << 20
    assert took.status == 0
    assert 0.5 <= took.seconds < 10
    assert 200 <= took.peak_mib < 300
    assert took.processor_seconds < took.seconds
    failing = measure([sys.executable, "-c", "raise SystemExit(3)"], threads=1)
    assert (failing.status, failing.peak_mib < 60) == (3, True)


@pytest.fixture
def run(tmp_path):
    """A run that is trained, with a film; nothing of it can be opened."""
    run = mark_trained(make_run(tmp_path, "smoke", systems="none+clean"))
    film = FilmFolder(run.workdir.film)
    write_transcript(TRUTH, film.truth)
    write_spans([Span(1, "speech", 0.0, 10.0), Span(2, "music", 10.0, 20.0)], film.spans)
    done_marks.mark_done(film.root, {"film": {"minutes": 0.3}})
    return run


def test_a_measurement_that_was_killed_is_said():
    code = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    with pytest.raises(StateError, match=r"process that measures .*python\S* ended with status -9; run the"):
        measure([sys.executable, "-c", code], threads=1)


def fake_measure(status: int = 0, transcript: Transcript | None = READ):
    def measure(command, *, threads):
        if transcript is not None:
            write_transcript(transcript, Path(command[command.index("-o") + 1]) / "film.json")
        return Measured(status, 5.0, 8.0, 321.0)

    return measure


def test_a_transcription_is_measured_once_and_stands_in_the_table(run, monkeypatch):
    calls = []
    fake = fake_measure()
    monkeypatch.setattr(
        transcribing, "measure", lambda command, **options: calls.append(command) or fake(command, **options)
    )
    film = FilmFolder(run.workdir.film)
    transcribe_film(run, film)
    transcribe_film(run, film)
    (command,) = calls
    folder = str(film.root / "none+clean")
    model = str(run.workdir.training("none+clean"))
    assert command[1:5] == ["-m", "musasr", "transcribe", str(film.film)]
    assert command[5:] == ["--model", model, "-o", folder, "--format", "json", "--ngpu", "0"]
    collected = results.collect(run, film, "abc")
    paths = results.write(collected, film)
    assert [path.name for path in paths] == ["results.json", "film.md"]
    (system,) = json.loads(paths[0].read_text())["systems"]
    assert system["took"]["real_time_factor"] == 0.25
    row = paths[1].read_text().splitlines()[4]
    errors, found, times = " 0.00 |" * 5, " 100.00 |" * 3, " 0.00 / 0.00 |" * 2
    assert row == f"| `none+clean` |{errors}{found}{times} 0.00 | - | 0.25 | 321 |"
    assert "\nSpeech found by silero.\n" in paths[1].read_text()


@pytest.mark.parametrize("outcome", [{"status": -9}, {"transcript": None}])
def test_a_transcription_that_fails_is_no_measurement(run, monkeypatch, outcome):
    monkeypatch.setattr(transcribing, "measure", fake_measure(**outcome))
    film = FilmFolder(run.workdir.film)
    with pytest.raises(StateError, match=r"none\+clean: musasr transcribe ended with status -?\d; see its"):
        transcribe_film(run, film)
    with pytest.raises(StateError, match=r"none\+clean: has not transcribed the film; run musasr film trans"):
        results.collect(run, film, "abc")


def test_figures_without_room_are_one_line_and_the_rerun_is_right(run, monkeypatch, capsys):
    monkeypatch.setattr(transcribing, "measure", fake_measure())
    root = run.workdir.film
    said = r"musasr: error: {}: file too large \(it needs .*; files may have 400 bytes\); raise the limit"
    for step, file in (("transcribe", "none+clean/done.json"), ("score", "results.json")):
        words = ["film", step, "--config", str(CONF / "smoke.yaml"), "--workdir", str(root.parent)]
        words += ["--systems", "none+clean"]
        with file_limit(400):
            assert main(words) == 1
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert re.match(said.format(re.escape(str(root / file))), line), line
        assert not (root / file).exists()
        assert leftovers(root) == []
        assert main(words) == 0
    (system,) = json.loads((root / "results.json").read_text())["systems"]
    assert (system["wer"], system["took"]["peak_mib"]) == (0, 321.0)


def test_what_is_missing_is_said(tmp_path):
    run = make_run(tmp_path, "smoke", systems="none+clean")
    film = FilmFolder(run.workdir.film)
    with pytest.raises(StateError, match=r"film: no film is made; run musasr film make"):
        transcribe_film(run, film)
    done_marks.mark_done(film.root, {"film": {}})
    with pytest.raises(StateError, match=r"exp/none\+clean: is not trained; train it: musasr train sep"):
        transcribe_film(run, film)


def test_a_film_without_a_system_is_refused(tmp_path, capsys):
    command = ["film", "transcribe", "--config", str(CONF / "smoke.yaml"), "--workdir", str(tmp_path)]
    assert main([*command, "--set", "report.best=null"]) == 1
    assert "film.systems: names no system, and report.best none that" in capsys.readouterr().err
