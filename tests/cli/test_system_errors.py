"""What the system refuses is one line: what, where, and what to do; pickles stay shut in every command."""

import errno
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_tensors import KINDS, write_pickle
from trained_folders import save_untrained

from musasr import audio, errors, pickles
from musasr.cli import main as door
from musasr.cli.main import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def failing(monkeypatch):
    """A function that has `musasr score` fail with an error."""

    def fail(error):
        class Module:
            @staticmethod
            def add_arguments(parser):
                pass

            @staticmethod
            def run(args):
                raise error

        monkeypatch.setattr(door, "import_module", lambda name: Module)
        return main(["score"])

    return fail


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, r"no space left on device \([\d.]+ [MG]B are free in /.*\); make room there"),
        (errno.EDQUOT, r"quota exceeded; your quota is used up: make room"),
        (errno.EFBIG, r"file too large; raise the limit on the size of files \(ulimit -f\)"),
        (errno.EROFS, r"read-only file system; name a folder on a file system that can be written"),
        (errno.EACCES, r"permission denied; change its permissions, or name another folder"),
        (errno.ENAMETOOLONG, r"file name too long; use shorter names"),
        (errno.ENOENT, r"no such file or directory; was it removed meanwhile\?"),
        (errno.EIO, r"input/output error; the disk or its server fails"),
    ],
)
def test_each_is_one_line(tmp_path, failing, capsys, number, message):
    path = str(tmp_path / "file")
    assert failing(OSError(number, os.strerror(number), path)) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith(f"musasr: error: {path}: ")
    assert re.search(message, said), said


def test_a_traceback_is_there_for_who_asks(failing, monkeypatch):
    monkeypatch.setenv(door.SHOW_TRACEBACK, "1")
    with pytest.raises(OSError, match="No space"):
        failing(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes")],
)
def test_memory_that_does_not_suffice_is_one_line(failing, capsys, error):
    assert failing(error) == 1
    assert "out of memory (" in capsys.readouterr().err


def test_a_fault_of_ours_keeps_its_traceback(failing):
    with pytest.raises(RuntimeError, match="a bug"):
        failing(RuntimeError("a bug"))


def test_a_name_that_is_too_long_is_shown_in_part():
    line = str(errors.of_system(OSError(errno.ENAMETOOLONG, "File name too long", "/x" * 4000)))
    assert len(line) < 500


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    return save_untrained(tmp_path_factory.mktemp("model"), "time")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ["separate", "export"])
def test_a_model_that_would_run_something_is_refused(model_folder, tmp_path, capsys, command, kind):
    weights = (model_folder / "model.pth").read_bytes()
    canary = tmp_path / "CANARY"
    write_pickle(kind, model_folder / "model.pth", canary)
    audio.write(tmp_path / "a.wav", [0.1, -0.1] * 8000, 16000)
    words = {"separate": ["separate", str(tmp_path / "a.wav")], "export": ["export", "separator"]}[command]
    try:
        assert main([*words, "--model", str(model_folder), "--output", str(tmp_path / "out")]) == 1
    finally:
        (model_folder / "model.pth").write_bytes(weights)
    assert "model.pth: is " in capsys.readouterr().err
    assert not canary.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.yaml", "!!python/object/apply:os.system ['touch CANARY']"),
        ("config.yaml", "enh_encoder: !!python/object/apply:os.system ['touch CANARY']"),
        ("config.yaml", "enh_encoder: os.system"),
        ("config.yaml", "enh_separator: 3\nsubtask_series: [enh]"),
        ("config.yaml", "subtask_series: [tts]"),
        ("config.yaml", "subtask_series: 7"),
        ("config.yaml", "{"),
        ("recipe.yaml", "sampling_rate: !!python/object/apply:os.system ['touch CANARY']"),
        ("recipe.yaml", "seed: 1"),
        ("recipe.yaml", "sampling_rate: fast"),
        ("recipe.yaml", "sampling_rate: -1"),
    ],
)
def test_a_strangers_configuration_runs_nothing_and_is_one_line(
    model_folder, tmp_path, capsys, monkeypatch, name, content
):
    from musasr.errors import ConfigError
    from musasr.tasks.checkpoints import load_model
    from musasr.tasks.folder import recipe_of

    monkeypatch.chdir(tmp_path)
    before = (model_folder / name).read_text()
    (model_folder / name).write_text(content)
    try:
        with pytest.raises(ConfigError, match=rf"{name}(:\d+)?: .*"):
            (load_model if name == "config.yaml" else recipe_of)(model_folder)
    finally:
        (model_folder / name).write_text(before)
    assert list(tmp_path.iterdir()) == []


def test_a_process_of_ours_unpickles_nothing_whoever_asks(tmp_path, monkeypatch):
    for name in (pickles.FORBID, "ESPNET_ALLOW_UNSAFE_TORCH_LOAD"):
        monkeypatch.setenv(name, "1")
    monkeypatch.delenv(pickles.FORCE, raising=False)
    pickles.forbid()
    path = write_pickle("zip", tmp_path / "x.pth", tmp_path / "CANARY")
    from espnet2.torch_utils.safe_torch_load import safe_torch_load

    for load in (torch.load, safe_torch_load, lambda path: torch.load(path, weights_only=False)):
        with pytest.raises(Exception, match=r"[Ww]eights.only"):
            load(str(path))
    assert not (tmp_path / "CANARY").exists()
    monkeypatch.undo()


@pytest.mark.slow
def test_a_module_that_finds_no_room_is_not_kept_half(tmp_path):
    """Once, a command that met a full disk after an update left a musasr that starts no more."""
    shutil.copytree(ROOT / "musasr", tmp_path / "musasr", ignore=shutil.ignore_patterns("__pycache__"))
    words = [sys.executable, "-m", "musasr", "score", "--help"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(tmp_path)
    options = {"cwd": tmp_path, "env": environment, "capture_output": True}
    # What is imported before the command line is read is kept already, as after any use.
    subprocess.run([sys.executable, "-c", "import musasr.cli.main"], check=True, **options)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))

    for preexec_fn in (limit, None):
        done = subprocess.run(words, preexec_fn=preexec_fn, **options)
        assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.rglob("score.*.pyc"))
