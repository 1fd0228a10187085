"""The kinds of mixtures: how many speak, what is mixed in beside, and which a model is for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from musasr.errors import ConfigError


class Mixing(NamedTuple):
    """Speakers, all of whom are seen, and ``noise``, ``music`` or nothing (None) beside them."""

    num_faces: int
    beside: str | None


KINDS = {
    "1S+noise": Mixing(1, "noise"),
    "2S": Mixing(2, None),
    "2S+noise": Mixing(2, "noise"),
    "3S": Mixing(3, None),
    "1S+music": Mixing(1, "music"),
}


def kinds_of(config: Mapping[str, Any], variant: str) -> list[str]:
    """The kinds that a variant is trained and tested on: its own, or the run's.

    Raises:
        ConfigError: They have not the same number of faces.
    """
    kinds = config["variants"][variant].get("kinds") or [config["mixing"]["kind"]]
    if len({KINDS[kind].num_faces for kind in kinds}) > 1:
        what = f"{', '.join(kinds)} have not the same number of faces"
        raise ConfigError(what, where=f"variants.{variant}.kinds", mend="make a variant for each number")
    return list(dict.fromkeys(kinds))


def all_kinds(config: Mapping[str, Any]) -> list[str]:
    """The kinds of all variants, in the order of `KINDS`.

    Raises:
        ConfigError: As `kinds_of`.
    """
    wanted = {kind for variant in config["variants"] for kind in kinds_of(config, variant)}
    return [kind for kind in KINDS if kind in wanted]


def has_music(config: Mapping[str, Any]) -> bool:
    """Whether music is mixed in anywhere.

    Raises:
        ConfigError: As `kinds_of`.
    """
    return any(KINDS[kind].beside == "music" for kind in all_kinds(config))
