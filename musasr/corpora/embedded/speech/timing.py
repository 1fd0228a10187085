"""When each word of a synthesised line is spoken, from the synthesiser's own durations of its phonemes.

Phonemes make moras, moras are the kana of the reading, and the words of a sentence share its reading out.
"""

import ctypes
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from musasr.corpora.embedded.speech.grammar import Word
from musasr.corpora.embedded.speech.synthesis import (
    Line,
    active_span,
    engine_of,
    engine_rate,
    finish,
    labels_of,
    speak,
    voice_file,
)
from musasr.corpora.embedded.speech.voices import Voice
from musasr.errors import DataError, StateError
from musasr.pronunciation import load_openjtalk

PHONEME = re.compile(r"-(.*?)\+")  # in a full-context label
ENDS_MORA = {*"aiueoAIUEO", "N", "cl"}
SILENCES = {"sil", "pau"}
SMALL_KANA = "ァィゥェォャュョヮ"  # belong to the kana before
ENGINE_BYTES = 1 << 14  # of HTS_Engine, whose size the library does not tell: some 300
Times = tuple[float, float]


def synthesise_timed(line: Line, words: Sequence[Word]) -> tuple[np.ndarray, list[Times]]:
    """What `synthesise` makes of a line, and when each word begins and ends in it, in seconds.

    Args:
        line: What is said, and how.
        words: The words of its spelling.

    Returns:
        Samples (T,), float32 at the line's rate, and (start, end) of each word. A pause belongs to no word.

    Raises:
        DataError: The synthesiser speaks other moras than the words have.
    """
    samples, phonemes = synthesise_phonemes(line)
    longest = len(samples) / line.sampling_rate
    times = word_times(phonemes, words, where=line.utterance_id)
    return samples, [(max(0.0, start), min(longest, end)) for start, end in times]


def synthesise_phonemes(line: Line) -> tuple[np.ndarray, list[tuple[str, float, float]]]:
    """What `synthesise` makes of a line, and (phoneme, start, end) in it, in seconds.

    The silences of both ends may begin before the samples, or end behind them.
    """
    speech = speak(line)
    first, _ = active_span(speech, line.sampling_rate)
    shift = line.lead - first / line.sampling_rate
    times = [(name, start + shift, end + shift) for name, start, end in phoneme_times(line)]
    return finish(speech, line), times


def phoneme_times(line: Line) -> list[tuple[str, float, float]]:
    """(phoneme, start, end) in seconds of what `speak` returns."""
    labels, rate = labels_of(line), engine_rate(line)
    frames = DurationModel.of(line.voice, rate).durations(labels, line.voice.speed * line.speed)
    ends = np.cumsum(frames) * engine_of(line.voice, rate).get_fperiod() / rate
    starts = [0.0, *map(float, ends[:-1])]
    names = [PHONEME.search(label)[1] for label in labels]
    return list(zip(names, starts, map(float, ends), strict=True))


def word_times(
    phonemes: Sequence[tuple[str, float, float]], words: Sequence[Word], *, where: object = None
) -> list[Times]:
    """(start, end) of each word.

    Args:
        phonemes: (phoneme, start, end) in order, silences among them.
        words: Whose readings, in katakana, are what the phonemes speak.
        where: What the message calls it.

    Raises:
        DataError: There are more moras than the words have, or fewer.
    """
    moras = _mora_times(phonemes)
    counts = [count_moras(word.reading) for word in words]
    if sum(counts) != len(moras):
        what = f"the words have {sum(counts)} moras, and {len(moras)} are spoken"
        raise DataError(what, where=where, mend="give the words' readings as they are spoken")
    bounds = np.cumsum([0, *counts])
    return [(moras[first][0], moras[last - 1][1]) for first, last in pairwise(bounds)]


def count_moras(reading: str) -> int:
    """How many moras the synthesiser makes of katakana: キョー has two."""
    return sum(kana not in SMALL_KANA and kana != "’" for kana in reading)


def _mora_times(phonemes: Sequence[tuple[str, float, float]]) -> list[Times]:
    moras: list[Times] = []
    begun: float | None = None
    for name, start, end in phonemes:
        if name in SILENCES:
            continue
        begun = start if begun is None else begun
        if name in ENDS_MORA:
            moras.append((begun, end))
            begun = None
    return moras


class DurationModel:
    """How long a speaker's phonemes last: the first step of the synthesis, which the package keeps to itself.

    Its library exports the functions of HTS_Engine, which are called here as C.
    """

    def __init__(self, path: Path):
        """Load a speaker.

        Args:
            path: The .htsvoice file, which is not needed afterwards.

        Raises:
            StateError: The library exports no such functions, or cannot read the file.
        """
        self._library = _library()
        self._engine = ctypes.create_string_buffer(ENGINE_BYTES)
        self._library.HTS_Engine_initialize(self._engine)
        paths = (ctypes.c_char_p * 1)(str(path).encode())
        if self._library.HTS_Engine_load(self._engine, paths, 1) != 1:
            raise StateError("is no voice that HTS_Engine reads", where=path)

    @classmethod
    def of(cls, voice: Voice, sampling_rate: int) -> "DurationModel":
        """That of a speaker (one for each process)."""
        return _duration_model(voice, sampling_rate)

    def durations(self, labels: Sequence[str], speed: float) -> np.ndarray:
        """Frames of each phoneme, (P,) int; the synthesised audio is as many frames long.

        Args:
            labels: Full-context labels.
            speed: Factor on the speaking rate.
        """
        library, engine = self._library, self._engine
        lines = (ctypes.c_char_p * len(labels))(*(label.encode() for label in labels))
        library.HTS_Engine_set_speed(engine, speed)
        if library.HTS_Engine_generate_state_sequence_from_strings(engine, lines, len(labels)) != 1:
            raise StateError("HTS_Engine cannot read the labels", where=labels[0])
        states = [
            library.HTS_Engine_get_state_duration(engine, index)
            for index in range(library.HTS_Engine_get_total_state(engine))
        ]
        library.HTS_Engine_refresh(engine)
        return np.array(states).reshape(len(labels), -1).sum(axis=1)


@cache
def _duration_model(voice: Voice, sampling_rate: int) -> DurationModel:
    with voice_file(voice, sampling_rate) as path:
        return DurationModel(path)


@cache
def _library() -> ctypes.CDLL:
    load_openjtalk()
    from pyopenjtalk import htsengine

    library = ctypes.CDLL(htsengine.__file__)
    engine, text, number = ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_size_t
    functions = {
        "initialize": ([engine], None),
        "load": ([engine, text, number], ctypes.c_byte),
        "set_speed": ([engine, ctypes.c_double], None),
        "generate_state_sequence_from_strings": ([engine, text, number], ctypes.c_byte),
        "get_total_state": ([engine], number),
        "get_state_duration": ([engine, number], number),
        "refresh": ([engine], None),
    }
    for name, (arguments, result) in functions.items():
        function = getattr(library, f"HTS_Engine_{name}", None)
        if function is None:
            what = f"exports no HTS_Engine_{name}, which says how long phonemes last"
            raise StateError(what, where=htsengine.__file__, mend="install the pyopenjtalk-plus of setup.py")
        function.argtypes, function.restype = arguments, result
    return library
