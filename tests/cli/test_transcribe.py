"""`musasr transcribe` on the command line: a trained system's subtitles; bad input in one line."""

import json
import shutil

import numpy as np
import pytest
from onnx_networks import write_loudness
from trained_folders import untrained_workdir

from musasr import audio
from musasr.cli.main import main
from musasr.transcribe import system

RATE = 16000


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A separator, a recogniser and both in one, all untrained."""
    return untrained_workdir(tmp_path_factory.mktemp("work"), "time", "none+clean", "time+clean:none")


@pytest.fixture
def film(tmp_path):
    samples = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE)
    audio.write(tmp_path / "film.wav", samples.clip(-1, 1).astype(np.float32), RATE)
    return tmp_path / "film.wav"


def transcribe(*files, model, options=()):
    return main(["transcribe", *map(str, files), "--model", str(model), *map(str, options)])


def one_line(capsys):
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert line.startswith("musasr: error: ")
    return line


@pytest.mark.parametrize(
    ("model", "options", "heard"),
    [
        ("time+clean:none", [], "gated"),
        ("time+clean:none", ["--input", "separated"], "separated"),
        ("time+clean:none", ["--separator", "none"], "raw"),
        ("none+clean", [], "raw"),
    ],
)
def test_a_trained_system_writes_subtitles(workdir, film, tmp_path, capsys, model, options, heard):
    more = ["-o", tmp_path / "out", "--format", "srt,json", "--json", "--set", "segments.onset=0.4", *options]
    assert transcribe(film, model=workdir.training(model), options=more) == 0
    (figures,) = json.loads(capsys.readouterr().out)
    assert figures["made_with"]["input"] == heard
    assert figures["made_with"]["segmenter"] in ("pyannet.pt", "silero")
    assert figures["duration"] == pytest.approx(2.0)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".musasr", "film.json", "film.srt"]


def test_what_is_finished_is_known_without_loading_the_model(workdir, film, tmp_path, capsys, monkeypatch):
    """Once, a rerun with nothing to do loaded the model first: 12 s of processor."""
    loaded = []
    load = system.load_system
    monkeypatch.setattr(
        system, "load_system", lambda *given, **options: loaded.append(1) or load(*given, **options)
    )
    model = tmp_path / "moved" / "exp" / "none+clean"
    shutil.copytree(workdir.root, tmp_path / "moved")

    def told(*options):
        loaded.clear()
        more = ["-o", tmp_path / "out", "--json", *options]
        assert transcribe(film, model=model, options=more) == 0
        (figures,) = json.loads(capsys.readouterr().out)
        assert figures.pop("seconds") == figures.pop("real_time_factor") == 0 or loaded
        return figures

    first = told()
    assert loaded
    assert told() == first
    assert not loaded
    for change in (["--format", "srt,vtt", "--language", "ja"], ["--set", "subtitles.max_lines=1"]):
        told(*change)
        assert loaded, change
        told(*change)
        assert not loaded, change
    heard_by = ["--set", f"segments.segmenter={tmp_path / 'loud.onnx'}"]
    for frame in (160, 320):  # another network under the same name
        write_loudness(tmp_path / "loud.onnx", frame=frame)
        told(*heard_by)
        assert loaded
        told(*heard_by)
        assert not loaded
    (tmp_path / "out" / "film.srt").unlink()
    told(*change)
    assert loaded
    with (model / "recipe.yaml").open("a") as recipe:
        recipe.write("# another\n")
    told(*change)
    assert loaded
    audio.write(film, audio.read(film)[0][:RATE], RATE)
    assert told(*change)["duration"] == 1.0
    assert loaded


def test_a_separator_of_ours_goes_in_front_of_a_recogniser(workdir, film, tmp_path, capsys):
    options = ["--separator", workdir.training("time"), "-o", tmp_path / "out", "--json"]
    assert transcribe(film, model=workdir.training("none+clean"), options=options) == 0
    (figures,) = json.loads(capsys.readouterr().out)
    assert figures["made_with"]["input"] == "gated"
    assert figures["made_with"]["separator"].endswith("exp/time")


def test_one_broken_file_does_not_stop_the_others(workdir, film, tmp_path, capsys):
    (tmp_path / "broken.mp4").write_text("no film")
    options = ["-o", tmp_path / "out"]
    assert transcribe(tmp_path, model=workdir.training("none+clean"), options=options) == 1
    captured = capsys.readouterr()
    assert captured.out.split() == [str(tmp_path / "out" / "film.srt")]
    lines = [line for line in captured.err.splitlines() if line.startswith("musasr: error: ")]
    assert "broken.mp4" in lines[0]
    assert "1 of 2 files could not be transcribed; see above" in lines[-1]
    assert not (tmp_path / "out" / "broken.srt").exists()


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("time", [], "exp/time: has no recogniser"),
        (
            "none+clean",
            ["--input", "separated"],
            "input.kind: separated wants a separator, and there is none",
        ),
        ("none+clean", ["--separator", "nowhere"], "nowhere: is no trained system"),
        ("none+clean", ["--format", "sub"], "--format: unknown format 'sub'"),
        ("none+clean", ["--stream", "3"], "no audio stream 3"),
        ("none+clean", ["--set", "segments.onest=1"], "unknown key 'onest'; did you mean 'onset'"),
        ("nowhere", [], "there is no such recogniser"),
    ],
)
def test_what_cannot_be_is_one_line(workdir, film, capsys, model, options, message):
    path = workdir.training(model) if model != "nowhere" else "nowhere"
    assert transcribe(film, model=path, options=options) == 1
    assert message in one_line(capsys)


def test_a_folder_without_media_is_one_line(workdir, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("nothing")
    assert transcribe(tmp_path, model=workdir.training("none+clean")) == 1
    assert "no audio or video in the folder" in one_line(capsys)


def test_without_a_model_it_says_how_to_get_one(film, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["transcribe", str(film)]) == 1
    assert "work: no trained system is here; train one with ./run.sh" in one_line(capsys)


def test_without_a_model_it_takes_the_best_of_the_results(workdir, film, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "work" / "mini"
    place.parent.mkdir()
    place.symlink_to(workdir.root)
    systems = [
        {
            "front_end": front,
            "back_end": "clean",
            "fine_tune": "none",
            "results": [{"wer": wer}, {"wer": None}],
        }
        for front, wer in (("time", 20.0), ("none", 30.0))
    ]
    workdir.results.mkdir(exist_ok=True)
    (workdir.results / "results.json").write_text(json.dumps({"systems": systems}))
    assert main(["transcribe", str(film), "-o", str(tmp_path / "out"), "--json"]) == 0
    (figures,) = json.loads(capsys.readouterr().out)
    assert figures["made_with"]["model"].endswith("exp/time+clean:none")


def test_speakers_are_asked_of_a_network_of_voices(workdir, film, tmp_path, capsys, monkeypatch):
    model = workdir.training("none+clean")
    assert transcribe(film, model=model, options=["--voices", tmp_path]) == 1
    assert "--voices: nobody is to be told apart; add --diarize" in one_line(capsys)
    assert transcribe(film, model=model, options=["--diarize", "--voices", film]) == 1
    assert "film.wav: is no network of voices; name the folder of a trained one" in one_line(capsys)
    monkeypatch.chdir(tmp_path)
    assert transcribe(film, model=model, options=["--diarize"]) == 1
    assert "no network of voices is there; train one by ./run.sh --recipe diarization" in one_line(capsys)
