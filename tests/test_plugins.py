"""Parts named in YAML: what is not there is said in one line, with the name that was meant."""

import sys

import pytest

from musasr.errors import ConfigError
from musasr.plugins import check_arguments, load_named

MODULE = """
import json

class Whisper:
    def __init__(self, path, *, beam_size=5, device): ...

def listen(**settings): ...

NUMBER = 3
"""


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """A user's package on the path."""
    package = tmp_path / "own_parts"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "hearing.py").write_text(MODULE)
    (package / "needy.py").write_text("import no_such_library_of_mine")
    (package / "broken.py").write_text("from json import no_such_name")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "own_parts"]:
        del sys.modules[name]


def test_a_class_and_a_function_of_a_users_own_are_found():
    assert load_named("own_parts.hearing:Whisper", where="x").__name__ == "Whisper"
    assert load_named("own_parts.hearing:listen", where="x").__name__ == "listen"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_parts.hearing", "'own_parts.hearing' is not module:name; give such as"),
        ("own_parts.hearing:", "is not module:name"),
        (":Whisper", "is not module:name"),
        (".hearing:Whisper", "is not module:name"),
        (None, "None is not module:name"),
        (3, "3 is not module:name"),
        ("own_parts.haering:Whisper", "no module own_parts.haering; did you mean 'hearing'?"),
        ("own_partz.hearing:Whisper", "no module own_partz.hearing; check its name, and that its folder"),
        ("own_parts.hearing.deep:Whisper", "no module own_parts.hearing.deep"),
        (
            "own_parts.hearing:Wisper",
            "own_parts.hearing has no class or function 'Wisper'; did you mean 'Whis",
        ),
        ("own_parts.hearing:NUMBER", "has no class or function 'NUMBER'"),
        (
            "own_parts.needy:X",
            "own_parts.needy needs no_such_library_of_mine, which is not installed; install",
        ),
        ("own_parts.broken:X", "own_parts.broken cannot be imported .*no_such_name"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(name, message):
    with pytest.raises(ConfigError, match=f"^models.w.reader: .*{message}") as raised:
        load_named(name, where="models.w.reader")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"path": "a", "beem_size": 3}, "conf: unknown key 'beem_size'; did you mean 'beam_size'"),
        ({"beam_size": 3}, "conf: 'path' is missing"),
        ({"path": "a", "device": "cuda"}, "conf: unknown key 'device'"),
    ],
)
def test_arguments_are_those_of_the_class(given, message):
    whisper = load_named("own_parts.hearing:Whisper", where="x")
    with pytest.raises(ConfigError, match=message):
        check_arguments(whisper, given, provided=("device",), where="conf")


def test_an_argument_that_the_house_provides_has_to_be_taken():
    whisper = load_named("own_parts.hearing:Whisper", where="x")
    check_arguments(whisper, {"path": "a"}, provided=("device",), where="conf")
    with pytest.raises(ConfigError, match="Whisper takes no argument 'sampling_rate'; give it one"):
        check_arguments(whisper, {"path": "a"}, provided=("device", "sampling_rate"), where="conf")


def test_a_function_that_takes_any_argument_takes_any():
    listen = load_named("own_parts.hearing:listen", where="x")
    check_arguments(listen, {"anything": 1}, provided=("device",), where="conf")


def test_what_takes_no_settings_says_so():
    def make(): ...

    with pytest.raises(ConfigError, match="unknown key 'a'; make takes no settings"):
        check_arguments(make, {"a": 1}, provided=(), where="conf")
