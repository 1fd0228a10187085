import pytest

from musasr.errors import suggest
from musasr.recipe import config
from musasr.recipe.checks import load_checked


def test_the_name_most_like_it_is_suggested_or_the_known_ones_are_listed():
    assert suggest("sede", ["seed", "speech"]) == "did you mean 'seed'?"
    assert suggest("zzz", ["seed", "speech"]) == "known here: seed, speech"
    assert suggest("zzz", map(str, range(20))).endswith("10, 11 ...")


@pytest.mark.parametrize(
    ("base", "setting", "message"),
    [
        (
            "rooms",
            "mixing.rooms.share=0.5",
            "mixing: rooms: unknown key 'share'; it is called 'fraction' now",
        ),
        ("mini", "models.time.filterbank_init=random", "write init: fourier (or random) in enh_encoder_conf"),
        ("english", "speech.dev_share=0.1", "unknown key 'dev_share'; it is called 'dev_fraction' now"),
    ],
)
def test_a_key_of_another_time_is_refused_with_the_name_that_it_has_now(base, setting, message):
    with pytest.raises(Exception, match="unknown key") as caught:
        load_checked(config.CONF / f"{base}.yaml", settings=[setting])
    assert message in str(caught.value)
