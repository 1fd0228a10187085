"""The stages from films to a table, on tones; what is done, changed or missing is said in one line."""

import json
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from looking_runs import CONF, musasr, write_sets
from talking_films import write_film

from musasr.audio import containers, formats
from musasr.cli.main import main
from musasr.corpora.embedded.faces.company import join
from musasr.corpora.talking.layout import Box
from musasr.looking_to_listen.kinds import KINDS

GRID = os.environ.get("MUSASR_GRID")  # a folder of GRID's clips
pytestmark = pytest.mark.slow  # two short trainings


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_sets(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def workdir(films, tmp_path_factory):
    """A run of every stage."""
    folder = tmp_path_factory.mktemp("run")
    assert [musasr(verb, films, folder) for verb in ("prepare", "train", "evaluate", "report")] == [0] * 4
    return folder


@pytest.mark.skipif(not GRID, reason="MUSASR_GRID names no folder of GRID's clips")
def test_real_faces_go_through_every_stage(tmp_path):
    grid = "corpus.layout=grid", f"corpus.folder={GRID}", "corpus.face=0.25,0.2,0.5,0.75"
    sizes = "corpus.speakers.dev=2", "corpus.speakers.test=2", "mixing.num_test=2"
    for verb in ("prepare", "train", "evaluate", "report"):
        assert musasr(verb, "nowhere", tmp_path, *grid, *sizes) == 0
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    assert results["results"][0]["num_mixtures"] == 2


def one_line(capsys) -> str:
    error = capsys.readouterr().err.split("\r")[-1].strip()  # behind the bar of a slow machine
    assert error.startswith("musasr: error: ")
    assert "\n" not in error
    return error


def test_results_have_a_row_for_everything_that_is_shown(workdir):
    results = json.loads((workdir / "results" / "results.json").read_text())
    rows = [(row["variant"], row["shown"]) for row in results["results"]]
    assert rows[0] == (None, "mixture")
    assert [shown for variant, shown in rows if variant == "audio_visual"] == [
        "right faces",
        "faces swapped",
        "faces swapped, by place",
        "a still face",
        "another person's face",
        "no face",
        "picture late",
        "picture early",
    ]
    assert [shown for variant, shown in rows if variant == "audio_only"] == ["right faces", "best order"]
    assert results["results"][0]["num_mixtures"] == 3
    table = (workdir / "results" / "table.md").read_text()
    assert "| unprocessed | - |" in table
    assert "| audio_only | nothing, best order |" in table
    assert " SI-SDR gain (95 %) | PESQ | STOI |" in table
    assert table.count("(pip install .[quality]).") == len(results["missing"])


def test_all_kinds_are_rows_of_one_run(films, tmp_path):
    config = tmp_path / "kinds.yaml"
    bases = [str(CONF / f"looking_to_listen_{name}.yaml") for name in ("kinds", "smoke")]
    config.write_text(f"base: {json.dumps(bases)}\nmixing: {{music_hours: 0.003, num_test: 2}}\n")
    for verb in ("prepare", "train", "evaluate", "report"):
        assert musasr(verb, films, tmp_path, config=config) == 0
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    rows = {(row["kind"], row["variant"]) for row in results["results"] if row["shown"] == "right faces"}
    seen = [kind for kind, mixing in KINDS.items() if not mixing.num_unseen]
    models = {"1S": {"one_face", "one_voice"}, "2S": {"noisy_faces", "noisy_voices"}}
    models["3S"] = {"three_faces", "three_voices"}
    expected = {(kind, model) for kind in seen for model in models[kind[:2]]}
    assert rows == expected | {("2S", "audio_visual"), ("2S", "audio_only")}
    assert {row["num_mixtures"] for row in results["results"]} == {2}
    table = (tmp_path / "results" / "table.md").read_text()
    assert all(f"| {kind} | unprocessed |" in table for kind in seen)


def test_what_is_done_is_not_done_again(workdir, films, capsys):
    for verb in ("prepare", "train", "evaluate"):
        assert musasr(verb, films, workdir) == 0
        assert "already done" in capsys.readouterr().out


def test_a_package_that_has_come_scores_again(workdir, films, capsys):
    path = workdir / "exp" / "audio_only" / "test" / "scores.json"
    before = path.read_text()
    scores = json.loads(before)
    path.write_text(json.dumps(scores | {"missing": {"mos": "the package was not installed"}}))
    assert musasr("evaluate", films, workdir) == 0
    assert capsys.readouterr().out.count("already done") == 1
    assert path.read_text() == before


def test_a_change_is_noticed(workdir, films, capsys):
    assert musasr("train", films, workdir, "training.batch_size=2") == 1
    assert "was made with training.batch_size = 4, and the configuration now says 2" in one_line(capsys)


def test_stages_want_those_before_them(films, tmp_path, capsys):
    assert musasr("train", films, tmp_path) == 1
    assert "the clips are not prepared; run musasr prepare looking_to_listen" in one_line(capsys)
    assert musasr("prepare", films, tmp_path) == 0
    capsys.readouterr()
    assert musasr("evaluate", films, tmp_path) == 1
    assert "holds no trained network" in one_line(capsys)
    assert musasr("report", films, tmp_path) == 1
    assert "is not evaluated; run musasr evaluate looking_to_listen" in one_line(capsys)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("mixing.seconds=1.01", "mixtures of 1.01 s are 25.25 pictures"),
        ("mixing.kind=4S", "mixing.kind"),
        ("variants.audio_only.kinds=[2S, 3S]", "variants.audio_only.kinds: 2S, 3S have not the same number"),
        ("model.mask=relu", "model.mask"),
        ("variants.audio_visual.face_encoder=eyes", "variants.audio_visual.face_encoder"),
    ],
)
def test_settings_that_are_none_are_named(workdir, films, capsys, setting, message):
    assert musasr("train", films, workdir, setting) == 1
    assert message in one_line(capsys)


def test_a_layout_of_ones_own_films_wants_a_folder(tmp_path, capsys):
    options = ["--config", str(CONF / "looking_to_listen_smoke.yaml"), "--workdir", str(tmp_path)]
    assert main(["prepare", "looking_to_listen", *options, "--set", "corpus.layout=grid"]) == 1
    assert "the layout grid wants a folder" in one_line(capsys)


def test_too_few_speakers_are_named(films, tmp_path, capsys):
    options = "corpus.layout=grid", f"corpus.folder={films}", "corpus.speakers.dev=2"
    assert musasr("prepare", films, tmp_path, *options) == 1
    assert "there are 3 speakers, and dev and test want 5 of them" in one_line(capsys)


def separate(films, model, output, *options: str) -> int:
    return main(["separate", str(films), "--model", str(model), "--output", str(output), *options])


def test_a_film_becomes_a_stem_a_face_and_a_film_with_that_voice(workdir, tmp_path, capsys):
    import av

    film = write_film(tmp_path / "two.mp4", seconds=2.5)
    model = workdir / "exp" / "audio_visual"
    boxes = ("--faces", "0.5,0,0.5,1;0,0,0.5,1")
    assert separate(film, model, tmp_path / "out", *boxes, "--face", "left", "--film") == 0
    stem, voice = tmp_path / "out" / "two_face1.wav", tmp_path / "out" / "two_face1.mp4"
    assert capsys.readouterr().out.split() == [str(stem), str(voice)]
    samples, rate = soundfile.read(stem)
    assert (len(samples), rate) == (40000, 16000)
    with av.open(str(voice)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 62
    assert separate(film, model, tmp_path / "out", *boxes) == 0
    assert soundfile.read(stem)[0] == pytest.approx(samples)
    assert len(list((tmp_path / "out").glob("two_face*.wav"))) == 2
    assert separate(film, model, tmp_path / "out", *boxes, "--face", "2", "--format", "flac") == 0
    assert len(soundfile.read(tmp_path / "out" / "two_face2.flac")[0]) == 40000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--faces: no face is given; give x,y,width,height"),
        ((), "such as 0,0,0.5,1, or haar, which finds them"),
        (("--faces", "0,0,1,1"), "--faces: the model separates 2 faces, and 1 are given"),
        (("--faces", "0,0,1,1;0,0,1"), "'0,0,1' is no box"),
        (("--faces", "0,0,1,1;0,0,1,1", "--face", "3"), "--face: there is no face '3'; give left, right"),
        (("--faces", "0,0,1,1;0,0,1,1", "--face", "middle"), "there is no face 'middle'"),
    ],
)
def test_faces_that_are_none_are_named(workdir, tmp_path, capsys, options, message):
    film = write_film(tmp_path / "two.mp4")
    assert separate(film, workdir / "exp" / "audio_visual", tmp_path / "out", *options) == 1
    assert message in one_line(capsys)
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--example", "a.wav"), "--example: the model looks; leave it out: --face says whose voice"),
        (("--query", "a voice"), "--query: the model looks; leave it out: --face says whose voice"),
        (("--stems", "face1"), "--stems: the model looks; leave it out: --face says whose voice"),
    ],
)
def test_options_of_other_models_are_named(workdir, tmp_path, capsys, options, message):
    film, boxes = write_film(tmp_path / "two.mp4"), ("--faces", "0,0,0.5,1;0.5,0,0.5,1")
    assert separate(film, workdir / "exp" / "audio_visual", tmp_path / "out", *boxes, *options) == 1
    assert message in one_line(capsys)


def test_stems_that_are_there_are_not_made_again(workdir, tmp_path, capsys):
    film, model = write_film(tmp_path / "two.mp4"), workdir / "exp" / "audio_visual"
    left, right = "0,0,0.5,1", "0.5,0,0.5,1"
    for _ in range(2):
        assert separate(film, model, tmp_path / "out", "--faces", f"{left};{right}") == 0
    assert "the stems are there already" in capsys.readouterr().err
    stem = (tmp_path / "out" / "two_face1.wav").read_bytes()
    assert separate(film, model, tmp_path / "out", "--faces", f"{left};0.4,0,0.6,1") == 0
    assert "already" not in capsys.readouterr().err
    assert (tmp_path / "out" / "two_face1.wav").read_bytes() != stem


def test_a_run_that_was_stopped_goes_on(workdir, tmp_path, capsys, monkeypatch):
    from musasr.recognition.chunk_files import ChunkFiles

    film, model = write_film(tmp_path / "two.mp4", seconds=4.0), workdir / "exp" / "audio_visual"
    boxes = ("--faces", "0,0,0.5,1;0.5,0,0.5,1")
    assert separate(film, model, tmp_path / "whole", *boxes) == 0
    put = ChunkFiles.put

    def stop(chunks, number, chunk):
        if number == 3:
            raise KeyboardInterrupt
        put(chunks, number, chunk)

    monkeypatch.setattr(ChunkFiles, "put", stop)
    assert separate(film, model, tmp_path / "out", *boxes) != 0
    monkeypatch.undo()
    capsys.readouterr()
    assert separate(film, model, tmp_path / "out", *boxes) == 0
    assert "goes on after 2 s" in capsys.readouterr().err
    names = ["two_face1.wav", "two_face2.wav"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    for name in names:
        # Both stems' comments hold the same key: of the same film, model and settings.
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def halves(picture):
    """Finds two faces, the right one first."""
    return [Box(0.5, 0, 0.5, 1), Box(0, 0, 0.5, 1)]


def test_faces_that_are_found_are_heard_as_those_that_are_given(workdir, tmp_path, capsys, monkeypatch):
    film, model = write_film(tmp_path / "two.mp4"), workdir / "exp" / "audio_visual"
    assert separate(film, model, tmp_path / "given", "--faces", "0,0,0.5,1;0.5,0,0.5,1") == 0
    monkeypatch.setattr("musasr.looking_to_listen.film.check_detector", lambda name, where: None)
    monkeypatch.setattr("musasr.looking_to_listen.film.detector_of", lambda name: halves)
    assert separate(film, model, tmp_path / "found", "--faces", "haar") == 0
    for name in ("two_face1.wav", "two_face2.wav"):
        given, found = (soundfile.read(tmp_path / folder / name)[0] for folder in ("given", "found"))
        assert found == pytest.approx(given)
    capsys.readouterr()
    monkeypatch.setattr("musasr.looking_to_listen.film.detector_of", lambda name: lambda picture: [])
    assert separate(film, model, tmp_path / "none", "--faces", "haar") == 1
    assert "0 faces are found throughout, and the model separates 2; say where" in one_line(capsys)
    assert not (tmp_path / "none").exists()


def test_a_detector_that_is_not_there_is_named(workdir, films, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("musasr.corpora.talking.detectors.find_spec", lambda name: None)
    film, model = write_film(tmp_path / "two.mp4"), workdir / "exp" / "audio_visual"
    assert separate(film, model, tmp_path / "out", "--faces", "haar") == 1
    assert "--faces: haar is OpenCV's, which is not installed; pip install .[faces]" in one_line(capsys)
    assert musasr("prepare", films, tmp_path, "corpus.face_detector=haar") == 1
    assert "corpus.face_detector: haar is OpenCV's, which is not installed" in one_line(capsys)


@pytest.mark.skipif(not GRID, reason="MUSASR_GRID names no folder of GRID's clips")
def test_two_real_faces_are_found_in_a_film(workdir, tmp_path):
    pytest.importorskip("cv2", reason="OpenCV is not installed (pip install .[faces])")
    clips = sorted(Path(GRID).rglob("*.mpg"))[:2]
    join(clips, tmp_path / "two.mp4", sampling_rate=16000, pictures_per_second=25)
    model = workdir / "exp" / "audio_visual"
    assert separate(tmp_path / "two.mp4", model, tmp_path / "out", "--faces", "haar") == 0
    assert len(list((tmp_path / "out").glob("two_face*.wav"))) == 2


def test_memory_does_not_grow_with_the_film(workdir, tmp_path, monkeypatch):
    """Once, all sound and all crops of a film were held."""
    for module in (formats, containers):
        monkeypatch.setattr(module, "BLOCK", 1 << 14)  # as if these films were 16 times as long
    model, boxes = workdir / "exp" / "audio_visual", ("--faces", "0,0,0.5,1;0.5,0,0.5,1")
    peaks = []
    for seconds in (4.0, 4.0, 16.0):  # the first time, modules and codecs are loaded
        film = write_film(tmp_path / f"{len(peaks)}.mp4", seconds=seconds, size=(160, 120))
        tracemalloc.start()
        assert separate(film, model, tmp_path / "out", *boxes, "--film") == 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 12 s more were 0.8 MB of sound, 1.5 MB of stems and 0.15 MB of crops.
    assert peaks[2] < peaks[1] + 0.4e6


def test_sound_without_a_picture_is_named(workdir, tmp_path, capsys):
    from musasr.audio import write

    boxes, model = ("--faces", "0,0,0.5,1;0.5,0,0.5,1"), workdir / "exp" / "audio_visual"
    long = write_film(tmp_path / "long.mp4", seconds=1.0, sound_seconds=3.0)
    assert separate(long, model, tmp_path / "out", *boxes) == 1
    assert "the picture lasts 1.0 s, and the sound goes on; cut the sound" in one_line(capsys)
    write(tmp_path / "sound.wav", np.zeros(16000, np.float32), 16000)
    assert separate(tmp_path / "sound.wav", model, tmp_path / "out", *boxes) == 1
    assert "sound.wav: shows no moving picture; name a film" in one_line(capsys)


def test_a_model_that_sees_nothing_is_no_model_for_faces(workdir, tmp_path, capsys):
    film, boxes = write_film(tmp_path / "two.mp4"), ("--faces", "0,0,0.5,1;0.5,0,0.5,1")
    assert separate(film, workdir / "exp" / "audio_only", tmp_path / "out", *boxes) == 1
    assert "the model sees no faces; name one with face_encoder: crops" in one_line(capsys)
    assert separate(film, tmp_path / "nothing", tmp_path / "out", *boxes) == 1
    assert "holds no trained network; train it first" in one_line(capsys)
