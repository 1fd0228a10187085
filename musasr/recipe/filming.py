"""The section ``film``: what the film is made of and who transcribes it; `keys` says what values it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musasr.errors import ConfigError
from musasr.recipe.systems import System, find_system

SPEECH, MUSIC, SILENCE, SONG = "speech", "music", "silence", "song"
SUNG_GENRE = "popular"
MIXED, KANA = "mixed", "kana"
# How a speech corpus writes (its ``script``) -> how the film's truth is spelt.
SPELLINGS = {MIXED: MIXED, KANA: KANA, "orthography": MIXED, "pronunciation": KANA}


@dataclass(frozen=True)
class FilmSettings:
    """The section ``film`` less who transcribes it and how: what decides the film; see egs/SETTINGS.md."""

    minutes: float
    script: str
    speakers: int
    snrs_db: Sequence[float | None]
    genres: Sequence[str]
    titles: int
    interludes: Sequence[str]
    scene_seconds: Mapping[str, Sequence[float]]
    pause_seconds: Sequence[float]
    filler_rate: float
    speed_variation: float
    pitch_variation: float
    level_db: float
    level_variation: float
    vocal_db: float
    music_db: float
    noise_db: float
    picture_size: Sequence[int]
    pictures_per_second: int


def film_settings(config: Mapping[str, Any]) -> FilmSettings:
    """What the section ``film`` of a checked recipe says of the film itself."""
    settings = {key: value for key, value in config["film"].items() if key not in ("systems", "voices")}
    written = config["speech"].get("script")
    settings["script"] = settings["script"] or SPELLINGS.get(str(written), MIXED)
    return FilmSettings(**settings)


def film_systems(config: Mapping[str, Any]) -> list[System]:
    """The systems that transcribe the film: those that it names, or the recipe's best, if that recognises.

    Raises:
        ConfigError: One is no system of this recipe, or has no recogniser.
    """
    named, best = config["film"]["systems"], config["report"]["best"]
    if named is None:
        systems = [] if best is None else [find_system(best, config, where="report.best")]
        return [system for system in systems if system.has_recognizer]
    systems = [find_system(name, config, where="film.systems") for name in named]
    for system in systems:
        if not system.has_recognizer:
            what = f"{system.name} recognises nothing"
            raise ConfigError(what, where="film.systems", mend="name a system with a back end")
    return systems
