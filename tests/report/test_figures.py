import matplotlib.image
import pytest

from musasr.recipe.systems import parse_systems
from musasr.report import figures, results
from musasr.report.paper.numbers import Paper

PAPER = Paper.load("egs/csj_anime/paper.yaml")


def draw(workdir, systems, directory, paper=PAPER):
    return figures.draw(results.collect(workdir.run(systems), "abc123"), paper, directory)


def lines_of(monkeypatch, workdir, systems, directory, paper=PAPER):
    """What stands in each panel of each picture: (file, panel) -> label -> (places, values)."""
    drawn = {}
    save = figures.Figure.savefig

    def note(figure, path, **options):
        for number, axes in enumerate(figure.axes):
            curves = {
                line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines
            }
            drawn["sdr" if "sdr" in str(path) else "wer", number] = curves
        save(figure, path, **options)

    monkeypatch.setattr(figures.Figure, "savefig", note)
    draw(workdir, systems, directory, paper)
    return drawn


def test_both_figures_are_drawn(headline, tmp_path):
    paths = draw(*headline, tmp_path)
    assert [path.name for path in paths] == ["wer_over_snr.png", "sdr_over_snr.png"]
    for path in paths:
        picture = matplotlib.image.imread(path)
        assert picture.shape[1] == 1500
        assert picture[..., :3].min() < 0.5 < picture[..., :3].max()


def test_no_sdr_figure_without_a_separator(headline, tmp_path):
    workdir, systems = headline
    assert [path.name for path in draw(workdir, systems[:2], tmp_path)] == ["wer_over_snr.png"]


@pytest.mark.parametrize(("wrong", "rate"), [(0, 0.0), (5, 100.0)])
def test_rates_of_zero_and_a_hundred_are_drawn(workdir, tmp_path, monkeypatch, wrong, rate):
    system = workdir.add("none+clean", lambda condition, index: wrong)
    ours = lines_of(monkeypatch, workdir, [system], tmp_path)["wer", 0]["none+clean"]
    assert ours == ([-5, 0, 5], [rate] * 3)


def test_ours_and_the_papers_stand_at_their_snrs(headline, tmp_path, monkeypatch):
    drawn = lines_of(monkeypatch, *headline, tmp_path)
    assert drawn["wer", 0]["none+mixture"] == ([-5, 0, 5], [40.0, 40.0, 40.0])
    assert drawn["wer", 1]["none+mixture"] == ([-5, 0, 5], [31.57, 19.63, 15.26])
    assert drawn["sdr", 0]["time+mixture:none"] == ([-5, 0, 5], [5.0, 10.0, 15.0])
    assert drawn["sdr", 1]["time+mixture:both"] == ([-5, 0, 5], [14.92, 17.85, 20.52])


def test_without_a_paper_there_is_one_panel(headline, tmp_path, monkeypatch):
    drawn = lines_of(monkeypatch, *headline, tmp_path, Paper())
    assert sorted(drawn) == [("sdr", 0), ("wer", 0)]


def test_every_system_looks_different(workdir):
    systems = parse_systems("all", workdir.run().config)
    entries = [vars(system) for system in systems]
    looks = figures.styles({"systems": entries})
    assert len({(look["color"], str(look["linestyle"]), look["marker"]) for look in looks.values()}) == 18
