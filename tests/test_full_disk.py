"""A full disk, a name too long, a folder that is none: one line, nothing lost, and the rerun right."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from file_limits import contents, file_limit, leftovers
from trained_folders import untrained_workdir

from musasr import audio
from musasr.atomic import replacing
from musasr.cli.main import main
from musasr.errors import size_of
from musasr.recipe.workdir import Workdir

RATE = 16000
UTILS = Path(__file__).parents[1] / "utils"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A separator, and a separator with a recogniser behind it, both untrained."""
    return untrained_workdir(tmp_path_factory.mktemp("work"), "time", "time+clean:none")


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Two seconds of noise each, a.wav and b.wav."""
    folder = tmp_path_factory.mktemp("sounds")
    for number, name in enumerate("ab"):
        samples = 0.1 * np.random.default_rng(number).uniform(-1, 1, 2 * RATE)
        audio.write(folder / f"{name}.wav", samples, RATE)
    return folder


# The words of each command that writes; OUT is where it does. The bytes are those that a file may have.
COMMANDS = {
    "mix": ("mix --speech S/a.wav --music S/b.wav --snr_db 0 --output OUT/x", 30_000),
    "separate": ("separate S/a.wav --model M/exp/time --output OUT/x", 20_000),
    "separate: the stems": ("separate S/a.wav --model M/exp/time --output OUT/x --stems speech", 128_100),
    "separate: flac": ("separate S/a.wav --model M/exp/time --output OUT/x --format flac", 20_000),
    "transcribe: progress": ("transcribe S/a.wav --model M/exp/time+clean:none -o OUT/x", 100),
    "transcribe: page": ("transcribe S/a.wav --model M/exp/time+clean:none -o OUT/x --format html", 5000),
    "export": ("export separator --model M/exp/time --output OUT/x", 3000),
    "pack": ("pack M/exp/time --output OUT/x.zip", 20_000),
    "pack: espnet": ("pack M/exp/time --espnet --output OUT/x.zip", 20_000),
}


def words_of(command: str, models: Workdir, sounds: Path, output: Path) -> list[str]:
    places = {"S": sounds, "M": models.root, "OUT": output}
    return [re.sub(r"^(S|M|OUT)(?=/)", lambda found: str(places[found[0]]), word) for word in command.split()]


def error_line(capsys) -> str:
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert lines
    assert lines[-1].startswith("musasr: error: "), lines
    assert not [line for line in lines if "Traceback" in line]
    return lines[-1]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_room_is_one_line_and_the_rerun_is_right(models, sounds, tmp_path, capsys, name):
    command, num_bytes = COMMANDS[name]
    (tmp_path / "mine.txt").write_text("mine")
    with file_limit(num_bytes):
        assert main(words_of(command, models, sounds, tmp_path / "out")) == 1
    said = error_line(capsys)
    place = r"\S*/musasr-pack-\S*" if "espnet" in name else rf"{tmp_path}/out/x\S*"  # where it is gathered
    wanted = rf": {place}: file too large \((it needs .*B; )?files may have .*(B|bytes)\); raise the limit on"
    assert re.search(wanted, said), said
    assert leftovers(tmp_path) == []
    assert contents(tmp_path) == {"mine.txt": b"mine"}
    for output in ("out", "whole"):
        assert main(words_of(command, models, sounds, tmp_path / output)) == 0
    if "pack" not in name:
        assert contents(tmp_path / "out") == contents(tmp_path / "whole")


@pytest.mark.parametrize("name", [name for name in COMMANDS if ":" not in name])
def test_what_was_there_stays(models, sounds, tmp_path, capsys, name):
    """A second run of other settings into the same place, which the disk does not take."""
    command, num_bytes = COMMANDS[name]
    words = words_of(command, models, sounds, tmp_path)
    assert main(words) == 0
    before = contents(tmp_path)
    others = {"mix": ["--snr_db", "5"], "separate": ["--stems", "music"]}
    with file_limit(num_bytes):
        main([*words, *others.get(name, [])])
    assert contents(tmp_path) == before
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if ":" not in name])
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("n" * 300, "file name too long; use shorter names"),
        ("file/below", "a file stands where a folder|is a"),
    ],
)
def test_no_such_place_is_one_line(models, sounds, tmp_path, capsys, name, place, message):
    (tmp_path / "file").write_text("mine")
    assert main(words_of(COMMANDS[name][0], models, sounds, tmp_path / place)) == 1
    assert re.search(message, error_line(capsys))
    assert contents(tmp_path) == {"file": b"mine"}


def test_a_folder_that_is_removed_meanwhile_is_named(tmp_path):
    folder = tmp_path / "w"

    def write_and_lose():
        with replacing(folder / "x.txt") as temporary:
            temporary.write_text("half")
            shutil.rmtree(folder)

    with pytest.raises(FileNotFoundError) as caught:
        write_and_lose()
    assert caught.value.filename == str(folder / "x.txt")


def test_a_fault_that_is_not_the_disks_is_not_called_so(tmp_path):
    with pytest.raises(RuntimeError, match="a bug"), replacing(tmp_path / "x.txt"):
        raise RuntimeError("a bug")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("num_bytes", "text"), [(0, "0 bytes"), (999, "1.0 kB"), (1_500_000, "1.5 MB"), (7.94e9, "7.9 GB")]
)
def test_sizes_are_as_people_read_them(num_bytes, text):
    assert size_of(num_bytes) == text


def test_an_output_that_takes_no_more_is_one_line(tmp_path):
    (tmp_path / "text").write_text("u a b\n")
    words = ["score", "--reference", "text", "--hypothesis", "text", "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "musasr", *words],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == (
        "musasr: error: no space left on device; make room there, then run the same command again\n"
    )


def test_a_log_that_takes_no_more_hides_no_exit_code(tmp_path):
    log = tmp_path / "x.log"
    for command, code in (("true", 0), ("false", 1)):
        with file_limit(20):
            done = subprocess.run([UTILS / "run.pl", log, command], capture_output=True, text=True)
        assert done.returncode == code
        assert done.stderr.count(f"run.pl: {log}: File too large: what follows is not in the log") == 1
        assert "Traceback" not in done.stderr


def test_score_writes_no_file(tmp_path, capsys):
    (tmp_path / "text").write_text("u a b\n")
    with file_limit(0):
        words = ["score", "--reference", tmp_path / "text", "--hypothesis", tmp_path / "text", "--json"]
        assert main([str(word) for word in words]) == 0
    assert json.loads(capsys.readouterr().out)["wer"] == 0.0
