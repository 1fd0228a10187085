"""Settings of ``decode`` that choose what is heard, and by which recogniser: checked before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from musasr.errors import ConfigError
from musasr.recipe.systems import NONE


@dataclass(frozen=True)
class Gate:
    """Where the mixture passes instead of the estimate: `high_db` and more of speech over music.

    At `low_db` and less the estimate passes; between the two a blend that is linear in dB. The level of the
    music is measured over about `seconds`.
    """

    low_db: float
    high_db: float
    seconds: float

    def __post_init__(self) -> None:
        if self.low_db > self.high_db:
            raise _gate_error(f"low_db {self.low_db} is above high_db {self.high_db}")
        if self.seconds <= 0:
            raise _gate_error(f"seconds {self.seconds} is not positive")


def check_decode(decode: Mapping[str, Any]) -> None:
    """Refuse settings that recognition could not use.

    Raises:
        ConfigError: As the functions below.
    """
    gate_of(decode)
    add_back_of(decode)
    gate_recognizer_of(decode)


def gate_of(decode: Mapping[str, Any]) -> Gate | None:
    """The gate of a section ``decode``; None where there is none.

    Raises:
        ConfigError: The settings are not its three numbers, or make no sense.
    """
    settings = decode.get("gate")
    if settings is None:
        return None
    is_whole = isinstance(settings, Mapping) and set(settings) == set(Gate.__dataclass_fields__)
    if not is_whole or not all(_is_number(value) for value in settings.values()):
        raise _gate_error(f"wants numbers low_db, high_db and seconds, got {settings!r}")
    return Gate(**settings)


def add_back_of(decode: Mapping[str, Any]) -> float | None:
    """How far below the speech the music is added back, dB; None where it is not.

    Raises:
        ConfigError: It is no number.
    """
    level_db = decode.get("add_back_db")
    if level_db is not None and not _is_number(level_db):
        raise ConfigError(f"{level_db!r} is no level", where="decode.add_back_db", mend="give dB, or null")
    return level_db


def gate_recognizer_of(decode: Mapping[str, Any]) -> str | None:
    """The system that reads what the gate leaves untouched from end to end; None: the one that separated.

    Raises:
        ConfigError: It has a separator, or there is no gate.
    """
    name = decode.get("gate_recognizer")
    if name is None:
        return None
    mend = "set decode.gate, and here a system without a separator, such as none+clean, or null"
    if not str(name).startswith(f"{NONE}+"):
        raise ConfigError(f"{name!r} is no recogniser alone", where="decode.gate_recognizer", mend=mend)
    if decode.get("gate") is None:
        raise ConfigError("there is no gate", where="decode.gate_recognizer", mend=mend)
    return name


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _gate_error(what: str) -> ConfigError:
    return ConfigError(what, where="decode.gate", mend="give such as {low_db: 12, high_db: 18, seconds: 1}")
