"""What every test needs: few threads, no network, temporary files in one place that pytest clears."""

import ipaddress
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

# Before anything imports numpy or torch: tests are small, and a thread pool of each would only contend.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"
# A shell's background jobs are deaf to Ctrl-C, and their children too; tests of Ctrl-C need to hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ["MPLBACKEND"] = "Agg"
os.environ["HF_HUB_OFFLINE"] = "1"

import hypothesis  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("musasr", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("musasr")


def _is_local(address: object) -> bool:
    """Whether a socket address stays on this machine (a path, or a loopback address)."""
    if not isinstance(address, tuple):
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs the smoke recipe as smoke and slow, and what lies in tests/slurm as slurm."""
    for item in items:
        if "smoke_workdir" in getattr(item, "fixturenames", ()):
            item.add_marker("smoke")
            item.add_marker("slow")
        if item.path.parent.name == "slurm":
            item.add_marker("slurm")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> object:
    """Refuse connections to other machines: after the install, nothing may need them."""
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: object) -> None:
        if not _is_local(address):
            raise PermissionError(f"a test tried to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_locally)
        yield


@pytest.fixture(scope="session", autouse=True)
def _temporary_files(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Send what libraries and child processes write to the temporary folder into pytest's own."""
    folder = str(tmp_path_factory.mktemp("tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture
def run_python() -> Callable[[str], str]:
    """A function that runs code in a fresh Python and returns what it printed."""

    def run(code: str) -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    return run


@pytest.fixture(scope="session")
def smoke_workdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working directory of the smoke recipe, run once, end to end, with the default launcher."""
    directory = tmp_path_factory.mktemp("smoke") / "a folder with spaces"
    command = ["./run.sh", "--config", "conf/smoke.yaml", "--workdir", str(directory), "--nj", "2"]
    environment = os.environ | {"MUSASR_PYTHON": sys.executable}
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Table I" in done.stdout
    return directory
