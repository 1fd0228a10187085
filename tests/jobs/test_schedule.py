"""The order in which a run's trainings start."""

import pytest
from runs import make_run

from musasr.errors import ConfigError, StateError
from musasr.jobs.schedule import Schedule, find_ready
from musasr.recipe.training_graph import GROUPS

EPOCHS = {"none+clean": 9, "none+mixture": 3, "time": 6, "frequency": 3}


@pytest.fixture
def schedule(tmp_path):
    return Schedule(make_run(tmp_path))


@pytest.fixture
def epochs(schedule):
    """Epochs of every training of the small recipe, by hand: three of each joint one, none of a cascade."""
    joint = {name: 0 if name.endswith(":none") else 3 for name in schedule.run.trainings}
    return joint | EPOCHS


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
    monkeypatch.setattr(Schedule, "_start", lambda self, name, *, threads: names.append(name) or Ended())
    return names


def test_what_stands_before_most_epochs_comes_first(schedule, epochs, started):
    trainings = schedule.run.trainings
    assert find_ready(trainings, (), epochs) == ["none+clean", "time", "frequency"]
    assert find_ready(trainings, (), epochs | {"frequency": 50})[0] == "frequency"
    schedule.train(GROUPS)
    assert started[0] == "none+clean"


def test_what_waits_for_a_running_training_is_not_ready(schedule, epochs):
    todo = {
        name: one for name, one in schedule.run.trainings.items() if name in ("none+mixture", "frequency")
    }
    assert find_ready(todo, ["none+clean"], epochs) == ["frequency"]


def test_parents_come_before_children_over_all_groups(schedule, started):
    schedule.train(GROUPS)
    assert sorted(started) == sorted(schedule.run.trainings)
    for name in started:
        for parent in schedule.run.trainings[name].parents:
            assert started.index(parent) < started.index(name)


def test_a_parent_of_another_group_must_be_done(schedule, started):
    message = r"both needs .*, which is not trained.*run musasr train separators"
    with pytest.raises(StateError, match=message):
        schedule.train(["recognizers", "joint"])
    assert started == []


def test_one_training_alone_is_named_as_it_is_or_refused_with_the_nearest(schedule, started):
    schedule.train(["separators"], only="time")
    assert started == ["time"]
    with pytest.raises(ConfigError, match=r"'tme' is no training of these .* did you mean 'time'"):
        schedule.train(["separators"], only="tme")
