"""`musasr score` of RTTM: figures by hand, recording by recording."""

import json

import pytest

from musasr.cli.main import main
from musasr.kaldi.rttm import Turn, write_rttm, write_uem


@pytest.fixture
def files(tmp_path):
    reference = {"one": [Turn(0, 10, "a"), Turn(10, 20, "b")], "two": [Turn(0, 10, "c")]}
    hypothesis = {"one": [Turn(0, 12, "1"), Turn(12, 20, "2")], "two": [Turn(0, 12, "x")]}
    write_rttm(tmp_path / "ref.rttm", reference)
    write_rttm(tmp_path / "hyp.rttm", hypothesis)
    write_uem(tmp_path / "all.uem", {"one": [(0, 20)], "two": [(0, 10)]})
    return ["--reference", str(tmp_path / "ref.rttm"), "--hypothesis", str(tmp_path / "hyp.rttm")]


def scored(files, capsys, *options):
    assert main(["score", *files, *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_errors_of_each_recording_and_of_all(files, tmp_path, capsys):
    figures = scored(files, capsys)
    assert (figures["one"]["der"], figures["one"]["confusion"]) == (10, 10)
    assert (figures["two"]["der"], figures["two"]["false_alarm"]) == (20, 20)
    assert figures["OVERALL"]["der"] == pytest.approx(100 * 4 / 30, abs=1e-3)
    assert scored(files, capsys, "--uem", str(tmp_path / "all.uem"))["two"]["der"] == 0
    assert scored(files, capsys, "--collar", "2")["one"]["der"] == 0
    assert main(["score", *files]) == 0
    assert "OVERALL" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--collar", "-1"], "--collar: -1 s is no collar; give 0 or more"),
        (["--reference", "text", "--skip_overlap"], "is for --reference and --hypothesis that end in .rttm"),
    ],
)
def test_mistakes_are_one_line(files, change, message, capsys):
    assert main(["score", *files, *change]) == 1
    assert message in capsys.readouterr().err


def test_another_recording_is_refused(files, tmp_path, capsys):
    write_rttm(tmp_path / "hyp.rttm", {"three": [Turn(0, 1, "a")]})
    assert main(["score", *files]) == 1
    assert (
        "names three, which the reference does not; name the same recordings in both"
        in capsys.readouterr().err
    )
