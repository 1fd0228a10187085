"""The ablation's table: figures by hand, and each p against the row that it is said to be against."""

import pytest

from musasr.metrics.significance import matched_pairs
from musasr.recipe.workdir import Workdir
from musasr.report import ablation
from musasr.report.measurement import read_test_speech


@pytest.fixture
def entries(headline):
    workdir, (clean, _, cascade, joint) = headline
    speech = read_test_speech(workdir.path / "data/speech/test")
    more = {"workdir": Workdir(workdir.path), "speech": speech, "snrs_db": [5, 0, -5]}
    rows = [
        ablation.measure_row("none+clean", clean, **more),
        ablation.measure_row("plain", cascade, seconds=90.0, **more),
        ablation.measure_row("better", joint, seconds=180.0, settings=("a=1",), **more),
    ]
    return {
        one["name"]: one
        for one in ablation.compare(rows, first="plain", clean="none+clean", speech=speech, seed=1)
    }


def test_figures_by_hand(entries):
    # One wrong word of five; none or one.
    assert entries["plain"]["wer"] == {"clean": 20.0, "anime_5": 20.0, "anime_0": 20.0, "anime_-5": 20.0}
    assert entries["better"]["average"] == pytest.approx(10.0)
    assert entries["better"]["average_ci95"][0] < 10 < entries["better"]["average_ci95"][1]
    assert (entries["better"]["seconds"], entries["better"]["settings"]) == (180.0, ["a=1"])


def test_each_p_is_against_its_row(entries):
    halves = [3 * (index % 2) for index in range(40)]
    assert entries["better"]["p"] == matched_pairs(halves, [3] * 40, seed=1)
    assert entries["better"]["p_clean"] == matched_pairs([index % 2 for index in range(40)], [0] * 40, seed=1)
    assert entries["plain"]["p"] == entries["none+clean"]["p_clean"] == 1.0


def test_the_table_names_both_rows_and_gives_the_change(entries):
    text = ablation.markdown(list(entries.values()), first="plain", clean="none+clean", on="dev")
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| `")}
    wer = "| 20.00 | < 0.001 | 20.00 | 20.00 | 20.00 | 20.00 [20.0, 20.0] |"
    assert f"{wer} - | - | 15.00 / 10.00 / 5.00 | 1.5 |" in lines["`plain`"]
    assert "| -50.0 | < 0.001 | 15.00 / 10.00 / 5.00 | 3.0 |" in lines["`better`"]
    assert "| - | - |" in lines["`none+clean`"]
    assert "against plain; the first p: against none+clean on clean speech" in text


def test_what_ends_after_its_separator_has_an_sdr_and_no_words():
    sdr = {"anime_5": 12.5, "anime_0": 9.0, "anime_-5": 4.0}
    row = {"name": "time", "seconds": 90.0, "wer": {}, "sdr": sdr}
    text = ablation.markdown([row, row | {"name": "other"}], first="time", clean=None, on="dev")
    assert text.splitlines()[0] == "| dev set | SDR 5 dB | SDR 0 dB | SDR -5 dB | training, min |"
    assert "| `other` | 12.50 | 9.00 | 4.00 | 1.5 |" in text
