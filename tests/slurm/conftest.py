"""The cluster that the tests of slurm.pl launch on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import TESTBED, Cluster, wait_for


@pytest.fixture(scope="session")
def testbed() -> Iterator[Path]:
    """The folder of a running cluster: the one that this test run was started under, or else a new one."""
    if "MUSASR_SLURM_TESTBED" in os.environ:
        yield Path(os.environ["MUSASR_SLURM_TESTBED"])
        return
    if "MUSASR_NO_SLURM" in os.environ:
        pytest.skip(os.environ["MUSASR_NO_SLURM"])
    # Not in pytest's folder: the path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="slurm.", dir="/tmp"))
    started = subprocess.run([TESTBED, "start", folder], capture_output=True, text=True, check=False)
    if started.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(started.stderr.strip().splitlines()[-1])
    yield folder
    subprocess.run([TESTBED, "stop", folder], check=True)


@pytest.fixture
def cluster(testbed, tmp_path) -> Iterator[Cluster]:
    here = Cluster(testbed, tmp_path)
    yield here
    try:  # a task that left its exit status may be in Slurm's queue for a moment yet
        wait_for(lambda: not here.queue(), seconds=10)
    finally:
        here.ask("scancel", f"--user={os.getuid()}")
        wait_for(lambda: not here.queue())
