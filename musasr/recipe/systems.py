"""The systems of Table I: their names, their order, and what each is built from."""

from dataclasses import dataclass
from difflib import get_close_matches

from musasr.errors import ConfigError

FRONT_ENDS = ("none", "frequency", "time")
BACK_ENDS = ("clean", "mixture")
FINE_TUNES = ("none", "front", "back", "both")


@dataclass(frozen=True)
class System:
    """One row of Table I: a front-end, a back-end, and which of them joint training moves."""

    front_end: str
    back_end: str
    fine_tune: str = "none"

    @property
    def name(self) -> str:
        """The spelling of ``--systems`` and of the folder under exp/, such as ``time+mixture:both``."""
        return self.recognizer if self.front_end == "none" else self.cascade(self.fine_tune)

    @property
    def recognizer(self) -> str:
        """The name of the recogniser that this system starts from, such as ``none+mixture``."""
        return f"none+{self.back_end}"

    def cascade(self, fine_tune: str) -> str:
        """The name of the system with the same parts and another fine-tuning."""
        return f"{self.front_end}+{self.back_end}:{fine_tune}"

    @property
    def has_separator(self) -> bool:
        """Whether a separator stands before the recogniser."""
        return self.front_end != "none"

    @property
    def is_fine_tuned(self) -> bool:
        """Whether separator and recogniser are trained together after being trained apart."""
        return self.fine_tune != "none"


def _table_one() -> dict[str, System]:
    """Every row of Table I by name, in the paper's order."""
    baselines = [System("none", back_end) for back_end in BACK_ENDS]
    grid = [
        System(front_end, back_end, fine_tune)
        for front_end in FRONT_ENDS[1:]
        for back_end in BACK_ENDS
        for fine_tune in FINE_TUNES
    ]
    return {system.name: system for system in baselines + grid}


TABLE_ONE = _table_one()
HEADLINE = ("none+clean", "none+mixture", "frequency+mixture:both", "time+mixture:none", "time+mixture:both")
MIXTURE_ASR = TABLE_ONE["none+mixture"]
BEST_JOINT = TABLE_ONE["time+mixture:both"]


def parse_systems(text: str) -> list[System]:
    """The systems that ``--systems`` names, in Table I's order.

    Args:
        text: ``headline``, ``all``, or names such as ``time+mixture:both,none+clean``.

    Raises:
        ConfigError: A name is none of the 18 systems.
    """
    if text == "all":
        return list(TABLE_ONE.values())
    names = HEADLINE if text == "headline" else [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ConfigError("names no system", where="--systems", mend="give headline, all, or a list")
    for name in names:
        if name not in TABLE_ONE:
            close = get_close_matches(name, TABLE_ONE, n=1, cutoff=0.5)
            mend = (
                f"did you mean {close[0]!r}?" if close else "names look like time+mixture:both or none+clean"
            )
            raise ConfigError(f"unknown system {name!r}", where="--systems", mend=mend)
    return [system for name, system in TABLE_ONE.items() if name in set(names)]
