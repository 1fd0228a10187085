"""The order in which a run's trainings start."""

from pathlib import Path

import pytest

from musasr.errors import StateError
from musasr.jobs.schedule import Driver, _ready
from musasr.recipe import config as configuration
from musasr.recipe.systems import parse_systems
from musasr.recipe.training_graph import GROUPS, trainings_for
from musasr.recipe.workdir import Workdir


@pytest.fixture
def driver(tmp_path):
    config = configuration.load(Path("conf/mini.yaml"))
    trainings = trainings_for(parse_systems("headline"), config)
    return Driver(config, Workdir(tmp_path), trainings, num_jobs=1, ngpu=0)


@pytest.fixture
def started(monkeypatch):
    """The names of the trainings that were started, each of which ends at once."""

    class Ended:
        exitcode = 0

        def is_alive(self):
            return False

        def join(self):
            pass

    names = []
    monkeypatch.setattr(Driver, "_start", lambda self, name, *, threads: names.append(name) or Ended())
    return names


def test_what_stands_before_most_epochs_comes_first(driver):
    assert _ready(driver.trainings, (), driver._num_epochs()) == ["none+clean", "time", "frequency"]
    epochs = driver._num_epochs() | {"frequency": 50}
    assert _ready(driver.trainings, (), epochs)[0] == "frequency"


def test_what_waits_for_a_running_training_is_not_ready(driver):
    todo = {name: one for name, one in driver.trainings.items() if name in ("none+mixture", "frequency")}
    assert _ready(todo, ["none+clean"], driver._num_epochs()) == ["frequency"]


def test_parents_come_before_children_over_all_groups(driver, started):
    driver.run(GROUPS)
    assert sorted(started) == sorted(driver.trainings)
    for name in started:
        for parent in driver.trainings[name].parents:
            assert started.index(parent) < started.index(name)


def test_a_parent_of_another_stage_must_be_done(driver, started):
    with pytest.raises(
        StateError, match=r"both starts from .*, which is not trained.*run musasr train separators"
    ):
        driver.run(["recognizers", "joint"])
    assert started == []
