"""What is compared: a recipe as it is, and the same recipe with a few values changed, under names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.recipe.systems import System, find_system

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
KEYS = ("system", "variants")
SIDES = ("dev", "test")  # what may be recognised: choices are made on the first


@dataclass(frozen=True)
class Variant:
    """A recipe with changes.

    Attributes:
        name: Of its folder and of its row.
        settings: Its changes, as ``--set`` takes them.
    """

    name: str
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Ablation:
    """Which variants of one system are compared; the first is what the others are held against.

    Attributes:
        system: What each variant makes.
        variants: At least two.
        references: What stands above the variants: what reads clean speech best, and the baseline. Nothing
            where the system ends after its separator.
    """

    system: System
    variants: tuple[Variant, ...]
    references: tuple[System, ...]


def read_ablation(path: Path, config: Mapping[str, Any]) -> Ablation:
    """Read a file of variants: ``system``, and ``variants``, each a list of ``key.path=value``.

    Args:
        path: The file.
        config: The resolved recipe, whose systems it compares.

    Raises:
        ConfigError: A key or the system is unknown, a name cannot be a folder's, or a variant is no list of
            settings.
    """
    content = configuration.load_resolved(path)
    for key in content:
        if key not in KEYS:
            raise ConfigError(f"unknown key {key!r}", where=path, mend=f"known here: {', '.join(KEYS)}")
    system = find_system(content.get("system"), config, where=f"{path}: system")
    variants = content.get("variants")
    if not isinstance(variants, Mapping) or len(variants) < 2:
        mend = "name two or more, the first being what the others are compared with"
        raise ConfigError("are not there", where=f"{path}: variants", mend=mend)
    above = ("clean_baseline", "baseline") if system.has_recognizer else ()
    references = [config["report"][key] for key in above]
    return Ablation(
        system,
        tuple(_variant(name, value, path) for name, value in variants.items()),
        tuple(find_system(name, config, where="report") for name in references),
    )


def _variant(name: Any, settings: Any, path: Path) -> Variant:
    where = f"{path}: variants: {name}"
    if not NAME.fullmatch(str(name)):
        raise ConfigError("is no name", where=where, mend="use small letters, digits, and _ . - between")
    is_list = isinstance(settings, Sequence) and not isinstance(settings, str)
    if not is_list or not all(isinstance(setting, str) for setting in settings):
        mend = "give such as [training.joint.max_epoch=3], or []"
        raise ConfigError(f"wants a list of settings, got {settings!r}", where=where, mend=mend)
    return Variant(str(name), tuple(settings))
