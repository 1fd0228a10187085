import pytest
from runs import make_run, mark_trained

from musasr.errors import StateError
from musasr.recipe import config
from musasr.recipe.systems import parse_systems
from musasr.recipe.training_graph import trainings_for

MINI = config.load(config.CONF / "mini.yaml")
PAPER = config.load(config.CONF / "csj_anime.yaml")


def test_what_systems_share_is_trained_once():
    trainings = trainings_for(parse_systems("all", PAPER), PAPER)
    assert len(trainings) == 2 + 2 + 16
    assert set(list(trainings)[:2]) == {"frequency", "time"}


def test_parents_come_before_children():
    trainings = trainings_for(parse_systems("all", MINI), MINI)
    seen = set()
    for name, training in trainings.items():
        assert set(training.parents) <= seen
        seen.add(name)


def test_a_recogniser_may_start_from_another():
    trainings = trainings_for(parse_systems("none+mixture", MINI), MINI)
    assert list(trainings) == ["none+clean", "none+mixture"]
    assert trainings["none+mixture"].parents == ("none+clean",)
    assert list(trainings_for(parse_systems("none+mixture", PAPER), PAPER)) == ["none+mixture"]


def test_a_cascade_is_put_together_and_not_trained():
    trainings = trainings_for(parse_systems("time+mixture:none", PAPER), PAPER)
    cascade = trainings["time+mixture:none"]
    assert cascade.section is None
    assert cascade.parents == ("time", "none+mixture")


def test_settings_hold_what_the_weights_depend_on():
    trainings = trainings_for(parse_systems("time+mixture:both", MINI), MINI)
    settings = trainings["time+mixture:both"].settings(MINI, trainings)
    # which change no weight, or are 0
    without = {"max_bad_steps", "save_seconds", "recompute", "voices_fraction", "has_variety", "hears"}
    section = {key: value for key, value in MINI["training"]["time"].items() if key not in without}
    assert settings["parents"]["time"]["training"] == section
    assert (
        settings["parents"]["none+mixture"]["parents"]["none+clean"]["model"]["asr_encoder"] == "conv_blstm"
    )
    assert "decode" not in settings


def test_settings_name_rooms_only_where_there_are_any():
    dry = trainings_for(parse_systems("none+mixture", MINI), MINI)["none+clean"]
    assert "rooms" not in dry.settings(MINI, {})
    recipe = config.load(config.CONF / "rooms.yaml")
    assert dry.settings(recipe, {})["rooms"] == recipe["mixing"]["rooms"]


def test_what_comes_trained_is_not_trained_and_stands_behind_any_separator():
    recipe = config.load(
        config.CONF / "mini.yaml", settings=["models.asked={reader: 'mine:Reader', reader_conf: {size: 3}}"]
    )
    trainings = trainings_for(parse_systems("none+asked,time+asked:none", recipe), recipe)
    assert {name: (one.section, one.parents) for name, one in trainings.items()} == {
        "time": ("time", ()),
        "none+asked": (None, ()),
        "time+asked:none": (None, ("time",)),
    }
    behind = trainings["time+asked:none"].settings(recipe, trainings)
    assert behind["model"]["reader_conf"] == {"size": 3}
    assert behind["model"]["enh_separator"] == "conv_tasnet"


def test_a_system_may_end_after_its_separator():
    trainings = trainings_for(parse_systems("time+none", MINI), MINI)
    assert [(name, one.subtasks) for name, one in trainings.items()] == [
        ("time", ("enh",)),
        ("time+none", ("enh",)),
    ]


def test_a_front_end_may_be_fine_tuned_in_a_way_of_its_own():
    more = ["training.joint_slow={like: joint, max_epoch: 9}", "training.frequency.fine_tuning=joint_slow"]
    recipe = config.load(config.CONF / "mini.yaml", settings=more)
    trainings = trainings_for(parse_systems("time+mixture:both,frequency+mixture:both", recipe), recipe)
    sections = {name: one.section for name, one in trainings.items()}
    assert sections["time+mixture:both"] == "joint"
    assert sections["frequency+mixture:both"] == "joint_slow"


HEARS = "training.separated={like: mixture, hears: {front_end: time, fraction: 0.5, add_back_db: [0, 30]}}"


def test_a_recognizer_that_is_given_estimates_waits_for_their_separator_and_takes_no_weights_of_it():
    recipe = config.load(config.CONF / "mini.yaml", settings=[HEARS])
    trainings = trainings_for(parse_systems("none+separated", recipe), recipe)
    assert list(trainings) == ["time", "none+clean", "none+separated"]
    separated = trainings["none+separated"]
    assert (separated.parents, separated.needs) == (("none+clean",), ("none+clean", "time"))
    assert "time" in separated.settings(recipe, trainings)["parents"]


@pytest.mark.parametrize(
    ("change", "stay", "go"),
    [
        ("music.train_hours=2.0", ["none+clean"], ["time", "none+mixture", "time+mixture:both"]),
        ("mixing.train.snr_mean_db=3.0", ["none+clean"], ["time", "none+mixture", "time+mixture:both"]),
        ("units.num_units=200", ["time"], ["none+clean", "none+mixture", "time+mixture:both"]),
        ("training.clean.max_epoch=1", ["time"], ["none+clean", "none+mixture", "time+mixture:both"]),
        ("training.time.max_epoch=1", ["none+clean", "none+mixture"], ["time", "time+mixture:both"]),
        ("speech.train_hours=2.0", [], ["time", "none+clean", "none+mixture", "time+mixture:both"]),
    ],
)
def test_a_change_undoes_the_trainings_that_it_concerns_and_no_other(tmp_path, change, stay, go):
    mark_trained(make_run(tmp_path, "mini", systems="time+mixture:both,none+mixture"))
    after = make_run(tmp_path, "mini", change, systems="time+mixture:both,none+mixture")
    assert all(after.is_trained(name) for name in stay)
    for name in go:
        with pytest.raises(StateError, match=r"was made with .*, and the configuration now says"):
            after.is_trained(name)
    assert sorted([*stay, *go]) == sorted(after.trainings)
