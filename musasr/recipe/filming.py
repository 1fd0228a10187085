"""Settings of ``film``, checked before anything runs: what the film is made of, and who transcribes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musasr.errors import ConfigError, suggest
from musasr.recipe.systems import System, find_system

SPEECH, MUSIC, SILENCE, SONG = "speech", "music", "silence", "song"
KINDS = (SPEECH, MUSIC, SILENCE, SONG)
SUNG_GENRE = "popular"
GENRES = ("anime", "classical", "jazz", SUNG_GENRE)
MIXED, KANA = "mixed", "kana"
# How a speech corpus writes (its ``script``) -> how the film's truth is spelt.
SPELLINGS = {MIXED: MIXED, KANA: KANA, "orthography": MIXED, "pronunciation": KANA}


@dataclass(frozen=True)
class FilmSettings:
    """The section ``film`` less who transcribes it: all that decides the film; conf/csj_anime.yaml explains.

    Raises:
        ConfigError: A value makes no sense.
    """

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

    def __post_init__(self) -> None:
        for key in ("minutes", "speakers", "titles", "pictures_per_second"):
            if not getattr(self, key) > 0:
                raise _error(key, f"{getattr(self, key)} is not above 0")
        for key, known in (("genres", GENRES), ("interludes", KINDS[1:])):
            _check_names(key, getattr(self, key), known)
        if self.script not in (MIXED, KANA):
            raise _error("script", f"{self.script!r} is not {MIXED} or {KANA}")
        if not self.snrs_db or not all(one is None or _is_number(one) for one in self.snrs_db):
            what = f"wants numbers or null, got {self.snrs_db!r}"
            raise _error("snrs_db", what, "give such as [null, 5, 0]")
        _check_bounds("pause_seconds", self.pause_seconds)
        for kind in KINDS:
            _check_bounds(f"scene_seconds.{kind}", self.scene_seconds[kind])
        sizes = self.picture_size
        if len(sizes) != 2 or not all(isinstance(one, int) and one >= 32 and one % 2 == 0 for one in sizes):
            raise _error("picture_size", f"wants two even numbers of 32 or more, got {sizes!r}")


def film_settings(config: Mapping[str, Any]) -> FilmSettings:
    """What the section ``film`` of a resolved recipe says of the film itself.

    Raises:
        ConfigError: A value makes no sense.
    """
    settings = {key: value for key, value in config["film"].items() if key != "systems"}
    written = config["speech"].get("script")
    settings["script"] = settings["script"] or SPELLINGS.get(str(written), MIXED)
    return FilmSettings(**settings)


def film_systems(config: Mapping[str, Any]) -> list[System]:
    """The systems that transcribe the film: those that it names, or the recipe's best, if that recognises.

    Raises:
        ConfigError: One is no system of this recipe, or has no recogniser; or there is none.
    """
    named, key = config["film"]["systems"], "systems"
    if named is not None and not isinstance(named, list):
        raise _error(key, f"wants a list of systems or null, got {named!r}", "give such as [none+clean]")
    if named is None:
        best = config["report"]["best"]
        systems = [] if best is None else [find_system(best, config, where="report.best")]
        return [system for system in systems if system.has_recognizer]
    systems = [find_system(name, config, where=f"film.{key}") for name in named]
    for system in systems:
        if not system.has_recognizer:
            raise _error(key, f"{system.name} recognises nothing", "name a system with a back end")
    return systems


def check_film(config: Mapping[str, Any], *, where: str) -> None:
    """Refuse settings that no film could be made of, and systems that there are not.

    Raises:
        ConfigError: As `film_settings` and `film_systems`.
    """
    try:
        film_settings(config)
        film_systems(config)
    except TypeError as error:  # a value of another type than null's place showed
        raise ConfigError(f"a value has the wrong type ({error})", where=where) from error


def _check_names(key: str, given: Sequence[str], known: Sequence[str]) -> None:
    if key == "genres" and not given:
        raise _error(key, "names none", f"give some of {', '.join(known)}")
    for name in given:
        if name not in known:
            raise _error(key, f"unknown name {name!r}", suggest(name, known))


def _check_bounds(key: str, bounds: Sequence[float]) -> None:
    if len(bounds) != 2 or not all(map(_is_number, bounds)) or not 0 < bounds[0] <= bounds[1]:
        raise _error(key, f"{bounds!r} is not the least and the most seconds", "give such as [3, 8]")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _error(key: str, what: str, mend: str = "correct the setting") -> ConfigError:
    return ConfigError(what, where=f"film.{key}", mend=mend)
