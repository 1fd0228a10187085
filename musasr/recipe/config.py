"""Configuration: ``base:`` files plus overrides, resolved. `musasr.recipe.checks` says if it makes sense."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from musasr.atomic import write_text
from musasr.errors import ConfigError
from musasr.plugins import KIND_KEY
from musasr.recipe.merging import merge_recipe

BASE = "base"
CONF = Path(__file__).resolve().parents[2] / "conf"


def load(path: Path, *, music_conf: Path | None = None, settings: Sequence[str] = ()) -> dict[str, Any]:
    """The resolved configuration of a recipe.

    Args:
        path: A YAML file; its key ``base`` names the file (beside it) that it overrides, or a list of files:
            of those after the first their own lines count, not their bases'.
        music_conf: A YAML file whose keys replace the section ``music``; or, where other values have to
            change with the corpus, one of whole sections, ``music`` among them.
        settings: Overrides ``key.path=value`` (values in YAML), applied last.

    Raises:
        ConfigError: A file is missing or not YAML, a key is unknown, a value has the wrong type.
    """
    resolved = _load_with_bases(Path(path), seen=())
    if music_conf is not None:
        resolved = _with_music(resolved, _read_yaml(Path(music_conf)), where=str(music_conf))
    for setting in settings:
        override, where = _parse_setting(setting)
        resolved = merge_recipe(resolved, override, where=where)
    return resolved


def load_resolved(path: Path) -> dict[str, Any]:
    """A resolved configuration that ``save`` wrote beside what was made with it.

    Raises:
        ConfigError: It is missing or not YAML.
    """
    return _read_yaml(Path(path))


def save(config: Mapping[str, Any], path: Path, *, heading: str = "") -> None:
    """Write a configuration as YAML, atomically, under a heading whose lines become comments."""
    comment = "".join(f"# {line}\n" for line in heading.splitlines())
    write_text(path, comment + yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))


def _load_with_bases(path: Path, *, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in seen:
        raise ConfigError("is its own base", where=path, mend="break the circle of base: keys")
    raw = _read_yaml(path)
    bases = raw.pop(BASE, None)
    if bases is None:
        return raw
    first, *others = bases if isinstance(bases, list) else [bases]
    resolved = _load_with_bases(path.parent / str(first), seen=(*seen, path.resolve()))
    for other in others:
        changes = _read_yaml(path.parent / str(other))
        changes.pop(BASE, None)
        resolved = merge_recipe(resolved, changes, where=str(other))
    return merge_recipe(resolved, raw, where=str(path))


def _read_yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ConfigError("no such configuration file", where=path, mend="check the path")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "wrong encoding"
        raise ConfigError(f"is not YAML ({problem})", where=place, mend="fix that line") from error
    if not isinstance(content, dict):
        raise ConfigError("holds no 'key: value' lines", where=path, mend="see conf/mini.yaml")
    return content


def _parse_setting(setting: str) -> tuple[dict[str, Any], str]:
    where = f"--set {setting}"
    path, equals, text = setting.partition("=")
    if not equals or not all(path.split(".")):
        raise ConfigError("is not key.path=value", where=where, mend="write e.g. --set seed=1")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError("the value is not YAML", where=where, mend="quote it") from error
    for key in reversed(path.split(".")):
        value = {key: value}
    return value, where


def _with_music(config: dict[str, Any], override: dict[str, Any], *, where: str) -> dict[str, Any]:
    """The configuration with another section ``music``, and what has to change with it."""
    music = override.get("music", override)
    if not isinstance(music, dict) or KIND_KEY not in music:
        raise ConfigError(f"has no key {KIND_KEY!r}", where=where, mend="see the files of conf/music")
    config = config | {"music": music}
    return merge_recipe(config, override, where=where) if music is not override else config
