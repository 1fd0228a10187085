"""The readers of what people write, under a fuzzer that seeks what they have not met: the long version."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NUM_RUNS, SECONDS = 50_000, 60
READERS = ("scp", "text", "segments", "sdb", "tsv", "details", "plan", "yaml")


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("MUSASR_LONG"), reason="minutes: tests/run.sh --long")
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("reader", READERS)
def test_no_bytes_give_more_than_a_line(tmp_path, reader):
    command = [sys.executable, HERE / "fuzz_readers.py", reader, tmp_path]
    limits = [f"-runs={NUM_RUNS}", f"-max_total_time={SECONDS}", "-max_len=400", "-timeout=20", "-seed=1"]
    path = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*command, *limits], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done " in done.stderr
