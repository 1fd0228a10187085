import pytest

from musasr.errors import StateError
from musasr.recipe import done_marks


def test_done_only_when_marked(tmp_path):
    settings = {"a": {"b": 1}, "c": (1, 2)}
    assert not done_marks.is_done(tmp_path, settings)
    done_marks.mark_done(tmp_path, settings)
    assert done_marks.is_done(tmp_path, settings)


def test_a_changed_setting_is_named(tmp_path):
    done_marks.mark_done(tmp_path, {"a": {"b": 1}})
    with pytest.raises(StateError, match=r"a\.b = 1, and the configuration now says 2; remove"):
        done_marks.is_done(tmp_path, {"a": {"b": 2}})


def test_a_setting_that_came_or_went_is_noticed(tmp_path):
    done_marks.mark_done(tmp_path, {"a": 1})
    with pytest.raises(StateError, match="b = None"):
        done_marks.is_done(tmp_path, {"a": 1, "b": 2})


def test_what_was_begun_with_other_settings_does_not_go_on(tmp_path):
    done_marks.begin(tmp_path, {"a": {"b": 1}}, has_state=True)
    done_marks.begin(tmp_path, {"a": {"b": 1}}, has_state=True)
    assert not done_marks.is_done(tmp_path, {"a": {"b": 1}})
    with pytest.raises(StateError, match=r"a\.b = 1, and the configuration now says 2; remove"):
        done_marks.begin(tmp_path, {"a": {"b": 2}}, has_state=True)


def test_what_was_begun_and_left_nothing_begins_anew_with_other_settings(tmp_path):
    """Once, a training that was refused could not begin with other settings until its folder was removed."""
    done_marks.begin(tmp_path, {"a": 1}, has_state=False)
    done_marks.begin(tmp_path, {"a": 2}, has_state=False)
    with pytest.raises(StateError, match="a = 2, and the configuration now says 1"):
        done_marks.begin(tmp_path, {"a": 1}, has_state=True)


def test_a_model_that_another_took_the_place_of_is_named(tmp_path):
    before = {"system": {"contents": {"/models/a.b.zip": "1"}}}
    done_marks.mark_done(tmp_path, before)
    with pytest.raises(StateError, match=r"with the model /models/a\.b\.zip, which has another content now"):
        done_marks.is_done(tmp_path, {"system": {"contents": {"/models/a.b.zip": "2"}}})
    with pytest.raises(StateError, match=r"with the model /models/a\.b\.zip, which is not there now"):
        done_marks.is_done(tmp_path, {"system": {"contents": {}}})
