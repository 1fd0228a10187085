"""``musasr separate``: stems that add up to the file, whole or not at all; mistakes in one line."""

import errno
import time
from functools import partial

import numpy as np
import pytest
import soundfile
import torch
from file_limits import contents
from media_files import tone, tone_times, write_media
from trained_folders import untrained_workdir

from musasr import audio
from musasr.cli.main import main
from musasr.joint import JointModel
from musasr.recognition.stem_files import write_flacs, write_wavs

RATE = 16000


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A separator and a recogniser, both untrained."""
    return untrained_workdir(tmp_path_factory.mktemp("work"), "time", "none+clean")


def noise(num_samples=8000, *, level=0.1, seed=0):
    samples = level * np.random.default_rng(seed).standard_normal(num_samples)
    return samples.clip(-1, 1).astype(np.float32)


@pytest.fixture
def film(tmp_path):
    audio.write(tmp_path / "film.wav", noise(), RATE)
    return tmp_path / "film.wav"


def separate(*files, model, output, options=()):
    return main(["separate", *map(str, files), "--model", str(model), "--output", str(output), *options])


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
    speech = estimates[0, 0].numpy()
    for path, expected in zip(paths, (speech, mixture - speech), strict=True):
        samples, rate = audio.read(path)
        assert rate == RATE
        np.testing.assert_allclose(samples, expected, atol=1e-6)


def test_a_model_of_three_sources_writes_three_stems(workdir, film, tmp_path, three_sources):
    assert separate(film, model=workdir.training("time"), output=tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "film_speech.wav",
        "film_singing.wav",
        "film_music.wav",
    }
    for name, level in {**three_sources, "music": 0.25}.items():  # the last takes what the others leave
        samples, _ = audio.read(tmp_path / "out" / f"film_{name}.wav")
        np.testing.assert_allclose(samples, level * audio.read(film)[0], atol=1e-6)


def loud(three_sources, film):
    """Estimates beyond full scale, and how far."""
    three_sources |= {"speech": 4.0, "singing": -3.0}
    mixture, _ = audio.read(film)
    peak = 4.0 * np.abs(mixture).max()
    assert peak > 1
    return {"speech": 4.0 * mixture, "singing": -3.0 * mixture, "music": 0.0 * mixture}, peak


def test_a_wav_clips_nothing(workdir, film, tmp_path, three_sources, capsys):
    expected, _ = loud(three_sources, film)
    assert separate(film, model=workdir.training("time"), output=tmp_path / "out") == 0
    assert capsys.readouterr().err == ""
    for name, samples in expected.items():
        found, _ = soundfile.read(tmp_path / "out" / f"film_{name}.wav")
        np.testing.assert_allclose(found, samples, atol=1e-6)


def test_flacs_above_full_scale_are_scaled_together_and_that_is_said(
    workdir, film, tmp_path, three_sources, capsys
):
    expected, peak = loud(three_sources, film)
    quiet = film.with_name("quiet.wav")
    audio.write(quiet, noise(level=0.01, seed=1), RATE)
    options = ("--format", "flac")
    assert (
        separate(film, quiet, model=workdir.training("time"), output=tmp_path / "out", options=options) == 0
    )
    (line,) = capsys.readouterr().err.strip().splitlines()  # nothing is said of the quiet file
    assert f"{film}: stems reach {20 * np.log10(peak):.1f} dB above full scale" in line
    for name, samples in expected.items():
        found, _ = soundfile.read(tmp_path / "out" / f"film_{name}.flac")
        np.testing.assert_allclose(found, samples / peak, atol=1.1 / 2**23)
    untouched, _ = audio.read(tmp_path / "out" / "quiet_speech.flac")
    np.testing.assert_allclose(untouched, 4.0 * audio.read(quiet)[0], atol=1.1 / 2**23)


def test_a_model_without_a_separator_is_named(workdir, film, tmp_path, capsys):
    model = workdir.training("none+clean")
    assert separate(film, model=model, output=tmp_path / "out") == 1
    assert f"{model}: has no separator; name exp/time" in one_line(capsys)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("folder", "message"), [("nothing", "no such model; name a"), ("", "no weights yet")]
)
def test_a_model_that_is_not_there_is_named(workdir, film, tmp_path, capsys, folder, message):
    assert separate(film, model=workdir.root / folder, output=tmp_path / "out") == 1
    assert message in one_line(capsys)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("other", ["film.flac", "season 2/film.wav"])
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


def test_a_folder_without_media_is_named(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert separate(tmp_path / "empty", model=tmp_path, output=tmp_path / "out") == 1
    assert f"{tmp_path / 'empty'}: no audio or video in the folder" in one_line(capsys)


def test_a_folder_is_walked_and_its_stems_are_no_files_to_take_apart(workdir, film, tmp_path, capsys):
    library = tmp_path / "library"
    for name in ("film.wav", "season 2/film.wav"):
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_bytes(film.read_bytes())
    expected = [
        library / folder / f"film_{source}.wav"
        for folder in ("", "season 2")
        for source in ("speech", "music")
    ]
    for _ in range(2):
        assert separate(library, model=workdir.training("time"), output=library) == 0
        assert capsys.readouterr().out.splitlines() == list(map(str, expected))
    assert len(list(library.rglob("*.*"))) == 6


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


def test_a_broken_file_does_not_stop_the_others(workdir, film, tmp_path, capsys):
    broken, other = tmp_path / "broken.wav", tmp_path / "other.wav"
    broken.write_bytes(b"not audio at all")
    other.write_bytes(film.read_bytes())
    assert separate(film, broken, other, model=workdir.training("time"), output=tmp_path / "out") == 1
    first, second = capsys.readouterr().err.strip().splitlines()
    assert f"musasr: error: {broken}: no audio can be read" in first
    assert second == "musasr: error: 1 of 3 files could not be separated; see above"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{name}_{source}.wav" for name in ("film", "other") for source in ("speech", "music")
    }


def test_a_stem_that_cannot_be_written_leaves_none_of_its_file(workdir, film, tmp_path, monkeypatch, capsys):
    write = soundfile.SoundFile.write

    def no_space_for_music(self, samples):
        if "music" in str(self.name):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, samples)

    monkeypatch.setattr(soundfile.SoundFile, "write", no_space_for_music)
    assert separate(film, model=workdir.training("time"), output=tmp_path / "out") == 1
    assert "film_music.wav: no space left on device (" in one_line(capsys)
    assert contents(tmp_path / "out") == {}


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


def test_only_the_stems_that_are_asked_for(workdir, film, tmp_path, three_sources, capsys):
    model = workdir.training("time")
    assert separate(film, model=model, output=tmp_path / "a", options=("--stems", "speech")) == 0
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["film_speech.wav"]
    assert separate(film, model=model, output=tmp_path / "b", options=("--stems", "music,speech")) == 0
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"film_speech.wav", "film_music.wav"}
    music, _ = audio.read(tmp_path / "b" / "film_music.wav")
    np.testing.assert_allclose(music, 0.25 * audio.read(film)[0], atol=1e-6)
    capsys.readouterr()
    assert separate(film, model=model, output=tmp_path / "c", options=("--stems", "speach")) == 1
    assert "--stems: no source 'speach'; did you mean 'speech'?" in one_line(capsys)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_stems_have_the_files_rate_length_and_channels_and_add_up_to_it(workdir, tmp_path, suffix):
    random = np.random.default_rng(5)
    film = (0.2 * random.standard_normal((30_011, 3))).clip(-1, 1)
    soundfile.write(tmp_path / "film.wav", film, 44100, subtype="FLOAT")
    options = ("--format", suffix)
    model = workdir.training("time")
    assert separate(tmp_path / "film.wav", model=model, output=tmp_path / "out", options=options) == 0
    stems = []
    for source in ("speech", "music"):
        samples, rate = soundfile.read(tmp_path / "out" / f"film_{source}.{suffix}")
        assert (rate, samples.shape) == (44100, film.shape)
        stems.append(samples)
    assert np.abs(stems[0]).max() < 1  # or they were scaled
    tolerance = 1e-7 if suffix == "wav" else 1.1 / 2**23
    np.testing.assert_allclose(sum(stems), film, atol=tolerance)
    spectrum = np.abs(np.fft.rfft(stems[0], axis=0))
    above = spectrum[int(8500 / 44100 * len(film)) :]
    assert above.max() < 1e-3 * spectrum.max()  # the separator knows nothing of what is above 8 kHz


def test_a_late_stream_of_a_film_gives_stems_on_the_films_clock(workdir, tmp_path, three_sources):
    path = write_media(tmp_path / "a.mkv", tone(), codec="pcm_s16le", start=1.0, picture=1.0)
    assert separate(path, model=workdir.training("time"), output=tmp_path / "out") == 0
    speech, rate = audio.read(tmp_path / "out" / "a_speech.wav")
    assert (rate, len(speech)) == (48000, 4 * 48000)
    assert tone_times(speech, rate) == [pytest.approx((1.5, 3.5), abs=0.01)]


def test_a_second_run_does_nothing_and_says_so_and_other_settings_do(
    workdir, film, tmp_path, capsys, monkeypatch
):
    asked = count_windows(monkeypatch)
    options = {"model": workdir.training("time"), "output": tmp_path / "out"}
    assert separate(film, **options) == 0
    first = capsys.readouterr()
    assert len(asked) == 1
    assert separate(film, **options) == 0
    again = capsys.readouterr()
    assert again.out == first.out
    assert again.err == f"musasr: {film}: the stems are there already, of this file, model and settings\n"
    assert len(asked) == 1
    monkeypatch.setattr("musasr.recognition.fingerprint.digest_of_model", lambda path: "another")
    assert separate(film, **options) == 0
    assert len(asked) == 2
    audio.write(film, noise(seed=9), RATE)
    assert separate(film, **options) == 0
    assert len(asked) == 3


def count_windows(monkeypatch):
    asked = []
    separate = JointModel.separate

    def counted(self, mixture, lengths, cue=None):
        asked.append(mixture.shape)
        return separate(self, mixture, lengths, cue)

    monkeypatch.setattr(JointModel, "separate", counted)
    return asked


@pytest.fixture
def short_chunks(monkeypatch):
    """Chunks of 0.2 s."""
    settings = {"separation": {"chunk_seconds": 0.2, "overlap_seconds": 0.05}}
    monkeypatch.setattr("musasr.recipe.config.load", lambda path: settings)


def test_a_run_that_was_stopped_goes_on_where_it_stopped(
    workdir, film, tmp_path, capsys, monkeypatch, short_chunks
):
    options = {"model": workdir.training("time")}
    assert separate(film, output=tmp_path / "whole", **options) == 0
    capsys.readouterr()
    separate_one = JointModel.separate
    asked = []

    def stopped(self, mixture, lengths, cue=None):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(mixture.shape)
        return separate_one(self, mixture, lengths, cue)

    monkeypatch.setattr(JointModel, "separate", stopped)
    assert separate(film, output=tmp_path / "out", **options) == 130
    monkeypatch.setattr(JointModel, "separate", separate_one)
    capsys.readouterr()
    (folder,) = (tmp_path / "out").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["000000.npy", "000001.npy"]
    asked = count_windows(monkeypatch)
    assert separate(film, output=tmp_path / "out", **options) == 0
    assert f"musasr: {film}: goes on after 0 s" in capsys.readouterr().err
    assert len(asked) == 2  # the last but one is needed for the fade, and the last
    for path in (tmp_path / "whole").iterdir():
        resumed, whole = soundfile.read(tmp_path / "out" / path.name), soundfile.read(path)
        np.testing.assert_array_equal(resumed[0], whole[0])  # a float wav's header holds the time of day
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_what_no_separation_made_is_not_overwritten(workdir, film, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    mine = tmp_path / "out" / "film_music.wav"
    mine.write_bytes(film.read_bytes())
    assert separate(film, model=workdir.training("time"), output=tmp_path / "out") == 1
    assert f"{mine}: is there already, and no separation made it; move it" in one_line(capsys)
    assert mine.read_bytes() == film.read_bytes()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["film_music.wav"]


def test_a_file_of_more_than_4_gb_is_rf64(tmp_path):
    targets = {"speech": tmp_path / "a.wav"}
    blocks = [({"speech": np.full((2, 100), 0.5, np.float32)}, 48000)]
    for hours, content in ((1, "WAV"), (4, "RF64")):
        write_wavs(targets, iter(blocks), comment="x", seconds=hours * 3600)
        with soundfile.SoundFile(targets["speech"]) as file:
            assert (file.format, file.frames, file.comment) == (content, 100, "x")


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
    modules = (
        "recognition.stem_places",
        "recognition.stem_files",
        "recognition.long_separation",
        "recognition.recognizer",
        "recognizers.build",
    )
    code = f"import sys, {', '.join(f'musasr.{name}' for name in modules)}; print('espnet2' in sys.modules)"
    assert run_python(code) == "False"


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_the_same_stems_are_the_same_bytes_whenever_they_are_written(tmp_path, suffix):
    """A wav of floats has the second in which it was written in its header."""
    write = {"wav": partial(write_wavs, seconds=2), "flac": partial(write_flacs, peak=1.0)}[suffix]
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "other")]
    for path in paths:
        block = {"speech": np.linspace(-0.5, 0.5, 9000, dtype=np.float32)[None]}
        write({"speech": path}, iter([(block, 8000)]), comment="c")
        time.sleep(1.1)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert soundfile.read(paths[0])[0] == pytest.approx(block["speech"][0], abs=1e-6)
