"""egs/SETTINGS.md: every key of a configuration, what it takes and what it is. Written by

python -m musasr.cli.settings_page > egs/SETTINGS.md
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from musasr.cli.systems import SYSTEMS
from musasr.plugins import KIND_KEY
from musasr.recipe import config as configuration
from musasr.recipe.keys import CORPORA, KEYS, Key
from musasr.recipe.transcription_keys import FILES, TRANSCRIPTION_KEYS

HEAD = """\
# Settings

Every key that a configuration may have; `*` stands for names that a recipe chooses. All of them are checked
before anything runs: types, ranges, null. A file names another as its `base:` and overrides what it changes;
`--set key.path=value` comes last. From `musasr/recipe/keys.py`, which is the place to change it, by
`python -m musasr.cli.settings_page > egs/SETTINGS.md`.

The arguments in a `*_conf` are those of the class or function that the key beside it names. `musasr
prepare speech` builds each model and optimiser of the recipe's systems and takes one step with them on noise,
so that what a training would refuse is said before anything is prepared.
"""
TRANSCRIPTION = """
## Transcription

Of `conf/separation.yaml` and `conf/transcribe.yaml`, for `musasr transcribe --set key.path=value`. From
`musasr/recipe/transcription_keys.py`.

| key | takes | as it comes | what it is |
|---|---|---|---|"""
SYSTEM = """
## {system}

Of `conf/{system}.yaml`, for `./run.sh --recipe {system} --set key.path=value`. From
`musasr/{system}/keys.py`.

| key | takes | as it comes | what it is |
|---|---|---|---|"""
COLUMNS = "\n| key | takes | the paper's | mini's | what it is |\n|---|---|---|---|---|"


def page() -> str:
    """The whole page."""
    paper, mini = (configuration.load(configuration.CONF / f"{one}.yaml") for one in ("csj_anime", "mini"))
    lines = [HEAD, "## Keys", COLUMNS]
    lines += [_row(key, said, _values(paper, key), _values(mini, key)) for key, said in KEYS.items()]
    for (section, kind), keys in CORPORA.items():
        lines += ["", f"## `{section}:` of `type: {kind}`", COLUMNS]
        lines += [
            _row(key, said, *(_of_kind(recipe[section], kind, key) for recipe in (paper, mini)))
            for key, said in keys.items()
        ]
    comes = {}
    for name in FILES:
        comes |= configuration.load(configuration.CONF / name)
    lines.append(TRANSCRIPTION)
    lines += [_row(key, said, _values(comes, key)) for key, said in TRANSCRIPTION_KEYS.items()]
    for system in SYSTEMS:
        comes = configuration.load(configuration.CONF / f"{system}.yaml")
        lines.append(SYSTEM.format(system=system))
        keys = import_module(f"musasr.{system}.keys").KEYS
        lines += [_row(key, said, _values(comes, key)) for key, said in keys.items()]
    return "\n".join(lines) + "\n"


def _row(key: str, said: Key, *values: list[Any]) -> str:
    takes = said.kind.words + (" (may be left out)" if said.is_optional else "")
    shown = (" / ".join(dict.fromkeys(_cell(value) for value in of_recipe)) for of_recipe in values)
    return f"| `{key}` | {takes} | {' | '.join(shown)} | {said.meaning} |"


def _cell(value: Any) -> str:
    if isinstance(value, Mapping) or (isinstance(value, list) and len(str(value)) > 40):
        return "..."
    plain = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    return "null" if plain is None else f"{plain}"


def _values(recipe: Any, dotted: str) -> list[Any]:
    """The values that a recipe has under a key, one for each name that a * stands for."""
    first, _, rest = dotted.partition(".")
    return list(_below(recipe, first, rest)) if isinstance(recipe, Mapping) else []


def _below(recipe: Mapping[str, Any], first: str, rest: str) -> Iterator[Any]:
    for name in recipe if first == "*" else (first,):
        if name in recipe:
            yield from _values(recipe[name], rest) if rest else [recipe[name]]


def _of_kind(section: Mapping[str, Any] | None, kind: str, key: str) -> list[Any]:
    is_it = section is not None and section[KIND_KEY] == kind and key in section
    return [section[key]] if is_it else []


if __name__ == "__main__":
    print(page(), end="")
