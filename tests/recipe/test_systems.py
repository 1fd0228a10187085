import re

import pytest

from musasr.errors import ConfigError
from musasr.recipe.systems import HEADLINE, TABLE_ONE, System, parse_systems


def test_table_one_has_the_papers_18_rows():
    assert len(TABLE_ONE) == 18
    assert list(TABLE_ONE)[:3] == ["none+clean", "none+mixture", "frequency+clean:none"]


def test_headline_comes_in_table_order():
    names = [system.name for system in parse_systems("headline")]
    assert set(names) == set(HEADLINE)
    assert names == [name for name in TABLE_ONE if name in HEADLINE]


def test_a_list_may_repeat_and_come_in_any_order():
    systems = parse_systems("time+mixture:both, none+clean,none+clean")
    assert systems == [System("none", "clean"), System("time", "mixture", "both")]


def test_all_is_all():
    assert len(parse_systems("all")) == 18


@pytest.mark.parametrize("text", ["time+mixtur:both", "none+clean:both", "time+mixture", "nonsense"])
def test_an_unknown_system_is_named_with_its_mend(text):
    with pytest.raises(ConfigError, match=re.escape(f"--systems: unknown system '{text}'")):
        parse_systems(text)


def test_the_closest_name_is_suggested():
    with pytest.raises(ConfigError, match="did you mean 'time\\+mixture:both'"):
        parse_systems("time+mixture:bth")


def test_an_empty_list_is_an_error():
    with pytest.raises(ConfigError, match="names no system"):
        parse_systems(" , ")
