"""Two runs on one test set: figures by hand, and runs that cannot be compared."""

import json

import pytest

from musasr.cli.main import main
from musasr.errors import ConfigError
from musasr.report import comparing, results
from musasr.report.finished_run import FinishedRun, differences

NAMES = ("none+mixture", "time+mixture:both")


@pytest.fixture
def make_run(workdir, tmp_path):
    """Write the report of a run in which every utterance under music has so many wrong words of five."""

    def make(name, errors, *, systems=NAMES, settings=(), speakers=8, sdr=15.0, plan="x\n"):
        one = type(workdir)(tmp_path / name, speakers)
        one.settings = ("seed=0", *settings)
        (one.path / "data" / "test").mkdir()
        (one.path / "data" / "test" / "plan.tsv").write_text(plan)
        made = [
            one.add(
                system,
                lambda condition, index: 0 if condition.snr_db is None else errors(index),
                sdr=lambda condition, index: sdr,
            )
            for system in systems
        ]
        run = one.run(made)
        results.write(results.collect(run, f"commit-{name}"), run.workdir)
        return one.path

    return make


def compare(*paths):
    return comparing.compare(*map(FinishedRun.read, paths))


def test_each_figure_stands_beside_what_it_was(make_run):
    first = make_run("first", lambda index: 2)
    found = compare(
        first, make_run("second", lambda index: 1, settings=["training.joint.alpha=1.0"], sdr=17.0)
    )
    assert found["changes"] == [["training.joint.alpha", 2.0, 1.0]]
    rows = {(row["system"], row["music"]): row for row in found["rows"]}
    clean, anime = rows["time+mixture:both", "clean"], rows["time+mixture:both", "anime"]
    assert (clean["wer"], clean["change"], clean["sdr"]) == ([0.0, 0.0], None, None)
    assert anime["wer"] == pytest.approx([40.0, 20.0])
    assert anime["change"] == pytest.approx(-50.0)
    assert anime["change_ci95"] == pytest.approx([-50.0, -50.0])  # every utterance alike
    assert anime["p"] < 0.001
    assert anime["sdr"] == pytest.approx([15.0, 17.0])
    assert rows["none+mixture", "anime"]["sdr"] is None
    assert {music for _, music in rows} == {"clean", "anime", "classical", "jazz", "popular"}


def test_what_differs_by_chance_is_not_significant_and_the_interval_holds_nothing(make_run):
    first = make_run("first", lambda index: index % 2)
    row = compare(first, make_run("second", lambda index: (index + 1) % 2))["rows"][1]
    assert row["change"] == pytest.approx(0.0)
    assert row["change_ci95"][0] < 0.0 < row["change_ci95"][1]
    assert row["p"] > 0.5


def test_the_table_says_what_was_changed_and_by_whom(make_run):
    first = make_run("first", lambda index: 2)
    second = make_run("second", lambda index: 1, settings=["training.joint.alpha=1.0"], systems=NAMES[1:])
    text = comparing.markdown(compare(first, second))
    assert f"## {second} against {first}\n\n- training.joint.alpha: 2.0 -> 1.0\n" in text
    cells = "| 20.00 | 40.00 | -50.0 [-50.0, -50.0] | < 0.001 | 15.00 | 15.00 |"
    assert f"| `time+mixture:both` | anime {cells}" in text
    assert "| `time+mixture:both` | clean | 0.00 | 0.00 | - | 1.000 | - | - |" in text
    assert "Commits: commit-first, commit-second." in text
    assert "Not in both, and left out: none+mixture." in text


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"speakers": 7}, "its test speech is another one than in .*first"),
        ({"plan": "y\n"}, "its test mixtures are others than in .*first"),
        ({"systems": NAMES[:1]}, "no system in common"),
    ],
)
def test_what_would_mean_nothing_is_refused(make_run, second, message):
    first = make_run("first", lambda index: 1, systems=NAMES[1:])
    with pytest.raises(ConfigError, match=message):
        compare(first, make_run("second", lambda index: 1, **({"systems": NAMES[1:]} | second)))


def test_the_command_prints_a_table_or_json(make_run, capsys):
    paths = [str(make_run(name, lambda index: 1)) for name in ("first", "second")]
    assert main(["compare", *paths]) == 0
    assert capsys.readouterr().out.startswith(f"## {paths[1]} against {paths[0]}\n")
    assert main(["compare", *paths, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []
    assert main(["compare", paths[0], paths[1] + "x"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_differences_are_told_by_key():
    one, other = {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 1, "c": 4}, "e": {"f": 5}}
    assert [*differences(one, other)] == [("a.c", 2, 4), ("d", 3, None), ("e", None, {"f": 5})]
