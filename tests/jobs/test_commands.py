"""Commands side by side: each with its log; one that fails stops no other, and is named."""

import subprocess
import sys
import time

import pytest

from musasr.errors import StateError
from musasr.jobs.commands import Runner

GOOD, BAD = ["score", "--help"], ["score"]


def test_every_command_of_every_series_runs(tmp_path, capfd):
    Runner(2, tmp_path).run({"a": [GOOD, GOOD], "b": [GOOD]})
    assert (tmp_path / "a.log").read_text().count("usage: musasr score") == 2
    assert (tmp_path / "b.log").read_text().count("usage: musasr score") == 1
    assert "2 of 2, ETA 0 s" in capfd.readouterr().err


def test_a_failure_is_named_with_its_log_and_the_others_go_on(tmp_path):
    with pytest.raises(StateError, match=rf"a failed; see {tmp_path}/a.log; run the same command to go on"):
        Runner(1, tmp_path).run({"a": [BAD, GOOD], "b": [GOOD]})
    assert "error: score: needs one of" in (tmp_path / "a.log").read_text()
    assert "usage: musasr score" in (tmp_path / "b.log").read_text()
    assert "show this help" not in (tmp_path / "a.log").read_text()  # what came after was not begun


def test_a_stop_ends_what_runs_and_begins_nothing(tmp_path):
    code = f"""
import os, signal, sys, threading
from pathlib import Path
from musasr.jobs.commands import Runner
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
sleeper = (sys.executable, "-c", "import sys, time; print('here', flush=True); time.sleep(60)")
Runner(1, Path({str(tmp_path)!r}), sleeper).run({{"a": [[]], "b": [[]]}})
"""
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 143, done.stderr
    assert time.monotonic() - started < 30
    assert (tmp_path / "a.log").read_text() == "here\n"
    assert not (tmp_path / "b.log").exists()
