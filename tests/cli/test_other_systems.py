"""The systems beside the paper's: every configuration is checked, and mistakes are one line."""

from importlib import import_module

import pytest
from runs import OF_SYSTEMS

from musasr.cli.main import main
from musasr.cli.systems import SYSTEMS
from musasr.recipe.checks import SYSTEM
from musasr.recipe.config import CONF, load
from musasr.recipe.system_run import load_system


@pytest.mark.parametrize("path", OF_SYSTEMS, ids=lambda path: path.stem)
def test_every_configuration_resolves_and_has_every_key(path):
    system = load(path)[SYSTEM]
    load_system(path, system, import_module(f"musasr.{system}.keys").KEYS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_has_a_recipe(system):
    folder = CONF.parent / "egs" / system
    assert {"run.sh", "path.sh", "README.md", "RESULTS.md"} <= {path.name for path in folder.iterdir()}
    assert list(folder.glob("1_*.sh"))
    assert (CONF / f"{system}.yaml") in OF_SYSTEMS
    assert (CONF / f"{system}_smoke.yaml") in OF_SYSTEMS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["prepare", "diarization", "--config", "mini"],
            "is not of the system diarization: its system is None",
        ),
        (
            ["prepare", "speech", "--config", "diarization"],
            "is of the system diarization; run ./run.sh --recipe diarization",
        ),
        (["prepare", "diarization", "--check"], "--check, --json and --num_parts are not for diarization"),
        (
            ["train", "diarization", "joint"],
            "diarization is trained alone, by one process; leave out the rest",
        ),
        (["train", "diarization"], "is not prepared; run musasr prepare diarization"),
        (["evaluate", "diarization"], "the network of voices is not trained; run musasr train diarization"),
        (["report", "diarization"], "was not diarised with base; run musasr evaluate diarization"),
        (
            ["train", "diarization", "--set", "network.poolin=sap"],
            "unknown key 'poolin'; did you mean 'pooling'",
        ),
        (
            ["train", "diarization", "--set", "thresholds=[1, 0, 0.1]"],
            "thresholds: wants [least, most, step]",
        ),
        (
            ["train", "diarization", "--set", "claims.x=[base, bas]"],
            "there is no variant 'bas'; did you mean 'base'",
        ),
        (["train", "diarization", "--set", "variants.y=[windows.shift=9]"], "shift 9 is above seconds 1.5"),
    ],
)
def test_a_mistake_is_one_line(arguments, message, tmp_path, capsys):
    name = "diarization_smoke"
    if "--config" in arguments:
        name = arguments.pop()
        arguments = arguments[:-1]
    config = ["--config", str(CONF / f"{name}.yaml"), "--workdir", str(tmp_path)]
    assert main([*arguments, *config]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert message in said[0]
