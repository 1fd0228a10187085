"""The smoke recipe, end to end, once; and what a user does with what it leaves."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest
import torch

from musasr.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
HEADLINE = {"none+clean", "none+mixture", "time+mixture:none", "time+mixture:both", "frequency+mixture:both"}


def run_recipe(workdir: Path, *options: str) -> subprocess.CompletedProcess:
    command = ["./run.sh", "--config", "conf/smoke.yaml", "--workdir", str(workdir), "--nj", "2", *options]
    environment = os.environ | {"MUSASR_PYTHON": sys.executable}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=800)


def run_musasr(*arguments: object) -> subprocess.CompletedProcess:
    """What a command does and says, in this process, where what it takes seconds to import is already."""
    handler = signal.getsignal(signal.SIGTERM)
    # Files, and not strings: what the processes that it forks say is in them too.
    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        try:
            with chdir(ROOT), redirect_stdout(output), redirect_stderr(errors):
                status = main([*map(str, arguments)])
        finally:
            signal.signal(signal.SIGTERM, handler)
        said = []
        for file in (output, errors):
            file.seek(0)
            said.append(file.read())
    return subprocess.CompletedProcess(arguments, status, *said)


@pytest.fixture
def workdir(smoke_workdir):
    return smoke_workdir


@pytest.fixture
def own_workdir(smoke_workdir, tmp_path):
    """A copy of it, for what is written into it."""
    shutil.copytree(smoke_workdir, tmp_path / "work", symlinks=True)
    return tmp_path / "work"


COMMANDS = (
    "prepare speech",
    "prepare music",
    "prepare units",
    "train separators recognizers joint",
    "recognize",
)
HEAVY = ("torch", "espnet2", "lightning", "scipy", "matplotlib", "tqdm", "av", "soundfile", "sentencepiece")


def test_stages_that_are_done_import_nothing_that_they_would_work_with(workdir, run_python):
    options = ["--config", "conf/smoke.yaml", "--workdir", str(workdir), "--nj", "2"]
    code = f"""
import sys
from musasr.cli.main import main
statuses = [main([*command.split(), *{options}]) for command in {COMMANDS}]
print(statuses, [name for name in {HEAVY} if name in sys.modules])
"""
    assert run_python(code).splitlines()[-1] == "[0, 0, 0, 0, 0] []"


def test_results_keep_the_contract(workdir):
    results = json.loads((workdir / "results" / "results.json").read_text())
    assert set(results) >= {"config", "commit", "systems"}
    names = set()
    for system in results["systems"]:
        name = f"{system['front_end']}+{system['back_end']}"
        names.add(name if system["front_end"] == "none" else f"{name}:{system['fine_tune']}")
        anime = {row["snr_db"]: row for row in system["results"] if row["test_set"] == "anime"}
        assert set(anime) == {None, 5, 0, -5}
        for row in system["results"]:
            assert row["num_utterances"] > 0
            assert row["wer_ci95"][0] <= row["wer"] <= row["wer_ci95"][1]
            assert (row["sdr"] is not None) == (system["front_end"] != "none" and row["snr_db"] is not None)
    assert names == HEADLINE
    for name in ("table1.md", "table2.md", "report.html"):
        assert (workdir / "results" / name).stat().st_size > 500


def test_trainings_leave_what_the_readme_says(workdir):
    for name in ("time", "frequency", "none+clean", "none+mixture", "time+mixture:both"):
        directory = workdir / "exp" / name
        for file in ("config.yaml", "recipe.yaml", "model.pth", "training.json", "loss.png", "history.jsonl"):
            assert (directory / file).is_file(), (name, file)
        assert list((directory / "tensorboard").rglob("events.*"))
        # The recipe leaves it to the machine.
        assert json.loads((directory / "training.json").read_text())["precision"] in ("32-true", "bf16-mixed")


def test_a_second_run_does_nothing_again(workdir):
    weights = workdir / "exp" / "time" / "model.pth"
    before = weights.stat().st_mtime_ns
    again = run_recipe(workdir)
    assert again.returncode == 0, again.stderr
    assert weights.stat().st_mtime_ns == before
    assert "already done" in again.stdout + again.stderr


def test_recognition_in_parts_writes_the_same(workdir, tmp_path):
    for name in ("data", "exp"):
        shutil.copytree(workdir / name, tmp_path / name)
    shutil.rmtree(tmp_path / "exp" / "none+clean" / "decode")
    stage = ("--stage", "7", "--stop_stage", "7", "--systems", "none+clean")
    done = run_recipe(tmp_path, *stage, "--num_parts", "2", "--nj", "1")
    assert done.returncode == 0, done.stderr
    assert "recognition: all 4 conditions are there" in done.stdout
    logs = [(tmp_path / "log" / f"stage7.{part}.log").read_text() for part in (1, 2)]
    assert all("2 of 2, ETA 0 s" in log for log in logs)
    texts = list((workdir / "exp" / "none+clean" / "decode").glob("*/text"))
    assert len(texts) == 4
    for text in texts:
        assert (tmp_path / text.relative_to(workdir)).read_bytes() == text.read_bytes()


def test_a_changed_setting_is_noticed_and_nothing_is_lost(workdir):
    changed = run_musasr(
        *("train", "separators", "--config", "conf/smoke.yaml", "--workdir", workdir),
        *("--set", "training.time.max_epoch=7"),
    )
    assert changed.returncode == 1
    assert "training.max_epoch = 1, and the configuration now says 7" in changed.stderr
    assert (workdir / "exp" / "time" / "model.pth").is_file()


def train_separator(workdir: Path, num_epochs: int) -> subprocess.CompletedProcess:
    settings = (f"training.time.max_epoch={num_epochs}", "training.time.scheduler=null")
    done = run_musasr(
        *("train", "separators", "--config", "conf/smoke.yaml", "--workdir", workdir, "--nj", "1"),
        *("--systems", "time+mixture:none", "--set", settings[0], "--set", settings[1]),
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_stopped_training_goes_on_from_its_last_epoch(workdir, tmp_path):
    """Two epochs in one go, and two with a stop between them, give the same losses."""
    for name in ("whole", "stopped"):
        shutil.copytree(workdir / "data", tmp_path / name / "data")
    train_separator(tmp_path / "whole", num_epochs=2)
    train_separator(tmp_path / "stopped", num_epochs=1)
    # As if it had been killed after the first epoch: that epoch's state is there, the marks are not.
    for file in ("begun.json", "done.json", "model.pth", "training.json"):
        (tmp_path / "stopped" / "exp" / "time" / file).unlink()
    again = train_separator(tmp_path / "stopped", num_epochs=2)
    assert "goes on after epoch 1 of 2" in again.stderr
    assert json.loads((tmp_path / "stopped/exp/time/begun.json").read_text())["settings"]["training"]
    whole, stopped = (
        [json.loads(line)["valid/loss"] for line in (tmp_path / name / "exp/time/history.jsonl").open()]
        for name in ("whole", "stopped")
    )
    assert whole == pytest.approx(stopped, abs=1e-4)


def export(part: str, directory: Path, output: Path) -> tuple[str, list[str]]:
    """Export a part; the Python lines and the words of the shell command that the command then advises."""
    from musasr.cli.main import main

    with redirect_stdout(StringIO()) as said:
        assert main(["export", part, "--model", str(directory), "--output", str(output)]) == 0
    _, python, _, shell, _, _ = (
        "\n".join(line.strip() for line in lines)
        for _, lines in groupby(said.getvalue().splitlines(), key=lambda line: line.startswith("    "))
    )
    return python, shlex.split(shell)[1:]


@pytest.fixture
def mixture(workdir) -> Path:
    """A file of the test set's speech: what it holds does not matter here."""
    return sorted((workdir / "data" / "speech" / "test" / "wav").glob("*.wav"))[0]


def run_python(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_espnets_class_separates_as_we_do_and_as_loud(workdir, tmp_path, mixture):
    python, _ = export("separator", workdir / "exp" / "frequency", tmp_path / "out")
    code = f"""
import numpy, soundfile
mixture = soundfile.read({str(mixture)!r}, dtype="float32")[0][None]
{python}
numpy.save({str(tmp_path / "theirs.npy")!r}, numpy.concatenate([speech, music]))
"""
    run_python("-c", code)
    from musasr import audio
    from musasr.tasks.checkpoints import load_model

    samples = torch.from_numpy(audio.read(mixture)[0])[None]
    with torch.inference_mode():
        ours = load_model(workdir / "exp" / "frequency").separate(samples, torch.tensor([samples.shape[1]]))
    torch.testing.assert_close(
        torch.from_numpy(np.load(tmp_path / "theirs.npy")), ours[0], atol=1e-5, rtol=1e-3
    )


def recognized(workdir: Path, system: str, mixture: Path, **decode: object) -> str:
    """What our own recogniser finds, with the recipe's search or a changed one."""
    from trained_folders import recognizer_of

    from musasr import audio
    from musasr.tasks.folder import recipe_of
    from musasr.text import Units

    directory = workdir / "exp" / system
    units = Units.load(workdir / "data" / "units")
    decode = recipe_of(directory)["decode"] | decode
    return recognizer_of(directory, units, decode)([audio.read(mixture)[0]])[0].hypothesis


def test_espnets_class_recognises_what_we_do(workdir, tmp_path, mixture):
    python, _ = export("recognizer", workdir / "exp" / "none+clean", tmp_path / "out")
    *lines, last = python.splitlines()
    code = "\n".join(
        [
            "import soundfile",
            f"speech, _ = soundfile.read({str(mixture)!r}, dtype='float32')",
            *lines,
            "recognize.beam_search.do_pre_beam = False  # CTC scores every unit, as in our search",
            last,
            "print(text)",
        ]
    )
    assert run_python("-c", code).strip().splitlines()[-1:] == [recognized(workdir, "none+clean", mixture)]


def test_espnets_command_runs_a_joint_system(workdir, tmp_path, mixture):
    _, shell = export("joint", workdir / "exp" / "time+mixture:both", tmp_path / "out")
    (tmp_path / "wav.scp").write_text(f"one {mixture}\n")
    data = ("--data_path_and_name_and_type", f"{tmp_path}/wav.scp,speech,sound")
    # Without CTC, of which ESPnet asks the scores of a few units only.
    run_python(*shell, *data, "--output_dir", str(tmp_path / "found"), "--ctc_weight", "0")
    (line,) = (tmp_path / "found" / "1best_recog" / "text_spk1").read_text().splitlines()
    assert not (tmp_path / "found" / "1best_recog" / "text_spk2").exists()
    assert line.split(" ", 1) == ["one", recognized(workdir, "time+mixture:both", mixture, ctc_weight=0.0)]


def test_espnets_own_classes_load_the_separator_without_musasr(workdir, tmp_path):
    exported = run_musasr(
        *("export", "separator", "--model", workdir / "exp" / "time", "--output", tmp_path, "--espnet_only")
    )
    assert exported.returncode == 0, exported.stderr
    code = f"""
import torch
from espnet2.bin.enh_inference import SeparateSpeech
torch.manual_seed(0)
mixture = 0.1 * torch.randn(1, 8000)
theirs = SeparateSpeech({str(tmp_path / "config.yaml")!r}, {str(tmp_path / "model.pth")!r})
torch.save((mixture, torch.tensor(theirs(mixture, fs=16000)).transpose(0, 1)), {str(tmp_path / "out.pt")!r})
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    from musasr.tasks.checkpoints import load_model

    mixture, theirs = torch.load(tmp_path / "out.pt")
    model = load_model(workdir / "exp" / "time")
    with torch.inference_mode():
        ours, *_ = model.enh_model.forward_enhance(mixture, torch.tensor([8000]))
    torch.testing.assert_close(torch.stack(ours, dim=1), theirs, atol=1e-4, rtol=1e-3)


def test_separate_mix_and_score(workdir, tmp_path):
    wavs = sorted((workdir / "data" / "speech" / "test" / "wav").glob("*.wav"))
    music = sorted((workdir / "data" / "music" / "test" / "wav").glob("*.wav"))[0]
    mixed = run_musasr(
        *("mix", "--speech", wavs[0], "--music", music, "--snr_db", "3", "--output", tmp_path, "--json")
    )
    assert json.loads(mixed.stdout)["snr_db"] == pytest.approx(3.0, abs=0.01), mixed.stderr
    separated = run_musasr(
        *(
            "separate",
            tmp_path / "mixture.wav",
            "--model",
            workdir / "exp" / "time",
            "--output",
            tmp_path / "out",
        )
    )
    assert separated.returncode == 0, separated.stderr
    assert (tmp_path / "out" / "mixture_speech.wav").is_file()
    scored = run_musasr(
        *("score", "--reference", tmp_path / "speech.wav", "--estimate", tmp_path / "mixture.wav", "--json")
    )
    assert json.loads(scored.stdout)["si_sdr"] == pytest.approx(3.0, abs=1.0), scored.stderr
    rendered = run_musasr(
        *("mix", "--workdir", workdir, "--condition", "anime_0", "--output", tmp_path / "rendered")
    )
    assert rendered.returncode == 0, rendered.stderr
    assert (tmp_path / "rendered" / "anime_0" / "wav.scp").is_file()


def test_other_decode_settings_are_measured_beside_the_plain_ones(own_workdir):
    workdir = own_workdir
    plain = (workdir / "results" / "results.json").read_bytes()
    # Thresholds that every mixture passes.
    settings = ("decode.name=gate", "decode.gate={low_db: -200, high_db: -199, seconds: 1}")
    options = [option for setting in settings for option in ("--set", setting)]
    done = run_recipe(workdir, "--stage", "7", "--systems", "none+mixture,time+mixture:none", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    systems = json.loads((workdir / "results-gate" / "results.json").read_text())["systems"]
    alone, gated = (
        {row["snr_db"]: row["wer"] for row in system["results"] if row["test_set"] == "anime"}
        for system in systems
    )
    assert gated == alone  # the cascade's recogniser is the same, and hears the same
    assert (workdir / "results" / "results.json").read_bytes() == plain


def test_a_film_is_made_transcribed_and_scored(own_workdir):
    """The stage on request; a second run makes what is missing again, and nothing else."""
    stage = ("--stage", "9", "--stop_stage", "9")
    done = run_recipe(own_workdir, *stage)
    assert done.returncode == 0, done.stdout + done.stderr
    film = own_workdir / "film"
    table = (film / "film.md").read_text()
    assert "| `time+mixture:both` |" in table
    assert table.rstrip() in done.stdout
    results = json.loads((film / "results.json").read_text())
    assert set(results) >= {"config", "commit", "film", "systems"}
    assert results["film"]["seconds"] == 36.0
    (system,) = results["systems"]
    assert system["system"] == "time+mixture:both"
    assert [one["snr_db"] for one in system["by_snr"]] == [None, 10, 5, 0, -5]
    assert system["num_words"] == results["film"]["num_words"] > 20
    assert system["took"]["peak_mib"] > 100
    assert system["took"]["real_time_factor"] == pytest.approx(system["took"]["seconds"] / 36)
    transcript = json.loads((film / "time+mixture:both" / "film.json").read_text())
    assert (transcript["source"], transcript["duration"]) == ("film.mp4", pytest.approx(36.0, abs=0.01))
    before = (film / "film.mp4").stat().st_mtime_ns
    shutil.rmtree(film / "time+mixture:both")
    again = run_recipe(own_workdir, *stage)
    assert again.returncode == 0, again.stderr
    assert (film / "film.mp4").stat().st_mtime_ns == before
    assert json.loads((film / "results.json").read_text())["systems"][0]["wer"] == system["wer"]


def test_variants_of_a_decoding_are_compared_without_a_training(own_workdir, tmp_path):
    workdir = own_workdir
    file = tmp_path / "narrow.yaml"
    lines = ("system: time+mixture:both", "variants: {plain: [], narrow: [decode.beam_size=1]}")
    file.write_text("\n".join(lines), encoding="utf-8")
    command = ("ablate", "--config", "conf/smoke.yaml", "--workdir", workdir, "--variants", file, "--nj", "2")
    done = run_musasr(*command, "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert list(rows) == ["none+clean", "none+mixture", "plain", "narrow"]
    assert rows["narrow"]["seconds"] == rows["plain"]["seconds"] > 0
    folder = workdir / "ablations" / "narrow-dev"
    assert "`narrow`" in (folder / "ablation.md").read_text()
    spoken = [
        {line.split()[0] for line in path.read_text().splitlines()}
        for path in (
            workdir / "data" / "speech" / "dev" / "text",
            folder / "narrow" / "exp" / "time+mixture:both" / "decode" / "anime_0" / "text",
        )
    ]
    assert spoken[0] == spoken[1]
    assert not (folder / "narrow" / "exp" / "time" / "checkpoints").exists()
