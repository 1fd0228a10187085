"""The music of a film: titles from compositions that the embedded corpus holds out of training, rendered."""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from musasr.corpora.embedded.music import catalogue, scores
from musasr.corpora.embedded.music.catalogue import Title
from musasr.corpora.embedded.music.prepare import Rendering, render_title
from musasr.errors import DataError
from musasr.mixing import gain
from musasr.mixing.draw import SILENCE_DB, generator
from musasr.recipe.filming import SUNG_GENRE, FilmSettings

HELD_OUT = "test"  # the catalogue's set
CANDIDATES = 4  # titles that a scene may try: some editions cannot be parsed, some arrangements are silent
FADE_SECONDS = 0.25
TAIL_SECONDS = 2.0  # rendered beyond the scene's end: a title dies away, and under speech it must not


class Soundtrack:
    """Draws titles for scenes from a few compositions a genre."""

    def __init__(self, settings: FilmSettings, *, seed: int):
        """Draw the compositions.

        Args:
            settings: The recipe's section ``film``.
            seed: Decides every draw.
        """
        self.genres, self.seed = tuple(settings.genres), seed
        self._compositions = {
            genre: self._draw(genre, settings.titles) for genre in {*self.genres, SUNG_GENRE}
        }

    def _draw(self, genre: str, number: int) -> list[tuple[scores.Source, Sequence[str]]]:
        """Some of a genre's held-out compositions with their styles, its families in turn."""
        random = generator(self.seed, "film", "compositions", genre)
        families = [
            [(sources[index], styles) for index in random.permutation(len(sources))]
            for sources, styles in catalogue.families(genre, HELD_OUT)
        ]
        longest = max(map(len, families))
        turns = [family[turn] for turn in range(longest) for family in families if turn < len(family)]
        return turns[:number]

    def choose(
        self, scene: int, duration: float, *, genres: Sequence[str] | None = None
    ) -> tuple[Title, ...]:
        """Titles for a scene, the first of which that can be rendered is to be played.

        Args:
            scene: The scene's number.
            duration: Seconds.
            genres: Of which a genre is drawn; None: those of the settings.
        """
        random = generator(self.seed, "film", "music", scene)
        genres = self.genres if genres is None else genres
        genre = genres[int(random.integers(len(genres)))]
        compositions = self._compositions[genre]
        chosen = [compositions[index] for index in random.permutation(len(compositions))[:CANDIDATES]]
        return tuple(
            Title(
                f"film-{scene:05d}-{source.name}",
                HELD_OUT,
                genre,
                source,
                styles[int(random.integers(len(styles)))],
                duration,
            )
            for source, styles in chosen
        )


def play(
    titles: Sequence[Title],
    *,
    num_samples: int,
    sampling_rate: int,
    seed: int,
    level_db: float,
    vocal_db: float,
) -> tuple[np.ndarray, Title]:
    """The samples (T,) of the first title that can be rendered, faded in and out, and which it is.

    Args:
        titles: At least one.
        num_samples: T.
        sampling_rate: Hz.
        seed: Of the arrangement.
        level_db: RMS of the title, dB re full scale.
        vocal_db: Level of a sung line over its band.

    Raises:
        DataError: None of them can be.
    """
    rendering = Rendering(Path(), sampling_rate, seed, level_db, vocal_db)
    failures = []
    for title in titles:
        try:
            samples = _render(title, rendering, num_samples)
        # music21 raises all kinds of exceptions on editions that it cannot digest.
        except Exception as error:
            failures.append(f"{title.source.name}: {type(error).__name__}: {error}")
            continue
        if gain.level_db(samples) > SILENCE_DB:
            return samples, title
        failures.append(f"{title.source.name}: silent")
    what = f"none of {len(titles)} titles could be rendered ({'; '.join(failures)})"
    raise DataError(what, where=titles[0].recording_id, mend="choose other film.genres")


def _render(title: Title, rendering: Rendering, num_samples: int) -> np.ndarray:
    longer = Title(**(vars(title) | {"duration": title.duration + TAIL_SECONDS}))
    samples = render_title(_score(title.source), longer, rendering).samples[:num_samples].copy()
    fade = min(round(FADE_SECONDS * rendering.sampling_rate), len(samples) // 2)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    samples[:fade] *= ramp
    samples[len(samples) - fade :] *= ramp[::-1]
    return np.pad(samples, (0, num_samples - len(samples)))


@functools.lru_cache(maxsize=64)
def _score(source: scores.Source) -> scores.Score:
    """Parsed once a process: a film has few compositions, in many arrangements."""
    return scores.load(source)
