"""The test conditions of Tables I and II, and their names in a working directory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from musasr.recipe.systems import BEST_JOINT, MIXTURE_ASR

BASELINE = MIXTURE_ASR.name
BEST = BEST_JOINT.name
SNRS_DB = (5, 0, -5)
GENRES = ("classical", "jazz", "popular")


@dataclass(frozen=True)
class Condition:
    """Test speech under one kind of music at one SNR.

    Attributes:
        music: "anime" (Table I) or a genre of Table II.
        snr_db: Speech over music in dB; None is clean speech.
    """

    music: str
    snr_db: int | None

    @property
    def name(self) -> str:
        """The folder's name under decode/."""
        return "clean" if self.snr_db is None else f"{self.music}_{self.snr_db}"

    @property
    def test_set(self) -> str:
        """The test set as results.json names it."""
        return "anime" if self.music == "anime" else "genre"

    @property
    def genre(self) -> str | None:
        """The genre as results.json names it: None in the anime test set."""
        return None if self.music == "anime" else self.music


CLEAN = Condition("anime", None)


def under(music: str) -> list[Condition]:
    """Return what an average is taken over: the three SNRs of one kind of music; "clean" is alone."""
    return [CLEAN] if music == CLEAN.name else [Condition(music, snr_db) for snr_db in SNRS_DB]


def genres_of(conditions: Iterable[Condition]) -> list[str]:
    """Return the genres of Table II among conditions, each once, in their order."""
    return list(dict.fromkeys(condition.genre for condition in conditions if condition.genre))


def conditions_of(system: str, genres: Sequence[str] = GENRES) -> list[Condition]:
    """Return what the tables ask of a system: Table I of every one, Table II of two.

    Args:
        system: Name as in LIST.
        genres: The genres of Table II that the test data has.
    """
    conditions = [CLEAN, *under("anime")]
    if system in (BASELINE, BEST):
        conditions += [condition for genre in genres for condition in under(genre)]
    return conditions
