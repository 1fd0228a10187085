"""The test conditions that a recipe asks for: music of a kind at an SNR, or clean speech."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from musasr.corpora.contract import MAIN_GENRE, SUNG_GENRE
from musasr.corpora.readers import each_corpus
from musasr.mixing.plan import CLEAN as CLEAN_NAME
from musasr.mixing.plan import condition_name

GENRE = "genre"  # the test set, as results.json names it, of all music that is not the main genre's


@dataclass(frozen=True)
class Condition:
    """Test speech under one kind of music at one SNR.

    Attributes:
        music: The main genre, or one of ``mixing.test.genres``.
        snr_db: Speech over music in dB; None is clean speech.
    """

    music: str
    snr_db: float | None

    @property
    def name(self) -> str:
        """The folder's name under decode/, such as ``anime_-5``."""
        return CLEAN_NAME if self.snr_db is None else condition_name(self.music, self.snr_db)

    @property
    def test_set(self) -> str:
        """The test set as results.json names it."""
        return MAIN_GENRE if self.music == MAIN_GENRE else GENRE

    @property
    def genre(self) -> str | None:
        """The genre as results.json names it: None in the main test set."""
        return None if self.music == MAIN_GENRE else self.music


CLEAN = Condition(MAIN_GENRE, None)


def snrs_of(config: Mapping[str, Any]) -> list[float]:
    """The SNRs of the test mixtures, dB, in the recipe's order."""
    return list(config["mixing"]["test"]["snrs_db"])


def music_of(config: Mapping[str, Any]) -> list[str]:
    """Every kind of music that test speech is mixed with: the main genre first."""
    return [MAIN_GENRE, *config["mixing"]["test"]["genres"]]


def under(music: str, snrs_db: Iterable[float]) -> list[Condition]:
    """What an average is taken over: the SNRs of one kind of music; "clean" is alone."""
    return [CLEAN] if music == CLEAN.name else [Condition(music, snr_db) for snr_db in snrs_db]


def genres_of(conditions: Iterable[Condition]) -> list[str]:
    """The genres among conditions but the main one, each once, in their order."""
    return list(dict.fromkeys(condition.genre for condition in conditions if condition.genre))


def conditions_of(system: str, config: Mapping[str, Any]) -> list[Condition]:
    """What is recognised with a system: clean speech, the main genre, and the genres if the recipe says so.

    Args:
        system: As ``--systems`` spells it.
        config: The resolved recipe.
    """
    music = music_of(config) if system in config["report"]["under_genres"] else [MAIN_GENRE]
    return [CLEAN, *(condition for kind in music for condition in under(kind, snrs_of(config)))]


def genres_in_training(config: Mapping[str, Any]) -> list[str]:
    """Genres of the test that the training music has in other titles: songs, where some are asked for."""
    corpora = [corpus for _, corpus in each_corpus(config["music"], where="music")]
    return [SUNG_GENRE] if any(corpus.get("sung_fraction") for corpus in corpora) else []
