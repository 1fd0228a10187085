"""Films that are killed at any moment: see film_kills.py; `tests/run.sh --long` kills 100 times."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NUM_KILLS = 100 if os.environ.get("MUSASR_LONG") else 3


@pytest.mark.slow
def test_a_film_that_is_killed_again_and_again_is_the_one_that_never_was(tmp_path):
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE.parent), str(HERE)])
    words = [sys.executable, str(HERE / "film_kills.py"), str(tmp_path / "kills"), str(NUM_KILLS), "7"]
    done = subprocess.run(words, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"{NUM_KILLS} kills of" in done.stdout
    assert "films, 0 differences" in done.stdout
