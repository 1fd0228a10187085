"""A recipe that goes on with the separator of another one, trained further or as it is."""

import json
import re
import shutil

import pytest
import torch
import yaml
from runs import make_run
from trained_folders import save_untrained, untrained_workdir

from musasr.errors import ConfigError, StateError
from musasr.recipe import done_marks
from musasr.tasks import checkpoints
from musasr.tasks.finished import go_on_with
from musasr.tasks.options import write_options
from musasr.tasks.separator_alone import load_separator
from musasr.tasks.trained_separators import first_weights
from musasr.training.train import build

NAMES = ("time", "frequency", "time+clean:both")


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    return untrained_workdir(tmp_path_factory.mktemp("before"), *NAMES, "none+clean")


def run_with(weights, workdir, **section):
    own = {"separator": "musasr.tasks.finished:go_on_with", "separator_conf": {"weights": str(weights)}}
    training = {"like": "time"} | section
    given = (f"models.further={json.dumps(own)}", f"training.further={json.dumps(training)}")
    return make_run(workdir, "smoke", *given, systems="further+clean:both")


@pytest.mark.parametrize("name", NAMES)
def test_a_training_begins_where_the_other_ended(workdir, tmp_path, name):
    folder = workdir.training(name)
    run = run_with(folder / "model.pth", tmp_path)
    model = build(write_options(run, "further"), where="further").eval()
    checkpoints.fill(model, first_weights(run.trainings["further"], run.config), where="further")
    mixture, lengths = 0.1 * torch.randn(2, 8000), torch.tensor([8000, 6001])
    with torch.inference_mode():
        expected = load_separator(folder).separate(mixture, lengths)
        torch.testing.assert_close(model.separate(mixture, lengths), expected, rtol=0, atol=0)


def test_it_is_trained_further_or_stays_as_it_is(workdir, tmp_path):
    weights = workdir.training("time") / "model.pth"
    assert run_with(weights, tmp_path).trainings["further"].section == "further"
    assert run_with(weights, tmp_path, max_epoch=0).trainings["further"].section is None


def test_other_weights_in_the_same_place_are_noticed_and_what_lies_beside_them_is_not(tmp_path):
    weights = save_untrained(tmp_path / "before", "time") / "model.pth"
    run = run_with(weights, tmp_path)
    done_marks.mark_done(run.workdir.training("further"), run.settings("further"))
    (weights.parent / "decode").mkdir()
    assert run_with(weights, tmp_path).is_trained("further")
    save_untrained(tmp_path / "before", "time", seed=2)
    what = f"was made with the model {weights}, which has another content now"
    with pytest.raises(StateError, match=re.escape(what)):
        run_with(weights, tmp_path).is_trained("further")


def changed(folder, target, file, **changes):
    """A copy of a folder with other values in one of its YAML files."""
    shutil.copytree(folder, target)
    values = yaml.safe_load((target / file).read_text()) | changes
    (target / file).write_text(yaml.safe_dump(values))
    return target / "model.pth"


def test_what_cannot_go_on_is_one_line(workdir, tmp_path):
    time = workdir.training("time")
    three = {"model_conf": {"sources": ["speech", "singing", "music"]}}
    cases = {
        r"none\+clean: has no separator; name exp/time": workdir.training("none+clean") / "model.pth",
        r"time: is not called model.pth; name such as": time,
        r"three: gives speech, singing, music": changed(time, tmp_path / "three", "config.yaml", **three),
        r"8k: works at 8000 Hz, and the recipe at 16000 Hz": changed(
            time, tmp_path / "8k", "recipe.yaml", sampling_rate=8000
        ),
    }
    for message, weights in cases.items():
        with pytest.raises(ConfigError, match=message) as caught:
            go_on_with(weights=str(weights), sampling_rate=16000)
        assert "\n" not in str(caught.value)
    with pytest.raises(StateError, match="no weights yet"):
        go_on_with(weights=str(tmp_path / "nothing" / "model.pth"), sampling_rate=16000)
