import pytest

from musasr.recipe.conditions import CLEAN, GENRES, under
from musasr.recipe.systems import TABLE_ONE
from musasr.report.paper.numbers import paper_average, paper_score


@pytest.mark.parametrize("name", TABLE_ONE)
def test_printed_average_is_the_mean_of_the_music_conditions(name):
    rates = [paper_score(name, condition, "wer") for condition in under("anime")]
    assert paper_average(name, "anime", "wer") == pytest.approx(sum(rates) / 3, abs=0.011)
    assert paper_score(name, CLEAN, "wer") < 15


def test_only_separators_have_an_sdr():
    for name, system in TABLE_ONE.items():
        sdrs = [paper_score(name, condition, "sdr") for condition in under("anime")]
        assert (None not in sdrs) == system.has_separator


def test_the_headline_reduction_is_the_papers():
    baseline, best = (paper_average(name, "anime", "wer") for name in ("none+mixture", "time+mixture:both"))
    assert 100 * (baseline - best) / baseline == pytest.approx(29.8, abs=0.05)


def test_table_two_holds_two_systems():
    held = [name for name in TABLE_ONE if all(paper_average(name, genre, "wer") for genre in GENRES)]
    assert held == ["none+mixture", "time+mixture:both"]
    assert paper_average("time+mixture:both", "popular", "wer") == pytest.approx((13.98 + 16.19 + 22.60) / 3)
    assert paper_average("time+clean:both", "popular", "wer") is None
