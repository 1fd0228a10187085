"""Configuration: ``base:`` files plus overrides, resolved. `musasr.recipe.checks` says if it makes sense."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from musasr.atomic import write_text
from musasr.errors import ConfigError, shown
from musasr.plugins import KIND_KEY
from musasr.recipe import plain_yaml
from musasr.recipe.merging import merge_recipe
from musasr.recipe.values import path as path_kind

BASE = "base"
MOST_BASES = 20  # one on top of the other
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
    return with_settings(resolved, settings)


def with_settings(resolved: dict[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """A resolved configuration with overrides ``key.path=value``.

    Raises:
        ConfigError: As `load`.
    """
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
    if path.resolve() in seen or len(seen) > MOST_BASES:
        raise ConfigError("is its own base", where=path, mend="break the circle of base: keys")
    raw = _read_yaml(path)
    if BASE not in raw:
        return raw
    first, *others = _bases(raw.pop(BASE), where=path)
    resolved = _load_with_bases(path.parent / first, seen=(*seen, path.resolve()))
    for other in others:
        changes = _read_yaml(path.parent / other)
        changes.pop(BASE, None)
        resolved = merge_recipe(resolved, changes, where=other)
    return merge_recipe(resolved, raw, where=str(path))


def _bases(value: Any, *, where: Path) -> list[str]:
    """The files that ``base:`` names."""
    bases = value if isinstance(value, list) else [value]
    if not bases or not all(map(path_kind.takes, bases)):
        what = f"wants the path of a file, or a list of them, got {shown(value)}"
        raise ConfigError(what, where=f"{where}: {BASE}", mend="write such as base: mini.yaml")
    return bases


def _read_yaml(path: Path) -> dict[str, Any]:
    if not path_kind.takes(str(path)) or not path.is_file():
        raise ConfigError("no such configuration file", where=shown(str(path))[1:-1], mend="check the path")
    if path.stat().st_size > plain_yaml.MOST_BYTES:
        mend = f"a configuration has at most {plain_yaml.MOST_BYTES >> 20} MiB"
        raise ConfigError(f"holds {path.stat().st_size} bytes", where=path, mend=mend)
    try:
        content = plain_yaml.parse(path.read_text(encoding="utf-8"), where=str(path))
    except UnicodeDecodeError as error:
        raise ConfigError("is not YAML (wrong encoding)", where=path, mend="save it as UTF-8") from error
    if not isinstance(content, dict):
        raise ConfigError("holds no 'key: value' lines", where=path, mend="see conf/mini.yaml")
    return content


def _parse_setting(setting: str) -> tuple[dict[str, Any], str]:
    where = f"--set {shown(setting)[1:-1]}"
    path, equals, text = setting.partition("=")
    keys = path.split(".")
    if not equals or not all(keys) or len(keys) > plain_yaml.MOST_DEPTH:
        raise ConfigError("is not key.path=value", where=where, mend="write e.g. --set seed=1")
    try:
        value = plain_yaml.parse(text, where=where, with_lines=False)
    except ConfigError as error:
        raise ConfigError(f"the value {error.what}", where=where, mend=error.mend) from error
    for key in reversed(keys):
        value = {key: value}
    return value, where


def _with_music(config: dict[str, Any], override: dict[str, Any], *, where: str) -> dict[str, Any]:
    """The configuration with another section ``music``, and what has to change with it."""
    music = override.get("music", override)
    if not isinstance(music, dict) or KIND_KEY not in music:
        raise ConfigError(f"has no key {KIND_KEY!r}", where=where, mend="see the files of conf/music")
    config = config | {"music": music}
    return merge_recipe(config, override, where=where) if music is not override else config
