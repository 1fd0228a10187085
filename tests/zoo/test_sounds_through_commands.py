"""Every kind of audio file through the commands that take files: used, or one line that says why not."""

import numpy as np
import pytest
from sounds import GONE, RATE, SOUNDS, noise, write_zoo
from trained_folders import untrained_workdir

from musasr import audio
from musasr.cli.main import main


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    return write_zoo(tmp_path_factory.mktemp("zoo") / "sounds")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return untrained_workdir(tmp_path_factory.mktemp("work"), "time", "none+clean")


BAD = [name for name, (_, said) in SOUNDS.items() if said not in (None, "silent")]
USED = [name for name in SOUNDS if name not in BAD]


ODD = {"folder.wav": "folder", "no_channels.wav": "the audio is empty"}  # one place says more than the other


@pytest.mark.parametrize("command", ["separate", "transcribe", "score"])
def test_a_bad_file_is_one_line_and_nothing_is_written(zoo, models, tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    audio.write(tmp_path / "reference.wav", noise()[:, 0], RATE)
    model = {"separate": "time", "transcribe": "none+clean"}.get(command)
    for name in BAD:
        if command == "score":
            words = ["--reference", tmp_path / "reference.wav", "--estimate", zoo / name]
        else:
            words = [zoo / name, "--model", models.training(model), "--output", tmp_path / "out"]
        assert main([command, *map(str, words)]) == 1, name
        lines = [line for line in capsys.readouterr().err.splitlines() if "musasr: error: " in line]
        assert len(lines) == 1, (name, lines)
        assert any(said in lines[0] for said in (SOUNDS[name][1], ODD.get(name, GONE), GONE)), lines
    left = [path for path in tmp_path.rglob("*") if path.is_file() and ".musasr" not in path.parts]
    assert [path.name for path in left] == ["reference.wav"]


@pytest.mark.parametrize("command", ["separate", "transcribe"])
def test_a_folder_of_all_kinds_names_each_that_is_not_used(
    zoo, models, tmp_path, monkeypatch, capsys, command
):
    """None is dropped without a word, and none stops the others."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    folder.mkdir()
    names = [*BAD, "plain.wav", "stereo.wav", "silent.wav"]
    for number, name in enumerate(name for name in names if (zoo / name).is_file()):
        (folder / f"{number:03d}_{name}").write_bytes((zoo / name).read_bytes())
    model = {"separate": "time", "transcribe": "none+clean"}[command]
    words = [folder, "--model", models.training(model), "--output", tmp_path / "out"]
    assert main([command, *map(str, words)]) == 1
    captured = capsys.readouterr()
    errors = [line for line in captured.err.splitlines() if "musasr: error: " in line]
    made = {path.name.split("_")[0] for path in (tmp_path / "out").iterdir() if path.is_file()}
    for path in folder.iterdir():
        is_named = any(path.name in line for line in errors[:-1])
        is_made = path.name.split("_")[0] in made
        assert is_named != is_made, path.name
    assert "files could not be" in errors[-1]
    assert not list(tmp_path.rglob("CANARY"))


def test_what_is_used_scores_as_json_can_hold_it(zoo, tmp_path, capsys):
    for name in USED:
        samples, rate = audio.read(zoo / name)
        if np.abs(samples).max() > 1:
            continue
        audio.write(tmp_path / "reference.wav", samples, rate)
        words = ["score", "--reference", tmp_path / "reference.wav", "--estimate", zoo / name, "--json"]
        status = main([*map(str, words)])
        captured = capsys.readouterr()
        assert "NaN" not in captured.out, name
        assert "Infinity" not in captured.out, name
        assert status == 0 or captured.err.count("\n") == 1, name
