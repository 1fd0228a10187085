"""The tags, how each sounds, and how people ask for it: catalogue.yaml and captions.yaml as values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from musasr.errors import DataError, suggest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Tag:
    """A kind of sound: its root, the maker's name, and what the maker is told."""

    name: str
    root: str
    maker: str
    settings: Mapping[str, Any]


@cache
def tags() -> dict[str, Tag]:
    """Every tag by its name, root by root."""
    found = {}
    for root, members in _read("catalogue.yaml").items():
        for name, given in members.items():
            settings = {key: value for key, value in given.items() if key != "maker"}
            found[name] = Tag(name, root, given["maker"], settings)
    return found


def trained_captions(tag: str) -> list[str]:
    """The captions of a tag that trainings draw from.

    Raises:
        DataError: There is no such tag.
    """
    entry = _entry(tag)
    templates = _captions()["templates"][entry["template"]]
    return [one.format(name) for name in entry["names"] for one in templates] + list(entry["sentences"])


def unseen_captions(tag: str) -> list[str]:
    """The captions of a tag that no training sees: its own sentences, and other templates with its names.

    Raises:
        DataError: There is no such tag.
    """
    entry, unseen = _entry(tag), _captions()["unseen"]
    templates = unseen["templates"][entry["template"]]
    return list(unseen["sentences"][tag]) + [one.format(entry["names"][0]) for one in templates]


def general_captions(tag: str, *, beside: Collection[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Captions of groups that the tag is of and none of the others is, each with the group's tags."""
    return [
        (caption, tuple(group["tags"]))
        for group in _captions()["groups"].values()
        if tag in group["tags"] and not set(beside) & set(group["tags"])
        for caption in group["captions"]
    ]


def group_captions(names: Collection[str]) -> list[str]:
    """The captions of the groups that have one of these tags."""
    groups = _captions()["groups"].values()
    return [one for group in groups if set(names) & set(group["tags"]) for one in group["captions"]]


def _entry(tag: str) -> Mapping[str, Any]:
    known = _captions()["tags"]
    if tag not in known:
        raise DataError(f"unknown tag {tag!r}", mend=suggest(tag, known))
    return known[tag]


@cache
def _captions() -> dict[str, Any]:
    return _read("captions.yaml")


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
