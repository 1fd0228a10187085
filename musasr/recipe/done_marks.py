"""Finished work is marked and recognised: a stage can be killed, run again, and notices a change."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from musasr.atomic import read_json, write_json
from musasr.errors import StateError

Selection = Callable[[Mapping[str, Any]], Mapping[str, Any]]

MARK = "done.json"
BEGUN = "begun.json"
CONTENTS = "contents"  # of settings: paths of models that came trained -> digests of what stood there
# What to do where one of the two is broken. Work without its mark is looked at again, and done where missing.
MENDS = {MARK: "remove it and run the stage again", BEGUN: "remove the folder {}: its training begins anew"}


def _all(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return settings


def is_done(directory: Path, settings: Mapping[str, Any], *, that_matter: Selection = _all) -> bool:
    """Whether this work was finished with these settings.

    Args:
        directory: Where the work's results stand.
        settings: All that the results depend on: plain values, nested as in the configuration.
        that_matter: Of recorded and of these settings, those that have to be the same.

    Raises:
        StateError: It was finished with other settings.
    """
    path = directory / MARK
    if not path.is_file():
        return False
    _refuse_change(path, settings, that_matter)
    return True


def begin(
    directory: Path, settings: Mapping[str, Any], *, has_state: bool, that_matter: Selection = _all
) -> None:
    """Record with which settings work begins that may be stopped and go on.

    Args:
        directory: Where the work's results stand.
        settings: All that they depend on.
        has_state: Whether there is anything yet that it would go on from.
        that_matter: As of `is_done`.

    Raises:
        StateError: It was begun with other settings: what is there already is not theirs.
    """
    path = directory / BEGUN
    if path.is_file() and has_state:
        _refuse_change(path, settings, that_matter)
    else:
        write_json(path, {"settings": settings})


def mark_done(directory: Path, settings: Mapping[str, Any]) -> None:
    """Record that the work in ``directory`` is finished, and with which settings."""
    finished = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    write_json(directory / MARK, {"finished": finished, "settings": settings})


def _refuse_change(path: Path, settings: Mapping[str, Any], that_matter: Selection) -> None:
    mend = MENDS[path.name].format(path.parent)
    made_with = read_json(path, mend=mend, keys=["settings"])["settings"]
    change = _first_change(*map(that_matter, (made_with, json.loads(json.dumps(settings)))))
    if change is not None:
        mend = "remove that folder, or take another --workdir"
        raise StateError(_describe(*change), where=path.parent, mend=mend)


def _describe(key: str, before: Any, now: Any) -> str:
    _, has_contents, model = f".{key}".partition(f".{CONTENTS}.")
    if has_contents and before is not None:
        fate = "is not there now" if now is None else "has another content now"
        return f"was made with the model {model}, which {fate}"
    return f"was made with {key} = {before!r}, and the configuration now says {now!r}"


def _first_change(before: Any, now: Any, key: str = "") -> tuple[str, Any, Any] | None:
    """The first place where two nested values differ: (dotted key, before, now)."""
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return None if before == now else (key or "settings", before, now)
    for name in sorted(before.keys() | now.keys()):
        change = _first_change(before.get(name), now.get(name), f"{key}.{name}" if key else name)
        if change is not None:
            return change
    return None
