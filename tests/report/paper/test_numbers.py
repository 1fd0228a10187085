import pytest

from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.conditions import CLEAN, under
from musasr.recipe.systems import parse_systems
from musasr.report.paper.numbers import Paper

RECIPE = config.load(config.CONF / "csj_anime.yaml")
PAPER = Paper.load(RECIPE["report"]["paper"])
SYSTEMS = {system.name: system for system in parse_systems("all", RECIPE)}
ANIME = under("anime", [5, 0, -5])
GENRES = ("classical", "jazz", "popular")


@pytest.mark.parametrize("name", SYSTEMS)
def test_printed_average_is_the_mean_of_the_music_conditions(name):
    rates = [PAPER.score(name, condition, "wer") for condition in ANIME]
    assert PAPER.average(name, ANIME, "wer") == pytest.approx(sum(rates) / 3, abs=0.011)
    assert PAPER.score(name, CLEAN, "wer") < 15


def test_only_separators_have_an_sdr():
    for name, system in SYSTEMS.items():
        sdrs = [PAPER.score(name, condition, "sdr") for condition in ANIME]
        assert (None not in sdrs) == system.has_separator


def test_the_headline_reduction_is_the_papers():
    baseline, best = (PAPER.average(name, ANIME, "wer") for name in ("none+mixture", "time+mixture:both"))
    assert 100 * (baseline - best) / baseline == pytest.approx(29.8, abs=0.05)


def test_table_two_holds_two_systems():
    music = [under(genre, [5, 0, -5]) for genre in GENRES]
    held = [name for name in SYSTEMS if all(PAPER.average(name, conditions, "wer") for conditions in music)]
    assert held == ["none+mixture", "time+mixture:both"] == RECIPE["report"]["under_genres"]
    popular = PAPER.average("time+mixture:both", music[-1], "wer")
    assert popular == pytest.approx((13.98 + 16.19 + 22.60) / 3)
    assert PAPER.average("time+clean:both", music[-1], "wer") is None


def test_an_average_over_other_snrs_is_not_the_papers():
    assert PAPER.average("none+mixture", under("anime", [-5, 0, 5]), "wer") == 22.15
    for snrs_db in ([5, 0], [10, 0, -5], [10, 5, 0, -5]):
        assert PAPER.average("none+mixture", under("anime", snrs_db), "wer") is None
    assert PAPER.score("none+mixture", under("anime", [10])[0], "wer") is None


def test_without_a_paper_there_is_no_figure():
    assert Paper.load(None).score("none+mixture", CLEAN, "wer") is None
    assert Paper.load(None).average("none+mixture", ANIME, "wer") is None


def test_a_file_that_is_no_yaml_is_refused_with_its_line(tmp_path):
    (tmp_path / "paper.yaml").write_text("name: x\nnumbers: [1")
    with pytest.raises(ConfigError, match=r"paper\.yaml:2: is not YAML .*; fix that line"):
        Paper.load(str(tmp_path / "paper.yaml"))


@pytest.mark.parametrize(
    "text", [b"\xff", b"- 1", b"name: x", b"{name: x, citation: y, numbers: [{system: a}]}"]
)
def test_a_file_that_is_no_paper_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "paper.yaml").write_bytes(text)
    with pytest.raises(ConfigError, match=r"paper\.yaml: is no paper's file .* see egs/csj_anime/paper.yaml"):
        Paper.load(str(tmp_path / "paper.yaml"))
