"""What is drawn for a piece that is meant for a station: styles, tempo, loudness, drums.

The station itself is `rules.station_of` of what came out: a tune that cannot be played so fast, or a drawn
style without a drum kit, leads elsewhere. The ranges overlap, so that no single sign gives a station away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from musasr.corpora.embedded.music import styles
from musasr.corpora.embedded.music.styles import ANIME, CLASSICAL, JAZZ, POPULAR, Style


@dataclass(frozen=True)
class Intent:
    """What is drawn for one station: tempo in beats a minute, level as RMS in dB, chances of drums."""

    styles: tuple[Style, ...]
    tempo: tuple[float, float]
    level_db: tuple[float, float]
    drums: float


# A record of the genre popular leaves the melody to a singer: here players have it.
BAND = replace(POPULAR["band"], leads=styles.BOLD_LEADS)
ACOUSTIC = replace(POPULAR["acoustic"], leads=styles.SOFT_LEADS)

INTENTS: Mapping[str, Intent] = {
    "party": Intent(
        (ANIME["rock"], ANIME["electro"], ANIME["comic"], JAZZ["combo"], JAZZ["big band"], BAND),
        tempo=(106, 168),
        level_db=(-23, -15),
        drums=0.95,
    ),
    "focus": Intent(
        (ANIME["electro"], ANIME["japanese"], ACOUSTIC, CLASSICAL["keyboard"], CLASSICAL["quartet"], BAND),
        tempo=(98, 132),
        level_db=(-27, -18),
        drums=0.25,
    ),
    "lonely": Intent(
        (ANIME["ballad"], ANIME["japanese"], CLASSICAL["strings"], CLASSICAL["keyboard"], ACOUSTIC),
        tempo=(56, 100),
        level_db=(-33, -22),
        drums=0.15,
    ),
    "rest": Intent(
        (ANIME["ballad"], ANIME["orchestra"], CLASSICAL["winds"], CLASSICAL["quartet"], ACOUSTIC),
        tempo=(56, 102),
        level_db=(-31, -20),
        drums=0.25,
    ),
}

CHANCES = {
    True: {"party": 0.27, "focus": 0.18, "lonely": 0.5, "rest": 0.05},
    False: {"party": 0.34, "focus": 0.21, "lonely": 0.05, "rest": 0.4},
}
"""Of each intent, by whether the tune is in minor."""


def draw_intent(*, is_minor: bool, generator: np.random.Generator) -> Intent:
    """An intent that suits the mode."""
    chances = CHANCES[is_minor]
    return INTENTS[list(chances)[int(generator.choice(len(chances), p=list(chances.values())))]]


def draw_style(intent: Intent, generator: np.random.Generator) -> Style:
    """One of the intent's styles at one tempo, swing and reverberation time, with its drums or without."""
    style = intent.styles[int(generator.integers(len(intent.styles)))]
    tempo, swing, room = (
        (value, value)
        for value in (float(generator.uniform(*span)) for span in (intent.tempo, style.swing, style.room))
    )
    drums = style.drums if generator.random() < intent.drums else ()
    return replace(style, tempo=tempo, swing=swing, room=room, drums=drums)
