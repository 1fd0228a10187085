"""Which tags and which station a piece has: rules over what is known of how it was made."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

INSTRUMENTS = {
    "piano": range(0, 8),
    "bells": range(8, 16),
    "organ": range(16, 24),
    "guitar": range(24, 32),
    "bass": range(32, 40),
    "strings": range(40, 52),
    "choir": range(52, 55),
    "brass": range(56, 64),
    "reeds": range(64, 72),
    "flute": range(72, 80),
    "synthesiser": range(80, 104),
    "folk": range(104, 112),
}
"""General MIDI programs from 0; each name is a tag of pieces in which one of them plays."""

DRUMS, SINGING = "drums", "singing"
LEAST_NOTES = 8  # of an instrument that counts as playing, or of a voice


@dataclass(frozen=True)
class Attributes:
    """What is known of a piece.

    Attributes:
        tempo: Beats a minute.
        is_minor: Its mode.
        notes_per_second: Of all players.
        level_db: RMS relative to full scale.
        swing: Where in the beat an off-beat quaver falls: 0.5 is straight.
        room_seconds: Reverberation time.
        instruments: Names of INSTRUMENTS, and DRUMS, that play.
        is_sung: Whether a voice has the melody.
    """

    tempo: float
    is_minor: bool
    notes_per_second: float
    level_db: float
    swing: float
    room_seconds: float
    instruments: Collection[str]
    is_sung: bool

    def plays(self, *names: str) -> bool:
        """Whether one of these instruments does."""
        return any(name in self.instruments for name in names)


@dataclass(frozen=True)
class Rule:
    """When a label holds, in words and as a function of a piece's attributes."""

    words: str
    holds: Callable[[Attributes], bool]


def _instrument(name: str, words: str) -> Rule:
    return Rule(words, lambda piece: piece.plays(name))


TAGS: Mapping[str, Rule] = {
    **{
        name: _instrument(name, f"programs {programs[0]} to {programs[-1]} play {LEAST_NOTES} notes or more")
        for name, programs in INSTRUMENTS.items()
    },
    DRUMS: _instrument(DRUMS, f"the drum kit plays {LEAST_NOTES} notes or more"),
    SINGING: Rule(f"a voice sings {LEAST_NOTES} notes or more", lambda piece: piece.is_sung),
    "slow": Rule("tempo below 84", lambda piece: piece.tempo < 84),
    "fast": Rule("tempo 126 or more", lambda piece: piece.tempo >= 126),
    "major": Rule("the mode is major", lambda piece: not piece.is_minor),
    "minor": Rule("the mode is minor", lambda piece: piece.is_minor),
    "quiet": Rule("RMS below -28 dB", lambda piece: piece.level_db < -28),
    "loud": Rule("RMS of -20 dB or more", lambda piece: piece.level_db >= -20),
    "sparse": Rule("fewer than 5 notes a second", lambda piece: piece.notes_per_second < 5),
    "dense": Rule("20 notes a second or more", lambda piece: piece.notes_per_second >= 20),
    "swinging": Rule("off-beats at 0.58 of the beat or later", lambda piece: piece.swing >= 0.58),
    "spacious": Rule("reverberation of 1.5 s or more", lambda piece: piece.room_seconds >= 1.5),
    "happy": Rule("major, tempo 108 or more", lambda piece: not piece.is_minor and piece.tempo >= 108),
    "sad": Rule("minor, tempo below 96", lambda piece: piece.is_minor and piece.tempo < 96),
    "tense": Rule("minor, tempo 108 or more", lambda piece: piece.is_minor and piece.tempo >= 108),
    "energetic": Rule(
        "drums, tempo 116 or more, RMS of -22 dB or more",
        lambda piece: piece.plays(DRUMS) and piece.tempo >= 116 and piece.level_db >= -22,
    ),
    "calm": Rule(
        "no drums, tempo below 100, RMS below -24 dB",
        lambda piece: not piece.plays(DRUMS) and piece.tempo < 100 and piece.level_db < -24,
    ),
    "epic": Rule(
        "brass or choir, with drums", lambda piece: piece.plays("brass", "choir") and piece.plays(DRUMS)
    ),
    "dreamy": Rule(
        "bells, choir or synthesiser without drums, reverberation of 1 s or more",
        lambda piece: (
            piece.plays("bells", "choir", "synthesiser")
            and not piece.plays(DRUMS)
            and piece.room_seconds >= 1.0
        ),
    ),
    "playful": Rule(
        "major, tempo 100 or more, with bells, flute or reeds",
        lambda piece: not piece.is_minor and piece.tempo >= 100 and piece.plays("bells", "flute", "reeds"),
    ),
}

STATIONS: Mapping[str, Rule] = {
    "party": Rule("drums, tempo 108 or more", lambda piece: piece.plays(DRUMS) and piece.tempo >= 108),
    "lonely": Rule("else: minor, tempo below 100", lambda piece: piece.is_minor and piece.tempo < 100),
    "rest": Rule("else: major, tempo below 100", lambda piece: not piece.is_minor and piece.tempo < 100),
    "focus": Rule("else", lambda piece: True),
}
"""The first that holds is a piece's station."""


def tags_of(piece: Attributes) -> tuple[str, ...]:
    """The tags of a piece, in the order of the table."""
    return tuple(name for name, rule in TAGS.items() if rule.holds(piece))


def station_of(piece: Attributes) -> str:
    """The station of a piece."""
    return next(name for name, rule in STATIONS.items() if rule.holds(piece))


def table() -> str:
    """Both tables as Markdown, as a README shows them."""
    rows = [f"| station | {name} | {rule.words} |" for name, rule in STATIONS.items()]
    rows += [f"| tag | {name} | {rule.words} |" for name, rule in TAGS.items()]
    return "\n".join(["| | label | holds where |", "|---|---|---|", *rows])
