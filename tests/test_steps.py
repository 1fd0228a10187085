import pytest

from musasr import steps
from musasr.errors import StateError


def test_done_only_when_marked(tmp_path):
    settings = {"a": {"b": 1}, "c": (1, 2)}
    assert not steps.is_done(tmp_path, settings)
    steps.mark_done(tmp_path, settings)
    assert steps.is_done(tmp_path, settings)


def test_a_changed_setting_is_named(tmp_path):
    steps.mark_done(tmp_path, {"a": {"b": 1}})
    with pytest.raises(StateError, match=r"a\.b = 1, and the configuration now says 2; remove that folder"):
        steps.is_done(tmp_path, {"a": {"b": 2}})


def test_a_setting_that_came_or_went_is_noticed(tmp_path):
    steps.mark_done(tmp_path, {"a": 1})
    with pytest.raises(StateError, match="b = None"):
        steps.is_done(tmp_path, {"a": 1, "b": 2})


def test_what_was_begun_with_other_settings_does_not_go_on(tmp_path):
    steps.begin(tmp_path, {"a": {"b": 1}})
    steps.begin(tmp_path, {"a": {"b": 1}})
    assert not steps.is_done(tmp_path, {"a": {"b": 1}})
    with pytest.raises(StateError, match=r"a\.b = 1, and the configuration now says 2; remove that folder"):
        steps.begin(tmp_path, {"a": {"b": 2}})
