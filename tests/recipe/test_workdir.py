from pathlib import Path

import pytest

from musasr.errors import ConfigError
from musasr.recipe.workdir import Workdir


def test_named_decode_settings_share_all_but_hypotheses_and_results():
    plain, gated = Workdir(Path("w")), Workdir(Path("w"), "gate")
    assert plain.decode("time+clean:both", "clean") == Path("w/exp/time+clean:both/decode/clean")
    assert gated.decode("time+clean:both", "clean") == Path("w/exp/time+clean:both/decode-gate/clean")
    assert (plain.results, gated.results) == (Path("w/results"), Path("w/results-gate"))
    assert plain.training("time") == gated.training("time")
    assert plain.plan == gated.plan


@pytest.mark.parametrize("name", ["", "a/b", "..", "a-b", "a b"])
def test_a_name_that_is_no_part_of_a_folders_is_refused(name):
    with pytest.raises(ConfigError, match=r"decode.name: .* is more than letters, digits and _; choose"):
        Workdir(Path("w"), name)
