"""A training whose disk is full: said before it begins, or in one line; the rerun is as if it never was."""

import shutil
from collections import namedtuple

import pytest
from file_limits import file_limit, leftovers
from test_engine import SETTINGS, same, train

from musasr.errors import StateError, of_system


def test_too_little_room_for_the_checkpoints_is_said_before_the_first_step(monkeypatch, tmp_path):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(900))
    message = r"run: toy: its checkpoints need about [\d.]+ kB, and 900 bytes are free; make room there"
    with pytest.raises(StateError, match=message):
        train(tmp_path / "run")
    assert not (tmp_path / "run" / "history.jsonl").exists()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return train(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("num_bytes", [600, 12_000])
def test_a_full_disk_is_one_line_and_the_rerun_is_right(uninterrupted, tmp_path, capfd, num_bytes):
    """In TensorBoard's thread, in the picture."""
    with file_limit(num_bytes), pytest.raises(OSError, match="File too large") as caught:
        train(tmp_path / "cut")
    assert "\n" not in str(of_system(caught.value))
    assert str(caught.value.filename).startswith(str(tmp_path / "cut"))
    assert "Traceback" not in capfd.readouterr().err
    assert leftovers(tmp_path) == []
    weights, history = train(tmp_path / "cut")
    whole, expected = uninterrupted
    assert same(weights, whole)
    assert [row["epoch"] for row in history] == [row["epoch"] for row in expected]
    assert len(history) == SETTINGS.max_epoch
