"""Whether each value of a recipe is one that its key takes: `musasr.recipe.keys` says what those are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from musasr.corpora.readers import READERS, each_corpus, settings_of
from musasr.errors import ConfigError, shown, unknown_key
from musasr.plugins import KIND_KEY
from musasr.recipe.diarization_keys import DIARIZATION_KEYS
from musasr.recipe.keys import CORPORA, KEYS, Key
from musasr.recipe.transcription_keys import TRANSCRIPTION_KEYS
from musasr.recipe.values import name as name_kind
from musasr.recipe.values import settings

ANY_NAME = "*"
RESERVED = "none"  # a system's end that is not there

SECTION = Key(settings, "")


@dataclass
class Node:
    """A key of a configuration, and the keys below it."""

    key: Key = SECTION
    below: dict[str, "Node"] = field(default_factory=dict)


def tree_of(keys: Mapping[str, Key]) -> Node:
    """Keys of dotted paths as a tree."""
    root = Node()
    for dotted, key in keys.items():
        node = root
        for part in dotted.split("."):
            node = node.below.setdefault(part, Node())
        node.key = key
    return root


TREE = tree_of(KEYS)


def check_values(config: Mapping[str, Any], *, where: object) -> None:
    """See that a resolved configuration has every key, no other, and nothing that a key does not take.

    Raises:
        ConfigError: At the first key that is wrong.
    """
    _check(config, TREE, str(where), "")
    for section in READERS:
        if config[section] is None:
            continue
        for place, corpus in each_corpus(config[section], where=section):
            keys = CORPORA.get((section, corpus[KIND_KEY]))
            if keys is not None:  # a user's own function has its own
                _check(settings_of(corpus), tree_of(keys), str(where), place)


def check_transcription(settings: Mapping[str, Any], *, where: object) -> None:
    """The same for the settings of a transcription.

    Raises:
        ConfigError: At the first key that is wrong.
    """
    check_keys(settings, TRANSCRIPTION_KEYS, where=where)


def check_diarization(settings: Mapping[str, Any], *, where: object) -> None:
    """The same for the settings of a diarisation.

    Raises:
        ConfigError: At the first key that is wrong.
    """
    check_keys(settings, DIARIZATION_KEYS, where=where)


def check_keys(settings: Mapping[str, Any], keys: Mapping[str, Key], *, where: object) -> None:
    """The same for settings with these keys.

    Raises:
        ConfigError: At the first key that is wrong.
    """
    _check(settings, tree_of(keys), str(where), "")


def _check(value: Any, node: Node, where: str, path: str) -> None:
    place = f"{where}: {path}" if path else where
    if not node.key.kind.takes(value):
        mend = f"it is {node.key.meaning}" if node.key.meaning else "write such lines below it"
        raise ConfigError(f"wants {node.key.kind.words}, got {shown(value)}", where=place, mend=mend)
    if value is None or not node.below:
        return
    _check_keys(value, node, place)
    for key, one in value.items():
        _check(one, node.below.get(key) or node.below[ANY_NAME], where, f"{path}.{key}".lstrip("."))


def _check_keys(section: Mapping[str, Any], node: Node, place: str) -> None:
    """See that a section has the keys that it must have and no others, and that chosen names are names."""
    for key in section:
        if ANY_NAME in node.below and (not name_kind.takes(key) or key == RESERVED):
            what = f"{shown(key)} is no name of 1 to 40 letters, digits and _"
            raise ConfigError(what, where=place, mend=f"choose another, and not {RESERVED}")
        if key not in node.below and ANY_NAME not in node.below:
            raise unknown_key(key, node.below, where=place)
    for key, one in node.below.items():
        if key not in section and key != ANY_NAME and not one.key.is_optional:
            raise ConfigError(f"{key!r} is missing", where=place, mend=f"add it: {one.key.meaning}")
