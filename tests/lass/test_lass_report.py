"""results.json and table.md of made-up scores, against figures by hand."""

import numpy as np
import pytest

from musasr.lass.report import collect, table

CONFIG = {"seed": 1, "variants": {"tags": {"cue": "tags"}, "lass": {"cue": "text"}}}
TRAININGS = {"tags": {"seconds": 1.0}, "lass": {"seconds": 2.0}}


def scores(value, *, is_right=True, level=-3.0):
    found = {"si_sdr": value, "si_sdr_background": -value, "level_db": level}
    return found | ({"sdr": value + 1, "sir": value + 2, "sar": value + 3} if is_right else {})


def rows(number=40):
    generator = np.random.default_rng(0)
    made = []
    for index in range(number):
        shift = generator.normal()
        values = {
            ("unprocessed", ""): scores(shift),
            ("ideal ratio mask", ""): scores(shift + 12),
            ("tags", "right tags"): scores(shift + 7),
            ("tags", "unseen, by name"): scores(shift + 2),
            ("tags", "swapped"): scores(shift - 5, is_right=False),
            ("tags", "wrong"): scores(shift - 4, is_right=False, level=-20.0),
            ("lass", "caption"): scores(shift + 7),
            ("lass", "unseen"): scores(shift + 6.5 + generator.normal() / 10),
            ("lass", "paraphrase"): scores(shift + 6.75, is_right=False),
            ("lass", "swapped"): scores(shift - 8, is_right=False),
            ("lass", "wrong"): scores(shift - 3, is_right=False, level=-15.0),
        }
        for (system, asked), value in values.items():
            made.append({"mixture_id": f"m{index}", "system": system, "asked": asked, "scores": value})
    return made


@pytest.fixture(scope="module")
def results():
    return collect(rows(), config=CONFIG, commit="abc", trainings=TRAININGS)


def test_rows_are_means_and_improvements_over_the_mixtures(results):
    found = {(row["system"], row["asked"]): row for row in results["systems"]}
    assert ("lass", "paraphrase") not in found
    tags = found["tags", "right tags"]
    assert tags["si_sdr_improvement"] == pytest.approx(7.0)
    assert tags["sdr_improvement"] == pytest.approx(7.0)
    assert tags["sar"] - tags["sir"] == pytest.approx(1.0)
    low, high = found["lass", "unseen"]["si_sdr_improvement_ci95"]
    assert low < 6.5 < high
    assert high - low < 0.2
    assert tags["num_mixtures"] == 40


def test_controls_are_differences_of_the_same_mixtures(results):
    lass = results["controls"]["lass"]
    assert lass["wrong_query_fall"] == pytest.approx(10.0)
    assert lass["swapped_query_fall"] == pytest.approx(15.0)
    assert lass["paraphrase_difference"] == pytest.approx(-0.25)
    assert lass["absent_query_level"] == pytest.approx(-15.0)
    assert "unseen_difference" not in results["controls"]["tags"]


def test_rows_of_one_wording_are_compared(results):
    found = {(*one["row"], *one["against"]): one for one in results["comparisons"]}
    one = found["lass", "unseen", "tags", "unseen, by name"]
    assert one["difference"] == pytest.approx(4.5, abs=0.1)
    assert one["p_value"] < 0.001
    assert found["lass", "caption", "tags", "right tags"]["p_value"] == 1.0
    assert ("lass", "caption", "tags", "unseen, by name") not in found


def test_the_table_says_the_same(results):
    text = table(results)
    assert "| lass | caption |" in text
    assert "SI-SDR falls by | 11.00 | 10.00 | 5 or more |" in text
    assert text.endswith("40 mixtures, dB; differences are of SI-SDR.\n")
