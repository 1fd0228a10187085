from musasr.recipe import config
from musasr.recipe.systems import parse_systems
from musasr.recipe.training_graph import trainings_for

MINI = config.load(config.CONF / "mini.yaml")
PAPER = config.load(config.CONF / "csj_anime.yaml")


def test_what_systems_share_is_trained_once():
    trainings = trainings_for(parse_systems("all"), PAPER)
    assert len(trainings) == 2 + 2 + 16
    assert set(list(trainings)[:2]) == {"frequency", "time"}


def test_parents_come_before_children():
    trainings = trainings_for(parse_systems("all"), MINI)
    seen = set()
    for name, training in trainings.items():
        assert set(training.parents) <= seen
        seen.add(name)


def test_a_recogniser_may_start_from_another():
    trainings = trainings_for(parse_systems("none+mixture"), MINI)
    assert list(trainings) == ["none+clean", "none+mixture"]
    assert trainings["none+mixture"].parents == ("none+clean",)
    assert list(trainings_for(parse_systems("none+mixture"), PAPER)) == ["none+mixture"]


def test_a_cascade_is_put_together_and_not_trained():
    trainings = trainings_for(parse_systems("time+mixture:none"), PAPER)
    cascade = trainings["time+mixture:none"]
    assert cascade.section is None
    assert cascade.parents == ("time", "none+mixture")


def test_settings_hold_what_the_weights_depend_on():
    trainings = trainings_for(parse_systems("time+mixture:both"), MINI)
    settings = trainings["time+mixture:both"].settings(MINI, trainings)
    assert settings["parents"]["time"]["training"] == MINI["training"]["time"]
    assert (
        settings["parents"]["none+mixture"]["parents"]["none+clean"]["model"]["asr_encoder"] == "conv_blstm"
    )
    assert "decode" not in settings


def test_settings_name_rooms_only_where_there_are_any():
    dry = trainings_for(parse_systems("none+mixture"), MINI)["none+clean"]
    assert "rooms" not in dry.settings(MINI, {})
    recipe = config.load(config.CONF / "rooms.yaml")
    assert dry.settings(recipe, {})["rooms"] == recipe["mixing"]["rooms"]
