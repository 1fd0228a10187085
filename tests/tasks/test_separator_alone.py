"""A separator without its recogniser: the same sources, without the time that ESPnet's tasks take."""

import json

import numpy as np
import pytest
import torch
import yaml
from trained_folders import untrained_workdir

import musasr
from musasr.errors import ConfigError, StateError
from musasr.tasks import checkpoints, separator_alone
from musasr.tasks.separator_alone import load_separator

NAMES = ("time", "frequency", "time+clean:both")
# Base classes of our layers, which import little but torch.
NEEDED = ("espnet2.enh.encoder", "espnet2.enh.separator", "espnet2.enh.decoder", "espnet2.train")
PACKAGES = {"espnet2", "espnet2.enh"}


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return untrained_workdir(tmp_path_factory.mktemp("work"), *NAMES, "none+clean")


def noise(*size):
    return 0.1 * torch.randn(size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", NAMES)
def test_its_sources_are_those_of_the_whole_system(workdir, name):
    directory, lengths = workdir.training(name), torch.tensor([8000, 6001])
    with torch.inference_mode():
        expected = checkpoints.load_model(directory).separate(noise(2, 8000), lengths)
        model = load_separator(directory)
        torch.testing.assert_close(model.separate(noise(2, 8000), lengths), expected, rtol=0, atol=0)
    assert (model.sources, model.s2t_model, model.training) == (("speech", "music"), None, False)


def test_espnets_tasks_are_not_imported(workdir, run_python):
    names = ("time", "time+clean:both")
    code = f"""
import sys, json, numpy, musasr
models = {[str(workdir.training(name)) for name in names]}
found = [musasr.load(model).separate(numpy.full(4000, 0.1), 16000)["speech"] for model in models]
modules = [one for one in sys.modules if one.startswith(("espnet", "librosa", "lightning"))]
print(json.dumps([[float(one.sum()) for one in found], modules]))
"""
    totals, modules = json.loads(run_python(code))
    for name, total in zip(names, totals, strict=True):
        expected = musasr.load(workdir.training(name)).separate(np.full(4000, 0.1), 16000)["speech"]
        assert total == pytest.approx(float(expected.sum()), rel=1e-4)
    assert [one for one in modules if not one.startswith(NEEDED) and one not in PACKAGES] == []


def copied(directory, target, **changes):
    """The folder with another config.yaml."""
    target.mkdir()
    for path in directory.iterdir():
        if path.is_file():
            (target / path.name).write_bytes(path.read_bytes())
    options = yaml.safe_load((directory / "config.yaml").read_text()) | changes
    (target / "config.yaml").write_text(yaml.safe_dump(options))
    return target


@pytest.mark.parametrize("changes", [{"enh_separator": "tcn"}, {"enh_model_conf": {"loss_type": "snr"}}])
def test_a_separator_with_parts_of_espnets_is_built_by_its_task(workdir, tmp_path, monkeypatch, changes):
    built = []
    monkeypatch.setattr(checkpoints, "load_model", built.append)
    folder = copied(workdir.training("time"), tmp_path / "theirs", **changes)
    load_separator(folder)
    assert built == [folder]


def test_a_system_without_separator_is_one_line(workdir):
    with pytest.raises(ConfigError, match=r"none\+clean: has no separator; name exp/time"):
        load_separator(workdir.training("none+clean"))
    with pytest.raises(ConfigError, match="a pack: has no separator"):
        load_separator(workdir.training("none+clean"), where="a pack")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"enh_separator_conf": {"layres": 3}}, ConfigError, "config.yaml: .*layres.*; is it whole"),
        ({"enh_separator_conf": {"layer": 1, "stack": 1}}, StateError, "the weights do not fit the model"),
        ({"model_conf": {"sources": ["speech"]}}, ConfigError, "gives 2 sources"),
        ({"subtask_series": None}, ConfigError, "has no separator"),
    ],
)
def test_a_folder_of_another_version_is_one_line(workdir, tmp_path, changes, error, message):
    folder = copied(workdir.training("time"), tmp_path / "other", **changes)
    with pytest.raises(error, match=message):
        separator_alone.load_separator(folder)
