"""Settings, casts and scripts of small films, for tests."""

from dataclasses import replace

from musasr.film.cast import Cast
from musasr.film.production import Studio
from musasr.film.script import Scene, write_script
from musasr.film.soundtrack import Soundtrack
from musasr.recipe.checks import load_checked
from musasr.recipe.config import CONF
from musasr.recipe.filming import FilmSettings, film_settings

SEED, RATE = 5, 16000


def settings_of(recipe: str = "smoke", **changes: object) -> FilmSettings:
    return replace(film_settings(load_checked(CONF / f"{recipe}.yaml")), **changes)


def cast_of(settings: FilmSettings, *, known=frozenset(), first_voice: int = 15) -> Cast:
    return Cast(settings, first_voice=first_voice, known_texts=known, sampling_rate=RATE, seed=SEED)


def script_of(settings: FilmSettings, **options: object) -> list[Scene]:
    cast = cast_of(settings, **options)
    return list(write_script(settings, cast, Soundtrack(settings, seed=SEED), seed=SEED))


def studio_of(settings: FilmSettings) -> Studio:
    return Studio(settings, RATE, SEED)
