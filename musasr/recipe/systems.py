"""Systems as a recipe declares them: a separator, a recogniser, and which of them joint training moves.

A front end is a section of ``models:`` with a separator (``enh_separator``; ``separator``: one that comes
trained, and may be trained further). A back end is a section of ``training:`` whose model
is a recogniser, or a section of ``models:`` with a ``reader``, which comes trained. A system is one of each.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from musasr.errors import ConfigError, suggest

NONE = "none"
FINE_TUNES = (NONE, "front", "back", "both")
NAME = re.compile(r"(?P<front_end>\w+)\+(?P<back_end>\w+)(?::(?P<fine_tune>\w+))?")
OPTION = "--systems"


@dataclass(frozen=True)
class System:
    """A front end, a back end, and which of them joint training moves; either end may be ``none``."""

    front_end: str
    back_end: str
    fine_tune: str = NONE

    @property
    def name(self) -> str:
        """As ``--systems`` spells it, and its folder under exp/: ``time+mixture:both``, ``none+clean``."""
        ends = f"{self.front_end}+{self.back_end}"
        return f"{ends}:{self.fine_tune}" if self.has_separator and self.has_recognizer else ends

    @property
    def recognizer(self) -> str:
        """The name of the recogniser that this system starts from, such as ``none+mixture``."""
        return System(NONE, self.back_end).name

    @property
    def has_separator(self) -> bool:
        """Whether a separator stands before the recogniser."""
        return self.front_end != NONE

    @property
    def has_recognizer(self) -> bool:
        """Whether words come out; else it ends after its separator, and has an SDR only."""
        return self.back_end != NONE

    @property
    def is_fine_tuned(self) -> bool:
        """Whether separator and recogniser are trained together after being trained apart."""
        return self.fine_tune != NONE


def front_ends(config: Mapping[str, Any]) -> list[str]:
    """The separators that a recipe declares, in its order."""
    return [
        name for name, parts in config["models"].items() if "enh_separator" in parts or "separator" in parts
    ]


def pretrained_front_ends(config: Mapping[str, Any]) -> list[str]:
    """The separators that come trained, in the recipe's order."""
    return [name for name, parts in config["models"].items() if "separator" in parts]


def trained_back_ends(config: Mapping[str, Any]) -> list[str]:
    """The recognisers that a recipe trains, in its order."""
    return [
        name
        for name, section in config["training"].items()
        if "asr_encoder" in config["models"].get(section["model"] or name, {})
    ]


def pretrained_back_ends(config: Mapping[str, Any]) -> list[str]:
    """The recognisers that a recipe takes as they are, in its order."""
    return [name for name, parts in config["models"].items() if "reader" in parts]


def find_system(name: object, config: Mapping[str, Any], *, where: str) -> System:
    """The system of a name.

    Raises:
        ConfigError: It is no system of this recipe.
    """
    match = NAME.fullmatch(str(name))
    system = System(**match.groupdict(default=NONE)) if match else None
    if system is None or system.name != name or not _is_declared(system, config):
        raise ConfigError(f"unknown system {name!r}", where=where, mend=suggest(name, _all_names(config)))
    return system


def parse_systems(text: str | None, config: Mapping[str, Any]) -> list[System]:
    """The systems that ``--systems`` names, each once: in the order of the list ``all``, others behind.

    Args:
        text: Names such as ``time+mixture:both,none+clean``, or of lists that the recipe declares under
            ``systems:``, such as ``headline``; None: its first list.
        config: The resolved recipe.

    Raises:
        ConfigError: A name is no list and no system of this recipe.
    """
    lists = config["systems"]
    text = next(iter(lists), "") if text is None else text
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        mend = f"give {', '.join(lists)}, or names of systems"
        raise ConfigError("names no system", where=OPTION, mend=mend)
    asked = dict.fromkeys(one for name in names for one in lists.get(name, [name]))
    systems = {name: find_system(name, config, where=OPTION) for name in asked}
    return [systems[name] for name in _in_order(systems, lists.get("all", ()))]


def _in_order(names: Iterable[str], order: Iterable[str]) -> list[str]:
    place = {name: index for index, name in enumerate(order)}
    return sorted(names, key=lambda name: place.get(name, len(place)))


def _is_declared(system: System, config: Mapping[str, Any]) -> bool:
    trained, pretrained = trained_back_ends(config), pretrained_back_ends(config)
    if not (system.has_separator or system.has_recognizer) or system.fine_tune not in FINE_TUNES:
        return False
    if system.has_separator and system.front_end not in front_ends(config):
        return False
    if system.is_fine_tuned:  # what comes trained is not trained further
        return system.back_end in trained
    return not system.has_recognizer or system.back_end in (*trained, *pretrained)


def _all_names(config: Mapping[str, Any]) -> list[str]:
    """Every system that a recipe could name, for a suggestion."""
    candidates = (
        System(front_end, back_end, fine_tune)
        for front_end in (NONE, *front_ends(config))
        for back_end in (*trained_back_ends(config), *pretrained_back_ends(config), NONE)
        for fine_tune in (FINE_TUNES if NONE not in (front_end, back_end) else (NONE,))
    )
    return [system.name for system in candidates if _is_declared(system, config)]
