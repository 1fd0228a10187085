"""Data and plans are the same bytes whoever prepares them, where, in what language, by how many processes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from musasr import audio

pytestmark = pytest.mark.slow  # each is a process of its own
ROOT = Path(__file__).resolve().parents[1]
RATE = 16000
# Takes away what lets root write where the permission bits say no.
AS_A_USER = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
FINISHED = re.compile(rb'"finished": "[^"]*"')  # when, in done.json alone
PREPARE = """
import sys
from pathlib import Path
from musasr.preparation import prepare_corpus, prepare_plan, prepare_units
from musasr.recipe import config
from musasr.recipe.workdir import Workdir

if __name__ == "__main__":
    sources, output, num_jobs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    settings = [
        f"speech={{type: table, train: {sources}/speech.tsv, dev: null, test: null, dev_fraction: 0.2, "
        "test_fraction: 0.2}",
        f"music={{type: folder, train: {sources}/train, dev: null, test: {sources}/test}}",
        "mixing.test.genres=[jazz]",
        "units={unit_type: char, num_units: null}",
    ]
    recipe = config.with_settings(config.load(config.CONF / "smoke.yaml"), settings)
    for section in ("speech", "music"):
        prepare_corpus(section, recipe, Workdir(output).data / section, num_jobs=num_jobs)
    prepare_units(recipe, Workdir(output))
    prepare_plan(recipe, Workdir(output))
"""


def noise(path: Path, seed: int, seconds: float = 1.0) -> None:
    samples = 0.2 * np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE))
    audio.write(path, samples, RATE)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Speech of names and texts whose order and case depend on a locale, and music."""
    folder = tmp_path_factory.mktemp("sources")
    names = ["a", "B", "Ç", "ı", "İ", "é", "日本", "z z"]
    rows = []
    for number, name in enumerate(names):
        noise(folder / f"{name}.wav", number)
        rows.append(f"{folder / name}.wav\tI İstanbul ığdır {name}\t{name}\t{number}")
    (folder / "speech.tsv").write_text(
        "audio\ttext\tspeaker\tid\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    for number, name in enumerate(["b", "A", "ä", "曲"]):
        noise(folder / "train" / f"album {number}" / f"{name}.wav", 20 + number, 2.0)
    noise(folder / "test" / "main.wav", 30, 2.0)
    noise(folder / "test" / "jazz" / "one.wav", 31, 2.0)
    (folder / "prepare.py").write_text(PREPARE)
    return folder


def prepare(sources, output, *, num_jobs=1, cwd=None, umask=0o022, words=(), without=(), **variables):
    """The bytes of each file that preparing gives, the output's own path left out."""
    environment = {key: value for key, value in (os.environ | variables).items() if key not in without} | {
        "PYTHONPATH": str(ROOT)
    }
    done = subprocess.run(
        [*words, sys.executable, sources / "prepare.py", sources, output, str(num_jobs)],
        cwd=cwd or output.parent,
        env=environment,
        umask=umask,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = {}
    for path in output.rglob("*"):
        if path.is_file():
            content = path.read_bytes().replace(str(output).encode(), b"OUT")
            found[str(path.relative_to(output))] = FINISHED.sub(b"", content)
    return found


@pytest.fixture(scope="module")
def usual(sources, tmp_path_factory):
    found = prepare(sources, tmp_path_factory.mktemp("usual") / "w")
    names = [
        "data/speech/test/text",
        "data/music/train/wav.scp",
        "data/test/plan.tsv",
        "data/units/bpe.model",
    ]
    assert set(names) <= set(found)
    assert len(found) > 30
    return found


def test_any_processes_language_umask_and_place(sources, usual, tmp_path):
    """A path of spaces, quotes and Japanese; a working folder elsewhere; Python's hashes of another seed."""
    folder = tmp_path / 'it\'s "a" 日本 $(x) folder'
    folder.mkdir()
    found = prepare(
        sources,
        folder / "w",
        num_jobs=3,
        cwd="/",
        umask=0o077,
        LC_ALL="C",
        LANG="tr_TR.UTF-8",
        PYTHONHASHSEED="77",
        TZ="Asia/Tokyo",
    )
    assert found == usual
    assert {oct(path.stat().st_mode)[-2:] for path in folder.rglob("*.wav")} == {"00"}


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv (util-linux)")
def test_neither_home_nor_tmpdir_and_no_rights_of_root(sources, usual, tmp_path):
    found = prepare(
        sources, tmp_path / "w", words=AS_A_USER, without=("HOME", "TMPDIR", "USER", "LANG", "LC_ALL")
    )
    assert found == usual


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv (util-linux)")
def test_a_folder_that_is_read_only_is_one_line(sources, tmp_path):
    folder = tmp_path / "read only"
    folder.mkdir()
    folder.chmod(0o555)
    speech, music = (str(sources / f"{name}.wav") for name in ("a", "B"))
    words = ["mix", "--speech", speech, "--music", music, "--snr_db", "0", "--output", str(folder / "out")]
    done = subprocess.run(
        [*AS_A_USER, sys.executable, "-m", "musasr", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    mend = "change its permissions, or name another folder"
    assert done.stderr == f"musasr: error: {folder / 'out'}: permission denied; {mend}\n"
    assert list(folder.iterdir()) == []
