"""Figures worked by hand from scores of two mixtures, and the table that shows them."""

import json

import pytest

from musasr.errors import StateError
from musasr.looking_to_listen.results import collect
from musasr.looking_to_listen.table import table_of

CONFIG = {
    "system": "looking_to_listen",
    "seed": 1,
    "mixing": {"kind": "2S"},
    "variants": {"seeing": {"face_encoder": "crops"}, "deaf": {"face_encoder": None}},
}


LACKING = {"stoi": "the package pystoi is not installed"}


def voice(**si_sdr: float) -> dict:
    scores = {name.replace("_", " "): {"sdr": value + 1, "si_sdr": value} for name, value in si_sdr.items()}
    return {"clip": "a", "speaker": "s", "scores": scores}


def write(folder, *mixtures, kinds=("2S",)) -> None:
    """The same scores for every kind."""
    (folder / "test").mkdir(parents=True)
    rows = [
        {"kind": kind, "mixture": f"test{n}", "voices": voices}
        for kind in kinds
        for n, voices in enumerate(mixtures)
    ]
    (folder / "test" / "scores.json").write_text(json.dumps({"rows": rows, "missing": LACKING}))


@pytest.fixture
def results(tmp_path):
    seeing = {"mixture": 0, "right_faces": 8, "best_order": 8, "a_still_face": 2}
    write(
        tmp_path / "seeing",
        [voice(**seeing), voice(**seeing | {"right_faces": 6})],
        [voice(**seeing | {"right_faces": 4, "mixture": 2}), voice(**seeing | {"right_faces": 6})],
    )
    deaf = {"mixture": 0, "right_faces": -3, "best_order": 3}
    write(tmp_path / "deaf", [voice(**deaf)] * 2, [voice(**deaf | {"mixture": 1})] * 2)
    folders = {name: tmp_path / name for name in CONFIG["variants"]}
    return collect(folders, CONFIG, commit="abc")


def test_means_are_over_voices_and_gains_over_mixtures(results):
    unprocessed, right, still, *_ = results["results"]
    assert (unprocessed["si_sdr"], unprocessed["num_mixtures"]) == (0.5, 2)
    assert (right["variant"], right["shown"]) == ("seeing", "right faces")
    assert (right["si_sdr"], right["sdr"]) == (6.0, 7.0)
    # (8 + 6) / 2 - 0 = 7 and (4 + 6) / 2 - (2 + 0) / 2 = 4
    assert right["si_sdr_improvement"] == pytest.approx(5.5)
    low, high = right["si_sdr_improvement_ci95"]
    assert 4 - 1e-9 <= low <= 5.5 <= high <= 7 + 1e-9
    assert still["si_sdr"] == 2.0
    assert results["missing"] == LACKING


def test_what_sees_is_held_against_what_does_not_and_against_itself(results):
    found = {
        (one["against"], one["against_shown"]): one["si_sdr_difference"] for one in results["comparisons"]
    }
    assert found == pytest.approx(
        {("deaf", "right faces"): 9.0, ("deaf", "best order"): 3.0, ("seeing", "a still face"): 4.0}
    )
    # Two mixtures: of four swaps two are as large as what was seen.
    assert all(0.4 < one["p"] < 0.6 for one in results["comparisons"])


def test_the_table_says_what_was_shown(results):
    lines = table_of(results).splitlines()
    assert lines[0] == "2 test mixtures of a kind, speakers of no training; means over voices, dB."
    assert lines[4] == "| 2S | unprocessed | - | 1.50 | 0.50 | - | - | - | - |"
    assert lines[5].startswith("| 2S | seeing | right faces | 7.00 | 6.00 | 5.50 | 5.50 (")
    assert lines[2].endswith("| PESQ | STOI |")
    assert lines[-1] == "STOI: the package pystoi is not installed."
    assert "| 2S | deaf | nothing, as assigned | -2.00 | -3.00 |" in table_of(results)
    assert "| 2S | seeing, right faces | deaf, nothing, best order | 3.00 (" in table_of(results)


def test_kinds_stand_below_one_another_and_are_held_against_their_own(tmp_path):
    one, two = {"mixture": 0, "right_faces": 9, "best_order": 9}, {"mixture": 0, "right_faces": 5}
    write(tmp_path / "one", [voice(**one)], kinds=["1S+noise", "1S+music"])
    write(tmp_path / "one_deaf", [voice(**one | {"right_faces": 8})], kinds=["1S+noise", "1S+music"])
    write(tmp_path / "two", [voice(**two), voice(**two)], kinds=["2S"])
    variants = {
        "two": {"face_encoder": "crops"},
        "one": {"face_encoder": "crops", "kinds": ["1S+music", "1S+noise"]},
        "one_deaf": {"face_encoder": None, "kinds": ["1S+noise", "1S+music"]},
    }
    config = {**CONFIG, "variants": variants}
    results = collect({name: tmp_path / name for name in variants}, config, commit="abc")
    rows = [(row["kind"], row["variant"], row["shown"], row["si_sdr"]) for row in results["results"]]
    # Of one voice there is one order.
    alone = [(None, "mixture", 0), ("one", "right faces", 9), ("one_deaf", "right faces", 8)]
    assert rows == [
        *(("1S+noise", *row) for row in alone),
        ("2S", None, "mixture", 0),
        ("2S", "two", "right faces", 5),
        *(("1S+music", *row) for row in alone),
    ]
    found = [(one["kind"], one["against"], one["si_sdr_difference"]) for one in results["comparisons"]]
    assert found == [("1S+noise", "one_deaf", 1.0), ("1S+music", "one_deaf", 1.0)]
    config["variants"]["two"]["kinds"] = ["3S"]
    with pytest.raises(StateError, match="no variant is evaluated on 3S; run musasr evaluate"):
        collect({name: tmp_path / name for name in variants}, config, commit="abc")


def test_a_variant_without_scores_is_named(tmp_path):
    with pytest.raises(StateError, match="is not evaluated; run musasr evaluate looking_to_listen"):
        collect({"seeing": tmp_path}, CONFIG, commit="abc")
