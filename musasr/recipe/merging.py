"""How one configuration overrides another: key by key, and what may be added under a name of its own."""

from collections.abc import Mapping
from typing import Any

from musasr.errors import ConfigError, shown, suggest, unknown_key
from musasr.plugins import KIND_KEY, PARTS, SEVERAL

LIKE = "like"
# Sections whose keys are names that a recipe chooses -> the keys of which a part without ``like`` has one.
NAMED: dict[str, set[str]] = {
    "models": {"enh_separator", "separator", "asr_encoder", "reader"},
    "training": {LIKE},
    "systems": set(),
    "variants": set(),
    "claims": set(),
    PARTS: set(),  # of what is made of several corpora
}

THINNED = {"variants", "claims", PARTS}  # of them, those whose parts a configuration leaves out by a null


def merge(base: Mapping[str, Any], override: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """``base`` with the values of ``override``; neither argument is changed.

    Raises:
        ConfigError: ``override`` has a key that ``base`` has not, or a value of another type.
    """
    merged = dict(base)
    # Another kind replaces the neighbouring settings instead of mixing two kinds'.
    if KIND_KEY in override and override[KIND_KEY] != base.get(KIND_KEY):
        return dict(override)
    changed_parts = {key for key in override if f"{key}_conf" in base and override[key] != base[key]}
    for key, value in override.items():
        if key == PARTS and base.get(KIND_KEY) == SEVERAL and isinstance(value, Mapping):
            merged[key] = _with_named(base[key], value, PARTS, where=where)
        elif key not in base and KIND_KEY in base:
            merged[key] = value  # which keys a kind may have besides, `musasr.recipe.schema` knows
        elif key not in base:
            raise unknown_key(key, base, where=where)
        elif key.endswith("_conf") and (key.removesuffix("_conf") in changed_parts or not base[key]):
            merged[key] = (
                value  # another optimiser, another set of arguments; or the first of one that had none
            )
        else:
            merged[key] = _merge_value(base[key], value, where=f"{where}: {key}")
    for part in changed_parts:
        if f"{part}_conf" not in override:
            merged[f"{part}_conf"] = {}
    return merged


def merge_recipe(base: Mapping[str, Any], override: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """A whole recipe with the changes of another file: `merge`, where sections of NAMED may grow."""
    grown = {
        section: _with_named(base[section], override[section], section, where=where)
        for section in NAMED.keys() & base.keys() & override.keys()
        if isinstance(base[section], Mapping) and isinstance(override[section], Mapping)
    }
    rest = {key: value for key, value in override.items() if key not in grown}
    return merge({**base, **grown}, rest, where=where)


def _with_named(
    base: Mapping[str, Any], override: Mapping[str, Any], section: str, *, where: str
) -> dict[str, Any]:
    """A section of named parts with some of them changed, some more, and without those that are null."""
    merged = dict(base)
    for name, value in override.items():
        place = f"{where}: {section}: {name}"
        if value is None and section in THINNED:
            if name not in merged:
                raise unknown_key(name, merged, where=f"{where}: {section}")
            del merged[name]
        elif name in merged:
            merged[name] = _merge_value(merged[name], value, where=place)
        elif isinstance(value, Mapping) and LIKE in value:
            if not isinstance(value[LIKE], str) or value[LIKE] not in merged:
                what = f"is like {shown(value[LIKE])}"
                raise ConfigError(what, where=place, mend=suggest(value[LIKE], merged))
            rest = {key: one for key, one in value.items() if key != LIKE}
            merged[name] = merge(merged[value[LIKE]], rest, where=place)
        elif isinstance(value, Mapping) and NAMED[section].intersection(value):
            merged[name] = dict(value)
        elif NAMED[section]:
            mend = f"{suggest(name, merged)} (a part of its own says {LIKE}: NAME)"
            raise ConfigError(f"unknown key {shown(name)}", where=f"{where}: {section}", mend=mend)
        else:
            merged[name] = value
    return merged


def _merge_value(base: Any, value: Any, *, where: str) -> Any:
    if isinstance(base, dict) and isinstance(value, dict):
        return merge(base, value, where=where)
    if not _same_type(base, value):
        expected, got = type(base).__name__, type(value).__name__
        raise ConfigError(
            f"wants {expected}, got {shown(value)} ({got})",
            where=where,
            mend=f"give a value such as {shown(base)}",
        )
    return value


def _same_type(base: Any, value: Any) -> bool:
    """Whether a value may stand where ``base`` stands; whether null may, `musasr.recipe.schema` says."""
    if base is None or value is None:
        return True
    if isinstance(base, bool) or isinstance(value, bool):
        return isinstance(base, bool) and isinstance(value, bool)
    if isinstance(base, int | float) and isinstance(value, int | float):
        return isinstance(base, float) or float(value).is_integer()
    return isinstance(value, type(base))
