"""Which instruments and rhythms make up each genre: General MIDI programs from 0, tempi in beats a minute."""

from dataclasses import dataclass

STRINGS, SLOW_STRINGS, SYNTH_STRINGS, CHOIR, HARP = 48, 49, 50, 52, 46
SOFT_LEADS = (73, 68, 71, 40, 75, 77, 79, 0, 10, 11, 42, 69)
BOLD_LEADS = (56, 60, 40, 65, 66, 29, 30, 80, 81, 61, 22)
FOLK_LEADS = (77, 107, 106, 75, 73, 104, 21, 72)
PADS = (48, 49, 50, 51, 52, 53, 88, 89, 90, 91, 92, 94, 95)


@dataclass(frozen=True)
class Style:
    """How a title sounds.

    Attributes:
        tempo: Lowest and highest tempo.
        leads: Programs for the melody (two are drawn: sections alternate).
        voices: Sets of programs; one is drawn to play the score's own parts, high to low; empty: nobody does.
        pads, chords, basses, arpeggios: Programs for each accompanying layer; empty: the layer is left out.
        strums: Rhythms of the chords (layers.STRUMS).
        drums: Patterns (layers.DRUMS); empty: none.
        bass_steps: Beats from one bass note to the next; 0: walking.
        swing: Where in the beat an off-beat quaver falls (0.5 is straight).
        room: Shortest and longest reverberation time in seconds.
        brightness: Least and greatest boost above 1 kHz in dB.
        compression: How far the master evens out the level (0 none, 1 wholly).
    """

    tempo: tuple[float, float]
    leads: tuple[int, ...] = ()
    voices: tuple[tuple[int, ...], ...] = ()
    pads: tuple[int, ...] = ()
    chords: tuple[int, ...] = ()
    basses: tuple[int, ...] = ()
    arpeggios: tuple[int, ...] = ()
    strums: tuple[str, ...] = ("block",)
    drums: tuple[str, ...] = ()
    bass_steps: tuple[float, ...] = (1.0, 2.0)
    swing: tuple[float, float] = (0.5, 0.5)
    room: tuple[float, float] = (0.5, 1.6)
    brightness: tuple[float, float] = (4.0, 9.0)
    compression: float = 0.5


ANIME = {
    "orchestra": Style(
        tempo=(84, 138),
        leads=(40, 73, 68, 60, 56, 48, 71),
        voices=(
            (73, 68, 71, 70),
            (40, 40, 41, 42),
            (56, 60, 57, 58),
            (48, 48, 48, 48),
            (68, 71, 60, 70),
            (52, 52, 52, 52),
        ),
        pads=(STRINGS, SLOW_STRINGS, CHOIR),
        basses=(43, 42, 58),
        arpeggios=(HARP, 45, 9, 12),
        drums=("march", "taiko"),
        room=(1.0, 2.2),
    ),
    "rock": Style(
        tempo=(116, 160),
        leads=BOLD_LEADS,
        pads=(SYNTH_STRINGS, STRINGS, 51),
        chords=(29, 30, 27, 18),
        basses=(33, 34, 36),
        arpeggios=(0, 80, 5),
        strums=("pop", "beat", "off"),
        drums=("rock",),
        bass_steps=(0.5,),
        room=(0.4, 0.9),
        compression=0.7,
    ),
    "ballad": Style(
        tempo=(66, 92),
        leads=SOFT_LEADS,
        voices=((48, 48, 48, 48), (0, 0, 0, 0)),
        pads=PADS,
        basses=(32, 33, 35, 43),
        arpeggios=(0, 1, 4, 5, 24, HARP),
        drums=("light",),
        room=(1.0, 2.2),
    ),
    "electro": Style(
        tempo=(112, 148),
        leads=(80, 81, 87, 85, 5, 11, 73),
        pads=(50, 51, 88, 89, 90, 93, 94, 95),
        chords=(81, 62, 63, 5, 16),
        basses=(38, 39, 87),
        arpeggios=(80, 81, 98, 11, 46),
        strums=("off", "pop", "comp"),
        drums=("dance",),
        bass_steps=(0.5, 1.0),
        room=(0.5, 1.4),
        compression=0.7,
    ),
    "comic": Style(
        tempo=(100, 144),
        leads=(71, 70, 13, 9, 72, 22, 56, 74),
        voices=((71, 71, 70, 58), (72, 73, 71, 70)),
        pads=(STRINGS, 45),
        chords=(0, 21, 24, 45, 3),
        basses=(58, 32, 43, 70),
        strums=("off", "beat"),
        drums=("march", "light"),
        room=(0.4, 1.0),
    ),
    "japanese": Style(
        tempo=(80, 126),
        leads=FOLK_LEADS,
        pads=(SLOW_STRINGS, STRINGS, 91),
        chords=(106, 107, 24),
        basses=(32, 43, 35),
        arpeggios=(107, HARP, 15),
        strums=("beat", "comp"),
        drums=("taiko", "light"),
        room=(0.8, 2.0),
    ),
}

CLASSICAL = {
    "quartet": Style(
        tempo=(84, 132), voices=((40, 40, 41, 42),), room=(0.8, 1.6), brightness=(1, 4), compression=0.3
    ),
    "strings": Style(
        tempo=(84, 126),
        voices=((48, 48, 48, 48), (48, 48, 42, 43)),
        room=(1.2, 2.2),
        brightness=(1, 4),
        compression=0.3,
    ),
    "winds": Style(
        tempo=(84, 126),
        voices=((73, 68, 71, 70), (68, 71, 60, 70)),
        room=(0.8, 1.6),
        brightness=(1, 4),
        compression=0.3,
    ),
    "keyboard": Style(
        tempo=(84, 126), voices=((0,), (0,), (6,), (19,)), room=(0.6, 1.4), brightness=(1, 4), compression=0.3
    ),
}
"""The parts as written, for players that suit them; `keyboard` serves scores of two staves."""

JAZZ = {
    "combo": Style(
        tempo=(120, 190),
        leads=(65, 66, 56, 71, 11, 59),
        chords=(0, 26, 0, 4),
        basses=(32,),
        strums=("comp", "off", "comp"),
        drums=("swing",),
        bass_steps=(0.0,),
        swing=(0.6, 0.67),
        room=(0.4, 0.9),
    ),
    "big band": Style(
        tempo=(116, 176),
        leads=(56, 57, 65, 61),
        pads=(61, 66, 65),
        chords=(0, 26),
        basses=(32,),
        strums=("comp", "off"),
        drums=("swing",),
        bass_steps=(0.0,),
        swing=(0.6, 0.67),
        room=(0.6, 1.2),
    ),
    "ragtime": Style(tempo=(72, 96), voices=((3,), (0,), (1,)), drums=(), room=(0.3, 0.8)),
}

POPULAR = {
    "band": Style(
        tempo=(84, 132),
        pads=(STRINGS, SYNTH_STRINGS, 89, 51),
        chords=(25, 27, 4, 0, 29),
        basses=(33, 34, 38),
        arpeggios=(0, 5, 80, 24),
        strums=("pop", "beat", "comp"),
        drums=("rock", "dance"),
        bass_steps=(0.5, 1.0),
        room=(0.4, 1.0),
        compression=0.6,
    ),
    "acoustic": Style(
        tempo=(76, 116),
        pads=(STRINGS, SLOW_STRINGS, CHOIR),
        chords=(24, 25, 0),
        basses=(32, 33),
        arpeggios=(0, 24, 46),
        strums=("pop", "comp"),
        drums=("light", "rock"),
        room=(0.5, 1.2),
        compression=0.6,
    ),
}
"""The melody is left to the singer (song.py)."""
