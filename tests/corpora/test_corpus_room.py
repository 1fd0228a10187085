"""Corpora of so many hours are not begun where the disk does not hold them."""

import shutil
from collections import namedtuple

import pytest

from musasr.errors import StateError
from musasr.preparation import prepare_corpus
from musasr.recipe import config


@pytest.mark.parametrize(
    ("section", "hours"),
    [("speech", 30), ("music", 10 + 5 + 4 * (1 + 5))],  # of music's test hours each genre has its own
)
def test_the_hours_that_are_asked_for_need_room(monkeypatch, tmp_path, section, hours):
    given = {"speech": (20, 5, 5), "music": (10, 5, 4)}[section]
    recipe = config.load(config.CONF / "mini.yaml")
    for name, value in zip(("train", "dev", "test"), given, strict=True):
        recipe[section][f"{name}_hours"] = value
    recipe["mixing"]["test"]["genres"] = ["a", "b", "c", "d", "e"]
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(1_000_000_000))
    needed = hours * 3600 * recipe["sampling_rate"] * 2 / 1e9
    message = rf"w: the recipe's hours of {section} need about {needed:.1f} GB, and 1.0 GB are free; make"
    with pytest.raises(StateError, match=message):
        prepare_corpus(section, recipe, tmp_path / "w", num_jobs=1)
    assert list(tmp_path.iterdir()) == []
