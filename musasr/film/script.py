"""What happens when in a film: scenes of speech under music at an SNR, music, silence and song."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from musasr.corpora.embedded.music.catalogue import Title
from musasr.corpora.embedded.speech.planning import SHORTEST
from musasr.errors import ConfigError
from musasr.film.cast import Cast, Speech
from musasr.film.soundtrack import Soundtrack
from musasr.mixing.draw import generator
from musasr.recipe.filming import SILENCE, SONG, SPEECH, SUNG_GENRE, FilmSettings

# A scene with speech is at least so long: below, hardly a sentence of the grammar fits.
SHORTEST_SPEECH = 1.5 * SHORTEST


@dataclass(frozen=True)
class Scene:
    """One scene; a process that is given it makes its sound.

    Attributes:
        number: From 1, as its pictures show it.
        kind: speech, music, silence or song.
        start: Seconds from the film's start, on the grid of its pictures.
        duration: Seconds, likewise.
        snr_db: Speech over music; None: no music, or no speech.
        titles: Music to try, in this order; empty: none.
        speech: What is said; None: nothing.
    """

    number: int
    kind: str
    start: float
    duration: float
    snr_db: float | None = None
    titles: tuple[Title, ...] = ()
    speech: Speech | None = None


@dataclass(frozen=True)
class Slot:
    """A scene's place, nothing in it yet: its kind, SNR and length in pictures."""

    kind: str
    snr_db: float | None
    num_pictures: int


def write_script(settings: FilmSettings, cast: Cast, soundtrack: Soundtrack, *, seed: int) -> Iterator[Scene]:
    """Yield the scenes in order, as many as fill the minutes to the picture.

    Args:
        settings: The recipe's section ``film``.
        cast: Says who speaks what.
        soundtrack: Says what is played.
        seed: Decides every draw; a film is a function of it and the settings.

    Raises:
        ConfigError: The minutes are too few for a scene of each kind, or the grammar has no more sentences.
    """
    position, rate = 0, settings.pictures_per_second
    for number, slot in enumerate(itertools.chain(*plan_reels(settings, seed=seed)), start=1):
        duration = slot.num_pictures / rate
        yield Scene(
            number,
            slot.kind,
            position / rate,
            duration,
            slot.snr_db,
            _titles(slot, soundtrack, number, duration),
            cast.speak(number, duration) if slot.kind == SPEECH else None,
        )
        position += slot.num_pictures


def _titles(slot: Slot, soundtrack: Soundtrack, number: int, duration: float) -> tuple[Title, ...]:
    if slot.kind == SILENCE or (slot.kind == SPEECH and slot.snr_db is None):
        return ()
    genres = (SUNG_GENRE,) if slot.kind == SONG else None
    return soundtrack.choose(number, duration, genres=genres)


def plan_reels(settings: FilmSettings, *, seed: int) -> Iterator[list[Slot]]:
    """Yield reels of slots: each holds every SNR and every interlude once, in an order of its own.

    Raises:
        ConfigError: The minutes are too few for a scene of each kind.
    """
    kinds = [SPEECH] * len(settings.snrs_db) + list(settings.interludes)
    mean = sum(float(np.mean(settings.scene_seconds[kind])) for kind in kinds)
    num_pictures = round(60 * settings.minutes * settings.pictures_per_second)
    num_reels = max(1, round(60 * settings.minutes / mean))
    ends = np.round(np.linspace(0, num_pictures, num_reels + 1)).astype(int)
    for number, size in enumerate(np.diff(ends)):
        yield _plan_reel(settings, int(size), generator(seed, "film", "reel", number))


def _plan_reel(settings: FilmSettings, num_pictures: int, random: np.random.Generator) -> list[Slot]:
    """One reel of so many pictures: the drawn lengths are scaled to fill it."""
    snrs_db = [settings.snrs_db[index] for index in random.permutation(len(settings.snrs_db))]
    interludes = [settings.interludes[index] for index in random.permutation(len(settings.interludes))]
    order = [
        slot
        for spoken, other in itertools.zip_longest([(SPEECH, one) for one in snrs_db], interludes)
        for slot in (spoken, (other, None) if other else None)
        if slot is not None
    ]
    lengths = np.array([random.uniform(*settings.scene_seconds[kind]) for kind, _ in order])
    sizes = np.diff(np.round(np.cumsum([0.0, *(lengths * num_pictures / lengths.sum())])).astype(int))
    slots = [Slot(kind, snr_db, int(size)) for (kind, snr_db), size in zip(order, sizes, strict=True)]
    _check_lengths(slots, settings)
    return slots


def _check_lengths(slots: Sequence[Slot], settings: FilmSettings) -> None:
    least = {SPEECH: SHORTEST_SPEECH + 2 * settings.pause_seconds[0]}
    for slot in slots:
        seconds = slot.num_pictures / settings.pictures_per_second
        if seconds < least.get(slot.kind, 0.5):
            what = f"{settings.minutes:g} leave a scene of {slot.kind} {seconds:.1f} s"
            raise ConfigError(what, where="film.minutes", mend="ask for more, or for shorter scene_seconds")
