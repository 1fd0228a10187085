"""Settings of recognition that could not be used are refused when the configuration is read."""

import pytest

from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.checks import load_checked
from musasr.recipe.decoding import check_decode, gate_recognizer_of

GATE = {"low_db": 10, "high_db": 20, "seconds": 1}


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ({"low_db": 10}, r"decode.gate: wants numbers low_db, high_db and seconds, got {'low_db': 10}; give"),
        ([10, 20], r"wants numbers low_db, high_db and seconds, got \[10, 20\]"),
        ({"low_db": "10", "high_db": 20, "seconds": 1}, "wants numbers low_db, high_db and seconds"),
        ({"low_db": 20, "high_db": 10, "seconds": 1}, "low_db 20 is above high_db 10"),
        ({"low_db": 10, "high_db": 20, "seconds": 0}, "seconds 0 is not positive"),
    ],
)
def test_a_gate_without_a_meaning_is_refused(gate, message):
    with pytest.raises(ConfigError, match=message):
        check_decode({"gate": gate})


def test_an_add_back_that_is_no_level_is_refused():
    with pytest.raises(ConfigError, match=r"decode.add_back_db: 'loud' is no level; give dB, or null"):
        check_decode({"add_back_db": "loud"})


@pytest.mark.parametrize(
    ("decode", "message"),
    [
        (
            {"gate": GATE, "gate_recognizer": "time+mixture:both"},
            "'time.*' is no recogniser alone; set decode",
        ),
        (
            {"gate": GATE, "gate_recognizer": "clean"},
            "'clean' is no recogniser alone; .* without a separator, such as none.clean",
        ),
        ({"gate_recognizer": "none+clean"}, "decode.gate_recognizer: there is no gate; set decode.gate"),
    ],
)
def test_a_recogniser_that_could_read_nothing_is_refused(decode, message):
    with pytest.raises(ConfigError, match=message):
        check_decode(decode)


def test_a_recipe_older_than_these_settings_has_none():
    check_decode({"beam_size": 5})
    assert gate_recognizer_of({"beam_size": 5}) is None


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("decode.gate={low_db: 12}", "decode.gate: 'high_db' is missing; add it"),
        ("decode.gate_recognizer=none+clean", "there is no gate"),
        (
            "training.joint.snr_start=[3, 0]",
            "training.joint.snr_start: wants a mean SNR and a number of epochs",
        ),
        ("training.time.snr_start=15.0", "training.time.snr_start: wants a mean SNR"),
    ],
)
def test_the_configuration_does_not_load_with_them(setting, message):
    with pytest.raises(ConfigError, match=message):
        load_checked(config.CONF / "smoke.yaml", settings=[setting])
