import matplotlib.image
import pytest

from musasr.recipe.systems import TABLE_ONE
from musasr.report import figures, results


def test_both_figures_are_drawn(headline, tmp_path):
    workdir, systems = headline
    paths = figures.draw(results.collect({}, workdir.path, systems, "abc123"), tmp_path)
    assert [path.name for path in paths] == ["wer_over_snr.png", "sdr_over_snr.png"]
    for path in paths:
        picture = matplotlib.image.imread(path)
        assert picture.shape[1] == 1500
        assert picture[..., :3].min() < 0.5 < picture[..., :3].max()


def test_no_sdr_figure_without_a_separator(headline, tmp_path):
    workdir, systems = headline
    paths = figures.draw(results.collect({}, workdir.path, systems[:2], "abc123"), tmp_path)
    assert [path.name for path in paths] == ["wer_over_snr.png"]


@pytest.mark.parametrize("wrong", [0, 5])
def test_rates_of_zero_and_a_hundred_are_drawn(workdir, tmp_path, wrong):
    system = workdir.add("none+clean", lambda condition, index: wrong)
    assert figures.draw(results.collect({}, workdir.path, [system], "abc123"), tmp_path)


def test_every_system_looks_different():
    looks = set()
    for system in TABLE_ONE.values():
        style = figures._style(
            {"front_end": system.front_end, "back_end": system.back_end, "fine_tune": system.fine_tune}
        )
        looks.add((style["color"], style["linestyle"], style["marker"]))
    assert len(looks) == 18
