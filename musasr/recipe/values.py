"""Kinds of values that a setting may have: each says in words what it takes, and whether it takes a value."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NAME = re.compile(r"\w{1,40}")  # what becomes part of a folder's name and of a system's
LONGEST_PATH, LONGEST_PART = 4095, 255  # bytes, of Linux


@dataclass(frozen=True)
class Kind:
    """A kind of values.

    Attributes:
        words: What it takes, as a message and the documentation of the settings say it.
        takes: Whether a value is one of it.
    """

    words: str
    takes: Callable[[Any], bool]


def number(*, least: float = -math.inf, most: float = math.inf, above: float = -math.inf) -> Kind:
    """Finite numbers from `least` to `most`, and greater than `above`."""

    def takes(value: Any) -> bool:
        return _is_number(value) and least <= value <= most and value > above

    return Kind(f"a number{_bounds(least, most, above)}", takes)


def whole(*, least: int, most: int = 2**31 - 1) -> Kind:
    """Whole numbers from `least` to `most`; 3.0 is none."""

    def takes(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return Kind(f"a whole number{_bounds(least, math.inf if most == 2**31 - 1 else most)}", takes)


def one_of(*choices: str) -> Kind:
    """One of some words."""
    return Kind(" or ".join(choices), lambda value: isinstance(value, str) and value in choices)


def or_null(kind: Kind) -> Kind:
    """What another kind takes, or null."""
    return Kind(f"{kind.words}, or null", lambda value: value is None or kind.takes(value))


def either(*kinds: Kind) -> Kind:
    """What one of several kinds takes."""
    return Kind(", or ".join(kind.words for kind in kinds), lambda value: any(k.takes(value) for k in kinds))


def list_of(kind: Kind, words: str, *, least: int = 0) -> Kind:
    """Lists of at least so many values of a kind; ``words`` names them."""

    def takes(value: Any) -> bool:
        return isinstance(value, list) and len(value) >= least and all(map(kind.takes, value))

    return Kind(f"a list of {words}", takes)


def tuple_of(*kinds: Kind, words: str) -> Kind:
    """Lists of one value of each kind; ``words`` says of what."""

    def takes(value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) == len(kinds)
            and all(kind.takes(one) for kind, one in zip(kinds, value, strict=True))
        )

    return Kind(words, takes)


def bounds(kind: Kind) -> Kind:
    """A lowest and a highest value of a kind."""
    pair = tuple_of(kind, kind, words=f"[lowest, highest], each {kind.words}")
    return Kind(pair.words, lambda value: pair.takes(value) and value[0] <= value[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bounds(least: float, most: float, above: float = -math.inf) -> str:
    if math.isfinite(above):
        return f" above {above:g}" + (f", up to {most:g}" if math.isfinite(most) else "")
    if math.isfinite(least) and math.isfinite(most):
        return f" from {least:g} to {most:.12g}"
    return f" of at least {least:g}" if math.isfinite(least) else ""


def _is_path(value: Any) -> bool:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        return False
    parts = value.encode("utf-8", "surrogatepass").split(b"/")
    return sum(map(len, parts)) + len(parts) <= LONGEST_PATH and all(
        len(part) <= LONGEST_PART for part in parts
    )


flag = Kind("true or false", lambda value: isinstance(value, bool))
text = Kind("a text", lambda value: isinstance(value, str) and bool(value.strip()))
name = Kind("a name of letters, digits and _", lambda v: isinstance(v, str) and bool(NAME.fullmatch(v)))
path = Kind("a path", _is_path)
settings = Kind("settings (key: value)", lambda value: isinstance(value, Mapping))
fraction = number(least=0, most=1)
between_0_and_1 = Kind("a number between 0 and 1", lambda value: _is_number(value) and 0 < value < 1)
