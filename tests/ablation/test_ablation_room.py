"""An ablation that finds no room, or another at work: one line; the rerun is as if it had always had some."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from file_limits import contents, file_limit, leftovers
from smoke_copies import copy_without_results

from musasr import locks
from musasr.cli.main import main
from musasr.jobs.commands import Runner
from musasr.recipe.config import CONF
from musasr.recipe.workdir import Workdir

VARIANTS = "system: time+mixture:both\nvariants: {asis: [], other: [decode.beam_size=2]}\n"
HOLD = """
import sys
from pathlib import Path
from musasr import locks
with locks.held(Path(sys.argv[1]), "this ablation"):
    print("held", flush=True)
    sys.stdin.read()
"""


def take_over(runner, series):
    """In the place of trainings and recognition: what the recipe's own run recognised."""
    root = runner.log.parent
    for name in series:
        for decoded in (root.parents[1] / "exp").glob("*/decode"):
            place = Workdir(root / name).training(decoded.parent.name)
            if not (place / "decode").exists():
                shutil.copytree(decoded, place / "decode")


@pytest.fixture
def words(smoke_workdir, tmp_path, monkeypatch):
    """An ablation on a finished run whose trainings and recognition are taken over from that."""
    workdir = tmp_path / "work"
    copy_without_results(smoke_workdir, workdir, stage=8)
    (tmp_path / "two.yaml").write_text(VARIANTS)
    monkeypatch.setattr(Runner, "run", take_over)
    words = ["ablate", "--config", str(CONF / "smoke.yaml"), "--workdir", str(workdir)]
    return [*words, "--variants", str(tmp_path / "two.yaml"), "--on", "test"]


def test_an_ablation_without_room_says_so_and_its_rerun_is_right(words, tmp_path, capsys):
    root = tmp_path / "work" / "ablations" / "two-test"

    def fails(num_bytes, file):
        with file_limit(num_bytes):
            assert main(words) == 1
        *done, line = capsys.readouterr().err.strip().splitlines()
        assert all(one.endswith(": already done") for one in done)
        place = re.escape(str(root / file))
        assert re.match(rf"musasr: error: {place}: file too large \(it needs .*\); raise the", line), line
        assert leftovers(root) == []

    fails(150, "data/test/plan.tsv")
    assert main(words) == 0
    made = contents(root)
    capsys.readouterr()
    *_, asis, other = json.loads(made["ablation.json"])
    assert asis["wer"] == other["wer"]
    fails(1000, "ablation.json")
    assert contents(root) == made
    (root / "ablation.json").unlink()
    assert main(words) == 0
    assert contents(root) == made


def test_the_second_ablation_of_a_file_is_told_of_the_first(words, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
    lock = Workdir(tmp_path / "work").lock("ablate-two-test")
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout.readline() == "held\n"
    assert main(words) == 1
    assert "is at this ablation already; wait until it has ended" in capsys.readouterr().err
    first.communicate()
    assert main(words) == 0
