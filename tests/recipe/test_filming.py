"""What a recipe's section film means."""

import pytest

from musasr.errors import ConfigError
from musasr.recipe.checks import load_checked
from musasr.recipe.config import CONF
from musasr.recipe.filming import film_settings, film_systems


def config_of(recipe: str, *settings: str) -> dict:
    return load_checked(CONF / f"{recipe}.yaml", settings=settings)


@pytest.mark.parametrize(
    ("recipe", "settings", "script"),
    [
        ("mini", (), "kana"),
        ("mini", ("speech.script=mixed",), "mixed"),
        ("mini", ("film.script=mixed",), "mixed"),
        ("csj_anime", (), "mixed"),
        ("csj_anime", ("speech.script=pronunciation",), "kana"),
        ("english", (), "mixed"),
    ],
)
def test_the_truth_is_spelt_as_the_corpus_is(recipe, settings, script):
    assert film_settings(config_of(recipe, *settings)).script == script


def test_the_best_system_transcribes_or_those_that_are_named():
    assert [one.name for one in film_systems(config_of("mini"))] == ["time+mixture:both"]
    assert film_systems(config_of("mini", "report.best=null")) == []
    named = config_of("mini", "film.systems=[none+clean, time+mixture:none]")
    assert [one.name for one in film_systems(named)] == ["none+clean", "time+mixture:none"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("film.systems=[time+none]", "film.systems: time+none recognises nothing; name a system with a back"),
        ("film.systems=[tim+clean]", "film.systems: unknown system 'tim+clean'; did you mean 'time+clean"),
        ("film.minutes=0", "film.minutes: wants a number above 0, up to 1440, got 0"),
        ("film.genres=[]", "film.genres: wants a list of genres"),
        ("film.interludes=[dance]", "film.interludes: wants a list of music, silence, song"),
        ("film.picture_size=[160, 121]", "film.picture_size: wants two even numbers"),
        ("film.scene_seconds={speech: [9, 3]}", "film.scene_seconds.speech: wants [lowest, highest]"),
        ("film.loudness=1", "unknown key 'loudness'"),
    ],
)
def test_a_wrong_setting_is_one_line(setting, message):
    with pytest.raises(ConfigError) as caught:
        config_of("mini", setting)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
