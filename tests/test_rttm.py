"""RTTM and UEM: what is written is read again, and what is none is said in one line."""

import pytest

from musasr.errors import DataError
from musasr.kaldi.rttm import Turn, read_rttm, read_uem, write_rttm, write_uem


def test_turns_come_back_as_they_were_written(tmp_path):
    turns = {"b": [Turn(1.0, 2.5, "Mai")], "a": [Turn(3.25, 4.0, "é"), Turn(0.0, 0.125, "Mai")]}
    path = write_rttm(tmp_path / "x.rttm", turns)
    assert read_rttm(path) == {"a": sorted(turns["a"]), "b": turns["b"]}
    assert path.read_text().splitlines()[0] == "SPEAKER a 1 0.000 0.125 <NA> <NA> Mai <NA> <NA>"


def test_turns_that_touch_still_do_in_the_file(tmp_path):
    turns = [Turn(0.0004, 1.0006, "a"), Turn(1.0006, 2.0, "b")]
    first, second = read_rttm(write_rttm(tmp_path / "x.rttm", {"r": turns}))["r"]
    assert first.end == pytest.approx(second.start, abs=1e-9)


def test_scored_parts_come_back_as_they_were_written(tmp_path):
    spans = {"b": [(0.0, 2.5)], "a": [(3.0, 4.0), (0.0, 1.0)]}
    assert read_uem(write_uem(tmp_path / "x.uem", spans)) == {
        "a": [(0.0, 1.0), (3.0, 4.0)],
        "b": [(0.0, 2.5)],
    }


def test_lines_that_are_no_turns_are_passed_over(tmp_path):
    path = tmp_path / "x.rttm"
    path.write_text(
        ";; a comment\nSPKR-INFO a 1 <NA> <NA> <NA> unknown Mai <NA>\n\n"
        "SPEAKER a 1 1 2 <NA> <NA> Mai <NA>\nSPEAKER a 1 5 0 <NA> <NA> Mai <NA>\n"
    )
    assert read_rttm(path) == {"a": [Turn(1.0, 3.0, "Mai")]}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SPEAKER a 1 0.0", r"x:1: 'SPEAKER a 1 0.0' is no line of RTTM; write SPEAKER"),
        ("TURN a 1 0 1 <NA> <NA> Mai <NA>", "is no line of RTTM"),
        ("SPEAKER a 1 nan 1 <NA> <NA> Mai <NA>", "x:1: the start 'nan' is no time; give seconds"),
        ("SPEAKER a 1 0 -1 <NA> <NA> Mai <NA>", "the duration '-1' is no time"),
    ],
)
def test_a_broken_line_of_rttm_is_named(tmp_path, line, message):
    (tmp_path / "x").write_text(line + "\n")
    with pytest.raises(DataError, match=message):
        read_rttm(tmp_path / "x")


@pytest.mark.parametrize(
    ("line", "message"),
    [("a 1 2", "x:1: 'a 1 2' is no line of UEM"), ("a 1 2 1", "x:1: the part from 2 s ends at 1 s")],
)
def test_a_broken_line_of_uem_is_named(tmp_path, line, message):
    (tmp_path / "x").write_text(line + "\n")
    with pytest.raises(DataError, match=message):
        read_uem(tmp_path / "x")


def test_files_that_are_none_are_named(tmp_path):
    with pytest.raises(DataError, match=r"x.rttm: no such file; check the path"):
        read_rttm(tmp_path / "x.rttm")
    (tmp_path / "x.rttm").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DataError, match=r"x\.rttm: not UTF-8"):
        read_rttm(tmp_path / "x.rttm")


def test_a_name_with_white_space_is_refused(tmp_path):
    with pytest.raises(DataError, match="'Mai Ito' cannot be a name here"):
        write_rttm(tmp_path / "x.rttm", {"a": [Turn(0, 1, "Mai Ito")]})
