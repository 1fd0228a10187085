"""tools/install.sh, in a small copy of the repository, with a uv that only writes down what it is asked."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FAKE_UV = """#!/usr/bin/env bash
case $1 in
    --version) echo "uv VERSION (a stand-in)" ;;
    venv) mkdir -p "${@: -1}/bin" && ln -s PYTHON "${@: -1}/bin/python" && echo venv >>"$CALLS" ;;
    pip)
        echo "$*" >>"$CALLS"
        sleep "${SLOW:-0}"
        if [[ -n ${FAIL:-} ]]; then echo "no such package" >&2; exit 1; fi
        ;;
esac
"""


class Checkout:
    """A copy of what the installer reads."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "tools/uv/bin").mkdir(parents=True)
        for name in ("tools/install.sh", "tools/compile_imports.py", "tools/requirements.txt", "setup.py"):
            shutil.copy(ROOT / name, folder / name)
        (folder / "musasr").mkdir()
        (folder / "musasr/__init__.py").touch()
        (folder / "musasr/part.py").write_text("def run():\n    import no_such_package, beside\n")
        (folder / "beside.py").write_text("print('imported')\n")
        network = folder / "tools/speech_network.sh"
        network.write_text("#!/usr/bin/env bash\n[[ -z ${OFFLINE:-} ]]\n")
        network.chmod(0o755)
        version = (folder / "tools/install.sh").read_text().partition("uv_version=")[2].split()[0]
        fake = folder / "tools/uv/bin/uv"
        fake.write_text(FAKE_UV.replace("VERSION", version).replace("PYTHON", sys.executable))
        fake.chmod(0o755)
        self.calls_file = folder.parent / "calls"

    def start(self, **variables: str) -> subprocess.Popen:
        self.calls_file.write_text("")
        return self.start_beside(**variables)

    def start_beside(self, **variables: str) -> subprocess.Popen:
        """Another one, while the first goes on writing down what it asks."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MUSASR")}
        environment |= {"CALLS": str(self.calls_file)} | variables
        environment.pop("PYTHONPYCACHEPREFIX", None)
        # where the python that runs this test is found, whatever else the machine has
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        command = [self.folder / "tools/install.sh"]
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)

    def install(self, **variables: str) -> tuple[int, str, list[str]]:
        """Exit status, what was said, and what uv was asked."""
        process = self.start(**variables)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors, self.calls_file.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "musasr checkout")


def test_from_nothing_and_again(checkout):
    status, errors, calls = checkout.install()
    assert status == 0, errors
    venv = checkout.folder / "tools/venv"
    assert calls == [
        "venv",
        f"pip install --python {venv} --no-deps -r tools/requirements.txt",
        f"pip install --quiet --python {venv} --no-deps --no-build-isolation --editable .",
    ]
    started = time.monotonic()
    assert checkout.install() == (0, "", [])
    assert time.monotonic() - started < 1.0


def test_what_the_package_imports_is_kept_compiled_in_containers_too(checkout):
    status, errors, _ = checkout.install(PYTHONDONTWRITEBYTECODE="1")
    assert status == 0
    assert "compiling what musasr imports\ninstall.sh: fetching a network" in errors
    compiled = sorted(path.name.partition(".")[0] for path in checkout.folder.rglob("*.pyc"))
    assert compiled == ["__init__", "beside", "part"]


def test_a_network_that_hears_speech_is_fetched_and_without_it_all_goes_on(checkout):
    status, errors, _ = checkout.install(OFFLINE="yes")
    assert status == 0
    assert "it could not be fetched, and is done without (tools/speech_network.sh tries again)" in errors
    assert checkout.install() == (0, "", [])


def test_a_failure_is_told_and_the_half_made_environment_is_gone_on_with(checkout):
    status, errors, _ = checkout.install(FAIL="yes")
    assert status == 1
    assert errors.splitlines()[-1].startswith(
        "install.sh: error: the packages of tools/requirements.txt could not"
    )
    finished = checkout.folder / "tools/venv/finished"
    finished.touch()
    status, _, calls = checkout.install()
    venv = checkout.folder / "tools/venv"
    # what was cut in half looks installed, so each package is put in place again
    assert (status, calls[0]) == (
        0,
        f"pip install --python {venv} --reinstall --no-deps -r tools/requirements.txt",
    )
    assert finished.exists()
    assert checkout.install() == (0, "", [])


def test_a_changed_lock_updates_the_environment(checkout):
    checkout.install()
    with (checkout.folder / "tools/requirements.txt").open("a") as lock:
        lock.write("another==1.0\n")
    status, _, calls = checkout.install()
    assert status == 0
    assert [call.split()[0] for call in calls] == ["pip", "pip"]


def test_a_moved_checkout_gets_a_new_environment(checkout):
    checkout.install()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))
    assert checkout.install()[2][0] == "venv"


def test_two_at_once_install_once(checkout):
    first = checkout.start(SLOW="0.5")
    while "venv" not in checkout.calls_file.read_text():
        assert first.poll() is None
        time.sleep(0.02)
    second = checkout.start_beside()
    assert "waiting for another install.sh" in second.communicate(timeout=60)[1]
    assert (first.wait(), second.returncode) == (0, 0)
    assert checkout.calls_file.read_text().count("venv\n") == 1


def test_torch_from_another_index_comes_with_its_own_libraries(checkout):
    status, errors, calls = checkout.install(MUSASR_TORCH_INDEX="https://example.org/cpu")
    assert status == 0, errors
    venv = checkout.folder / "tools/venv"
    assert calls[1] == f"pip install --python {venv} --index https://example.org/cpu -r {venv}/torch.txt"
    assert [line.split("==")[0] for line in (venv / "torch.txt").read_text().splitlines()] == [
        "torch",
        "torchaudio",
    ]
    rest = [
        line.split("==")[0] for line in (venv / "requirements.txt").read_text().splitlines() if "==" in line
    ]
    assert {"espnet", "torch-complex", "torchmetrics"} <= set(rest)
    assert not [
        name
        for name in rest
        if name in ("torch", "torchaudio", "triton") or name.startswith(("nvidia", "cuda"))
    ]


def test_another_torch_makes_a_new_environment_and_is_kept(checkout):
    checkout.install()
    assert checkout.install(MUSASR_TORCH_INDEX="https://example.org/cpu")[2][0] == "venv"
    assert checkout.install() == (0, "", [])
    assert checkout.install(MUSASR_TORCH_INDEX="")[2][0] == "venv"


def test_the_users_python_is_used_as_it_is(checkout):
    assert checkout.install(MUSASR_PYTHON=sys.executable) == (0, "", [])
    assert not (checkout.folder / "tools/venv").exists()


def test_a_users_python_without_the_packages_is_refused(checkout, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    status, errors, calls = checkout.install(MUSASR_PYTHON=str(tmp_path / "bare/bin/python"))
    assert (status, calls) == (1, [])
    assert errors.count("\n") == 1
    assert "lacks torch 2.11.0 (found nothing), torchaudio 2.11.0 (found nothing), espnet 202611" in errors


def test_a_users_python_of_another_version_is_refused(checkout):
    status, errors, _ = checkout.install(MUSASR_PYTHON="/bin/false")
    assert status == 1
    assert errors == "install.sh: error: MUSASR_PYTHON=/bin/false is no Python 3.12 or 3.13 that runs\n"


def test_run_sh_names_a_python_that_does_not_exist(tmp_path):
    environment = os.environ | {"MUSASR_PYTHON": "no-such-python"}
    result = subprocess.run([ROOT / "run.sh"], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith("run.sh: error: MUSASR_PYTHON=no-such-python is no program")
    assert result.stderr.count("\n") == 1
