"""Runs with other seeds as one: figures by hand, and runs that cannot be pooled."""

import pytest

from musasr.errors import ConfigError, StateError
from musasr.report import results, spread
from musasr.report.finished_run import FinishedRun
from musasr.report.pooling import pool

ERRORS = {1: (1, 0), 2: (2, 1)}  # seed -> wrong words of five by mixture ASR and by the joint system

NO_SYSTEM = '{"config": {"seed": 1}, "commit": "a", "systems": [{"front_end": "time"}]}'


@pytest.fixture
def make_run(make_workdir):
    """Write the report of a run in which every utterance has ERRORS[seed]."""

    def make(seed, *, num_speakers=None, systems=("none+mixture", "time+mixture:both"), settings=()):
        workdir = make_workdir(num_speakers or 4 + seed)
        workdir.settings = (f"seed={seed}", *settings)
        named = dict(zip(("none+mixture", "time+mixture:both"), ERRORS.get(seed, (1, 1)), strict=True))
        made = [
            workdir.add(name, lambda condition, index, of=named[name]: 0 if condition.snr_db is None else of)
            for name in systems
        ]
        run = workdir.run(made)
        results.write(results.collect(run, f"commit{seed}"), run.workdir)
        return workdir.path

    return make


def read(*paths):
    return [FinishedRun.read(path) for path in paths]


def test_figures_are_those_of_all_utterances(make_run):
    pooled = pool(read(make_run(1), make_run(2)))
    mixture, joint = pooled["systems"]
    assert mixture["averages"][0]["wer"] == pytest.approx(100 * (40 + 80) / 400)
    assert joint["averages"][0]["wer"] == pytest.approx(100 * 40 / 400)
    assert joint["results"][1]["num_utterances"] == 80
    assert joint["results"][1]["sdr"] == pytest.approx(15.0)
    assert pooled["commit"] == "commit1, commit2"
    assert [one["seed"] for one in pooled["runs"]] == [1, 2]


def test_intervals_draw_speakers_of_each_run(make_run):
    """5 + 6 speakers with runs that differ: wider than nothing, as each run's alone is."""
    (_, joint) = pool(read(make_run(1), make_run(2)))["systems"]
    low, high = joint["averages"][0]["wer_ci95"]
    assert 0 < low < 10 < high < 20


def test_the_table_has_means_and_ranges(make_run):
    text = spread.markdown(pool(read(make_run(1), make_run(2))))
    line = next(one for one in text.splitlines() if one.startswith("| time+mixture:both |"))
    cells = [one.strip() for one in line.split("|")[2:-1]]
    assert cells[0] == "0.00 (0.00 to 0.00)"
    assert cells[4] == "10.00 (0.00 to 20.00)"
    assert cells[5] == "15.00 (15.00 to 15.00)"
    assert "Seeds: 1, 2. Commits: commit1, commit2." in text
    assert "time+mixture:both below none+mixture by 40 % or more: supported" in text


def test_systems_of_one_run_alone_are_left_out(make_run):
    pooled = pool(read(make_run(1), make_run(2, systems=["none+mixture"])))
    assert [one["back_end"] for one in pooled["systems"]] == ["mixture"]
    assert "Not in every run, and left out: time+mixture:both." in spread.markdown(pooled)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"seed": 1, "num_speakers": 7}, "seed of .*work5, 1: its utterances would count twice"),
        (
            {"seed": 2, "settings": ("decode.beam_size=3",)},
            r"work6: decode\.beam_size is another one than in .*work5",
        ),
    ],
)
def test_what_would_mean_nothing_is_refused(make_run, second, message):
    with pytest.raises(ConfigError, match=message):
        pool(read(make_run(1), make_run(**second)))


def test_runs_without_a_common_system_are_refused(make_run):
    runs = read(make_run(1, systems=["time+mixture:both"]), make_run(2, systems=["none+mixture"]))
    with pytest.raises(ConfigError, match="no system in common"):
        pool(runs)


def test_one_run_has_no_spread(make_run):
    with pytest.raises(ConfigError, match="no spread"):
        pool(read(make_run(1)))


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), ("{}", "is no results.json"), (NO_SYSTEM, "is no results.json")],
)
def test_a_run_without_its_report_says_what_to_run(tmp_path, content, message):
    if content is not None:
        (tmp_path / "results").mkdir()
        (tmp_path / "results" / "results.json").write_text(content, encoding="utf-8")
    with pytest.raises(StateError, match=f"{message}.*run musasr report"):
        FinishedRun.read(tmp_path)
