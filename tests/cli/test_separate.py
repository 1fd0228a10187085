"""``musasr separate``: stems by the model's own names for them, whole or not at all; mistakes in one line."""

import numpy as np
import pytest
import torch
from trained_folders import save_untrained

from musasr import audio
from musasr.cli.main import main
from musasr.joint import JointModel
from musasr.recipe.workdir import Workdir
from musasr.text import train_units

RATE = 16000


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A separator and a recogniser, both untrained."""
    workdir = Workdir(tmp_path_factory.mktemp("work"))
    train_units(["ab cd ef gh ij", "kl mn op qr"], workdir.units, unit_type="char", num_units=None)
    for name in ("time", "none+clean"):
        save_untrained(workdir.root, name)
    return workdir


def noise(num_samples=8000, *, level=0.1, seed=0):
    samples = level * np.random.default_rng(seed).standard_normal(num_samples)
    return samples.clip(-1, 1).astype(np.float32)


@pytest.fixture
def film(tmp_path):
    audio.write(tmp_path / "film.wav", noise(), RATE)
    return tmp_path / "film.wav"


def separate(*files, model, output):
    return main(["separate", *map(str, files), "--model", str(model), "--output", str(output)])


def one_line(capsys):
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert line.startswith("musasr: error: ")
    return line


@pytest.fixture
def three_sources(monkeypatch):
    """Have every model give three sources, each a part of the mixture that a level names."""
    levels = {"speech": 0.5, "singing": 0.25, "music": 0.125}

    def split(self, mixture, lengths, cue=None):
        return mixture.unsqueeze(1) * torch.tensor(list(levels.values())).view(1, -1, 1)

    monkeypatch.setattr(JointModel, "separate", split)
    monkeypatch.setattr("musasr.joint._check_sources", lambda sources, num_given, *, is_read: None)
    monkeypatch.setattr(
        JointModel, "sources", property(lambda self: tuple(levels), lambda *_: None), raising=False
    )
    return levels


def test_each_source_is_a_file_of_the_models_own_estimate(workdir, film, tmp_path, capsys):
    from musasr.tasks.checkpoints import load_model

    assert separate(film, model=workdir.training("time"), output=tmp_path / "out") == 0
    paths = [tmp_path / "out" / f"film_{source}.wav" for source in ("speech", "music")]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in paths]
    assert sorted((tmp_path / "out").iterdir()) == sorted(paths)
    mixture, _ = audio.read(film)
    with torch.no_grad():
        estimates = load_model(workdir.training("time")).separate(
            torch.from_numpy(mixture)[None], torch.tensor([len(mixture)])
        )
    for path, estimate in zip(paths, estimates[0].numpy(), strict=True):
        samples, rate = audio.read(path)
        assert rate == RATE
        np.testing.assert_allclose(samples, estimate, atol=0.6 / 32768)


def test_a_model_of_three_sources_writes_three_stems(workdir, film, tmp_path, three_sources):
    assert separate(film, model=workdir.training("time"), output=tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "film_speech.wav",
        "film_singing.wav",
        "film_music.wav",
    }
    for name, level in three_sources.items():
        samples, _ = audio.read(tmp_path / "out" / f"film_{name}.wav")
        np.testing.assert_allclose(samples, level * audio.read(film)[0], atol=0.6 / 32768)


def test_estimates_above_full_scale_are_scaled_together_and_that_is_said(
    workdir, film, tmp_path, three_sources, capsys
):
    three_sources |= {"speech": 4.0, "singing": -3.0, "music": 0.5}
    quiet = film.with_name("quiet.wav")
    audio.write(quiet, noise(level=0.01, seed=1), RATE)
    assert separate(film, quiet, model=workdir.training("time"), output=tmp_path / "out") == 0
    mixture, _ = audio.read(film)
    peak = 4.0 * np.abs(mixture).max()
    assert peak > 1
    (line,) = capsys.readouterr().err.strip().splitlines()  # nothing is said of the quiet file
    assert f"{film}: estimates reach {20 * np.log10(peak):.1f} dB above full scale" in line
    for name, level in three_sources.items():
        samples, _ = audio.read(tmp_path / "out" / f"film_{name}.wav")
        np.testing.assert_allclose(samples, level * mixture / peak, atol=1.1 / 32768)
    untouched, _ = audio.read(tmp_path / "out" / "quiet_speech.wav")
    np.testing.assert_allclose(untouched, 4.0 * audio.read(quiet)[0], atol=0.6 / 32768)


def test_a_model_without_a_separator_is_named(workdir, film, tmp_path, capsys):
    model = workdir.training("none+clean")
    assert separate(film, model=model, output=tmp_path / "out") == 1
    assert f"{model}: has no separator; name exp/time" in one_line(capsys)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("folder", "message"), [("nothing", "no such folder; check the"), ("", "no weights yet")]
)
def test_a_model_that_is_not_there_is_named(workdir, film, tmp_path, capsys, folder, message):
    assert separate(film, model=workdir.root / folder, output=tmp_path / "out") == 1
    assert message in one_line(capsys)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("other", ["film.wav", "film.flac", "season 2/film.wav"])
def test_two_inputs_of_one_name_are_refused_before_anything_is_done(film, tmp_path, capsys, other):
    second = tmp_path / other
    second.parent.mkdir(exist_ok=True)
    second.write_bytes(film.read_bytes())
    assert separate(film, second, model=tmp_path, output=tmp_path / "out") == 1
    assert f"{second}: has the name of {film}: their stems would be one" in one_line(capsys)
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_named_before_anything_is_done(film, tmp_path, capsys):
    assert separate(film, tmp_path / "flim.wav", model=tmp_path, output=tmp_path / "out") == 1
    assert f"{tmp_path / 'flim.wav'}: no such audio file; check the path" in one_line(capsys)
    assert not (tmp_path / "out").exists()


def test_a_folder_is_no_file(film, tmp_path, capsys):
    assert separate(tmp_path, model=tmp_path, output=tmp_path / "out") == 1
    assert f"{tmp_path}: no such audio file" in one_line(capsys)


def test_an_output_that_is_a_file_is_named(film, tmp_path, capsys):
    assert separate(film, model=tmp_path, output=film) == 1
    assert f"{film}: is a file, not a folder; name another --output" in one_line(capsys)


@pytest.mark.parametrize("content", [b"", b"not audio at all", "header"])
def test_a_broken_file_is_one_line_and_leaves_nothing(workdir, film, tmp_path, capsys, content):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(film.read_bytes()[:44] if content == "header" else content)
    assert separate(broken, model=workdir.training("time"), output=tmp_path / "out") == 1
    assert str(broken) in one_line(capsys)
    assert not (tmp_path / "out").exists()


def test_what_came_before_a_broken_file_is_whole(workdir, film, tmp_path, capsys):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not audio at all")
    assert separate(film, broken, model=workdir.training("time"), output=tmp_path / "out") == 1
    assert str(broken) in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"film_speech.wav", "film_music.wav"}


def test_a_stem_that_cannot_be_written_leaves_none_of_its_file(workdir, film, tmp_path, monkeypatch):
    write = audio.write

    def no_space_for_music(path, samples, sampling_rate):
        if "music" in path.name:
            raise OSError("no space left on device")
        write(path, samples, sampling_rate)

    monkeypatch.setattr(audio, "write", no_space_for_music)
    with pytest.raises(OSError, match="no space left"):
        separate(film, model=workdir.training("time"), output=tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_estimates_that_are_no_numbers_are_not_written(workdir, film, tmp_path, three_sources, capsys):
    three_sources["singing"] = np.nan
    assert separate(film, model=workdir.training("time"), output=tmp_path / "out") == 1
    assert f"{film}: the estimates hold NaN or infinite samples" in one_line(capsys)
    assert not (tmp_path / "out").exists()


def test_no_input_is_overwritten_by_a_stem(workdir, film, tmp_path, capsys):
    earlier = tmp_path / "film_speech.wav"
    audio.write(earlier, noise(seed=3), RATE)
    before = earlier.read_bytes()
    assert separate(film, earlier, model=workdir.training("time"), output=tmp_path) == 1
    assert f"{earlier}: would be overwritten by a stem of {film}" in one_line(capsys)
    assert earlier.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"film.wav", "film_speech.wav"}


@pytest.mark.slow
def test_a_mistake_in_the_files_is_found_without_espnets_slow_import(run_python):
    code = """
import sys
from musasr.cli.main import main
print(main(["separate", "none.wav", "--model", "none", "--output", "none"]), "espnet2" in sys.modules)
"""
    assert run_python(code) == "1 False"


@pytest.mark.slow
def test_stems_and_systems_are_imported_without_espnet(run_python):
    modules = ("recognition.stems", "recognition.recognizer", "recognizers.build")
    code = f"import sys, {', '.join(f'musasr.{name}' for name in modules)}; print('espnet2' in sys.modules)"
    assert run_python(code) == "False"
