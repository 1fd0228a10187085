"""Runs of the smoke recipe that go on from a copy of a finished one, and what of them must be as in that."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from file_limits import leftovers

ROOT = Path(__file__).resolve().parents[1]
# What says when or how fast, and what a tool draws or packs with its time in it.
TIMES = {"seconds", "train_seconds", "real_time_factor", "date", "commit", "finished"}
TIMES |= {"processor_seconds", "peak_mib"}
SUFFIXES = {".png", ".mkv", ".log", ".zip", ".html"}
NAMES_PLACES = {"", ".scp", ".yaml", ".json", ".tsv", ".jsonl"}


def start(workdir: Path, first: int, last: int) -> subprocess.Popen:
    """./run.sh with some stages; what it says is one stream."""
    words = ["./run.sh", "--config", "conf/smoke.yaml", "--workdir", str(workdir), "--nj", "2"]
    words += ["--stage", str(first), "--stop_stage", str(last)]
    environment = os.environ | {"MUSASR_PYTHON": sys.executable}
    return subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def told(folder: Path, workdir: Path) -> dict[str, object]:
    """What each file says, the place of the run, times and what is hidden aside."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and path.suffix not in SUFFIXES and not is_hidden:
            content = path.read_bytes().replace(str(workdir).encode(), b"WORKDIR")
            found[name] = without_times(json.loads(content)) if path.suffix == ".json" else content
    return found


def without_times(value):
    """A value of JSON without what TIMES names."""
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items() if key not in TIMES}
    return [without_times(one) for one in value] if isinstance(value, list) else value


def assert_same(folder: str, workdir: Path, whole: Path) -> None:
    """See that a folder of a run says what it says in another, and holds nothing half written."""
    here, there = told(workdir / folder, workdir), told(whole / folder, whole)
    assert here.keys() == there.keys()
    assert [name for name in there if here[name] != there[name]] == []
    assert leftovers(workdir / folder) == []


def assert_no_room(said: str, place: Path) -> None:
    """See that a run said in one line which file below a place found no room."""
    wanted = (
        rf"^musasr: error: {re.escape(str(place))}/\S.*: file too large \(.*\); raise the limit on the size"
    )
    assert len(re.findall(wanted, said, re.MULTILINE)) == 1, said
    assert "Traceback" not in said


def copy_without_results(origin: Path, workdir: Path, *, stage: int) -> None:
    """A copy of a finished run, as it was before stage 7 or 8."""
    shutil.copytree(origin, workdir, symlinks=True)
    _move(workdir, origin)
    for made in (workdir / "results").iterdir():
        if made.is_file():
            made.unlink()
    if stage == 7:
        shutil.rmtree(workdir / "results" / "audio")
        for decoded in workdir.glob("exp/*/decode*"):
            shutil.rmtree(decoded)


def _move(workdir: Path, origin: Path) -> None:
    """Let what names the run's old place name the new one."""
    for path in workdir.rglob("*"):
        if path.is_file() and path.suffix in NAMES_PLACES:
            content = path.read_bytes()
            if str(origin).encode() in content:
                path.write_bytes(content.replace(str(origin).encode(), str(workdir).encode()))
