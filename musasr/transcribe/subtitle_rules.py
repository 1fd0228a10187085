"""What a good subtitle is, in numbers: the section `subtitles` of the settings, checked."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from numbers import Real
from typing import Any

from musasr.errors import ConfigError, unknown_key

SECTION = "subtitles"
COLOUR = re.compile("#[0-9a-fA-F]{6}")
_MAY_BE_ZERO = ("max_extension", "min_gap", "min_duration", "low_confidence")


@dataclass(frozen=True)
class Limits:
    """How much text a viewer can take in, in characters of the widest kind that the text has.

    Attributes:
        max_line_length: Of a line.
        max_chars_per_second: Of a cue, over the time that it is shown.
    """

    max_line_length: float
    max_chars_per_second: float


@dataclass(frozen=True)
class Rules:
    """All of the section; the keys are those of conf/transcribe.yaml, which says what each means."""

    max_line_length: float
    max_lines: int
    max_chars_per_second: float
    full_width: Limits
    min_duration: float
    max_duration: float
    max_extension: float
    min_gap: float
    max_pause: float
    low_confidence: float
    speaker_colours: tuple[str, ...]

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Rules":
        """The rules that a section of the settings states.

        Raises:
            ConfigError: A key is unknown or missing, or a value is not of its kind.
        """
        _check_keys(settings, cls, SECTION)
        limits = settings["full_width"]
        _check_keys(limits, Limits, f"{SECTION}.full_width")
        _check_numbers(settings, SECTION)
        _check_numbers(limits, f"{SECTION}.full_width")
        if settings["max_duration"] < settings["min_duration"]:
            raise ConfigError("is below min_duration", where=f"{SECTION}.max_duration")
        colours = _colours(settings["speaker_colours"])
        return cls(**{**settings, "full_width": Limits(**limits), "speaker_colours": colours})

    def limits(self, text: str) -> Limits:
        """The limits for a text: those of full-width characters where it is mostly written in them."""
        if is_full_width(text):
            return self.full_width
        return Limits(self.max_line_length, self.max_chars_per_second)


def is_full_width(text: str) -> bool:
    """Whether half of a text's letters or more are full-width: Japanese, Chinese or Korean."""
    letters = [character for character in text if character.isalpha()]
    return 2 * sum(map(_is_wide, letters)) >= max(len(letters), 1)


@lru_cache(maxsize=16384)  # asked for again and again while lines are weighed
def width(text: str, *, full_width: bool) -> float:
    """How many characters long a text is; a half-width one counts half in full-width text."""
    if not full_width:
        return len(text)
    return sum(1.0 if _is_wide(character) else 0.5 for character in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _check_keys(settings: object, kind: type, where: str) -> None:
    if not isinstance(settings, Mapping):
        raise ConfigError("is no mapping of keys to values", where=where)
    known = [field.name for field in fields(kind)]
    for key in settings:
        if key not in known:
            raise unknown_key(key, known, where=where)
    missing = [name for name in known if name not in settings]
    if missing:
        raise ConfigError(f"has no {missing[0]}", where=where, mend=f"set {where}.{missing[0]}")


def _check_numbers(settings: Mapping[str, Any], where: str) -> None:
    for key, value in settings.items():
        if key in ("full_width", "speaker_colours"):
            continue
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not (value > 0 or (value == 0 and key in _MAY_BE_ZERO)):
            least = "0 or more" if key in _MAY_BE_ZERO else "above 0"
            raise ConfigError(f"{value!r} is no number {least}", where=f"{where}.{key}")
        if key == "max_lines" and value != int(value):
            raise ConfigError(f"{value!r} is no whole number", where=f"{where}.{key}")


def _colours(colours: object) -> tuple[str, ...]:
    where = f"{SECTION}.speaker_colours"
    if not isinstance(colours, list | tuple) or not colours:
        raise ConfigError(f"{colours!r} is no list of colours", where=where, mend='write ["#ffffff"]')
    for colour in colours:
        if not isinstance(colour, str) or not COLOUR.fullmatch(colour):
            raise ConfigError(f"{colour!r} is no colour", where=where, mend="write it as #rrggbb")
    return tuple(colours)
