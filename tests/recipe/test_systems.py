import re

import pytest

from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.systems import System, find_system, parse_systems

RECIPE = config.load(config.CONF / "csj_anime.yaml")


def names(text, recipe=RECIPE):
    return [system.name for system in parse_systems(text, recipe)]


def test_the_papers_recipe_lists_its_18_systems_in_the_order_of_its_table():
    assert len(names("all")) == len(set(names("all"))) == 18
    assert names("all")[:3] == ["none+clean", "none+mixture", "frequency+clean:none"]
    assert names("all") == RECIPE["systems"]["all"]


def test_headline_comes_in_the_order_of_all_and_is_what_nothing_means():
    assert set(names("headline")) == set(RECIPE["systems"]["headline"])
    assert names("headline") == [name for name in names("all") if name in names("headline")] == names(None)


def test_a_list_may_repeat_hold_lists_and_come_in_any_order():
    assert parse_systems("time+mixture:both, none+clean,none+clean", RECIPE) == [
        System("none", "clean"),
        System("time", "mixture", "both"),
    ]
    assert names("time+clean:both,headline")[-2:] == ["time+mixture:none", "time+mixture:both"]


def test_any_declared_name_makes_systems_and_a_list_of_ones_own():
    more = ["models.third={like: time}", "training.third={like: time}", "training.quiet={like: clean}"]
    recipe = config.load(
        config.CONF / "csj_anime.yaml", settings=[*more, "systems.mine=[third+quiet:both, third+none]"]
    )
    assert names("third+quiet:back,none+quiet", recipe) == ["third+quiet:back", "none+quiet"]
    assert names("mine", recipe) == ["third+quiet:both", "third+none"]


def test_a_system_may_end_after_its_separator_and_a_recogniser_may_come_trained():
    reader = "models.asked={reader: 'mine:Reader', reader_conf: {}}"
    recipe = config.load(config.CONF / "csj_anime.yaml", settings=[reader])
    assert names("time+none,none+asked,time+asked:none", recipe) == [
        "time+none",
        "none+asked",
        "time+asked:none",
    ]
    with pytest.raises(ConfigError, match=r"unknown system 'time.asked:both'"):
        parse_systems("time+asked:both", recipe)  # what comes trained is not trained further
    assert not find_system("time+none", recipe, where="here").has_recognizer


@pytest.mark.parametrize(
    "text", ["time+mixtur:both", "none+clean:both", "time+mixture", "none+none", "time+none:both", "nonsense"]
)
def test_an_unknown_system_is_named_with_its_mend(text):
    with pytest.raises(ConfigError, match=re.escape(f"--systems: unknown system {text!r}")):
        parse_systems(text, RECIPE)


def test_the_closest_name_is_suggested():
    with pytest.raises(ConfigError, match="did you mean 'time\\+mixture:both'"):
        parse_systems("time+mixture:bth", RECIPE)


def test_an_empty_list_is_an_error():
    with pytest.raises(ConfigError, match="names no system; give headline, all, or names of systems"):
        parse_systems(" , ", RECIPE)
