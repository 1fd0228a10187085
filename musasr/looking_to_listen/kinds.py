"""The kinds of mixtures: how many speak, what is mixed in beside, and which a model is for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from musasr.errors import ConfigError


class Mixing(NamedTuple):
    """Speakers who are seen, ``noise``, ``music`` or nothing (None) beside them, and speakers nobody sees."""

    num_faces: int
    beside: str | None
    num_unseen: int = 0


KINDS = {
    "1S+noise": Mixing(1, "noise"),
    "2S": Mixing(2, None),
    "2S+noise": Mixing(2, "noise"),
    "3S": Mixing(3, None),
    "1S+music": Mixing(1, "music"),
    "1S+voice": Mixing(1, None, 1),
    "1S+voice+music": Mixing(1, "music", 1),
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


def check_pictures(config: Mapping[str, Any]) -> None:
    """See that a mixture is a whole number of pictures long.

    Raises:
        ConfigError: It is not.
    """
    seconds = config["mixing"]["seconds"]
    pictures = seconds * config["pictures_per_second"]
    if abs(pictures - round(pictures)) > 1e-6:
        what = f"mixtures of {seconds:g} s are {pictures:g} pictures"
        raise ConfigError(what, where="mixing.seconds", mend="choose a whole number of pictures")


def start_of(config: Mapping[str, Any], variant: str) -> str | None:
    """The variant with whose weights one begins; None where it begins with drawn ones.

    Raises:
        ConfigError: There is no such variant above it, or it sees otherwise, or another number of faces.
    """
    start = config["variants"][variant].get("init")
    if start is None:
        return None
    names = list(config["variants"])
    is_above = start in names[: names.index(variant)]
    if not is_above or _shape(config, start) != _shape(config, variant):
        what = f"{start!r} is no variant above it that sees as many faces the same way"
        raise ConfigError(what, where=f"variants.{variant}.init", mend="name one, or null")
    return start


def _shape(config: Mapping[str, Any], variant: str) -> tuple[str | None, int]:
    """What variants have in common that fit each other's weights: how they see, and how many faces."""
    return config["variants"][variant]["face_encoder"], KINDS[kinds_of(config, variant)[0]].num_faces


def all_kinds(config: Mapping[str, Any]) -> list[str]:
    """The kinds of all variants, in the order of `KINDS`.

    Raises:
        ConfigError: As `kinds_of`.
    """
    wanted = {kind for variant in config["variants"] for kind in kinds_of(config, variant)}
    return [kind for kind in KINDS if kind in wanted]


def has_music(config: Mapping[str, Any]) -> bool:
    """Whether music is mixed in anywhere: in a variant's mixtures, or under what is read.

    Raises:
        ConfigError: As `kinds_of`.
    """
    return config["words"]["recognizer"] is not None or any(
        KINDS[kind].beside == "music" for kind in all_kinds(config)
    )
