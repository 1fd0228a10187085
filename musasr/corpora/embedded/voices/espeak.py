"""eSpeak NG, a formant synthesiser, as one function: the same samples whatever was said before."""

import _ctypes
import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from musasr.corpora.embedded.voices.speakers import Manner
from musasr.errors import DataError, names_file

# Names of its C header, speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS, UTF8, IPA = 2, 1, 2
RATE, PITCH, RANGE = 1, 3, 4
FULL_SCALE = 32768.0
CLAUSES = re.compile(r"([^,.!?]+)([,.!?]*)")
FOREIGN = re.compile(r"\([a-z-]+\)")  # its mark of a word that it takes for one of another language
Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def speak(text: str, manner: Manner, *, seed: int) -> tuple[np.ndarray, int]:
    """The samples (T,) of a text in [-1, 1], and their rate in Hz.

    Args:
        text: What is read by the rules of the language; figures are read as numbers in every language.
        manner: Who says it and how.
        seed: Of the synthesiser's own noise and jitter.

    Raises:
        DataError: It knows no such language or voice, or has no sound for the text.
    """
    blocks: list[np.ndarray] = []

    def keep(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int | None) -> int:
        if count > 0:
            blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    callback = Callback(keep)
    with _fresh_library() as library:
        rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, str(_data().parent).encode(), 0)
        library.espeak_SetSynthCallback(callback)
        library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
        ctypes.CDLL(None).srand(ctypes.c_uint(seed % 2**32))  # its Klatt voices draw from the C library
        if library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
            raise DataError(f"eSpeak NG has no voice {manner.voice}", mend="take one of its list")
        for parameter, value in ((RATE, manner.rate), (PITCH, manner.pitch), (RANGE, manner.pitch_range)):
            library.espeak_SetParameter(parameter, value, 0)
        encoded = text.encode()
        library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, UTF8, None, None)
        library.espeak_Terminate()
    if not blocks:
        raise DataError(f"eSpeak NG says nothing to {text!r}", where=manner.voice, mend="give it words")
    return np.concatenate(blocks).astype(np.float32) / np.float32(FULL_SCALE), rate


def sounds_of(text: str, language: str) -> str:
    """How a text is said, in IPA with marks of stress; its sentences' marks are kept.

    Raises:
        DataError: There is no such language.
    """
    with _fresh_library() as library:
        library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, str(_data().parent).encode(), 0)
        if library.espeak_SetVoiceByName(language.encode()) != 0:
            raise DataError(f"eSpeak NG has no language {language}", mend="take one of its list")
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        parts = []
        for clause, mark in CLAUSES.findall(text):
            words = ctypes.create_string_buffer(clause.encode())  # to stay while they are read
            left = ctypes.c_void_p(ctypes.addressof(words))
            said = []
            while left.value:
                said.append(library.espeak_TextToPhonemes(ctypes.byref(left), UTF8, IPA).decode())
            parts.append(" ".join(said) + mark)
        library.espeak_Terminate()
    return FOREIGN.sub("", " ".join(parts))


@contextmanager
def _fresh_library() -> Iterator[ctypes.CDLL]:
    """A copy of the library to itself: it keeps state from text to text, even past its own end."""
    import espeakng_loader

    with NamedTemporaryFile(suffix=".so") as copy:
        with names_file(copy.name):
            Path(copy.name).write_bytes(Path(espeakng_loader.get_library_path()).read_bytes())
        library = ctypes.CDLL(copy.name)
    try:
        yield library
    finally:
        _ctypes.dlclose(library._handle)


@cache
def _data() -> Path:
    import espeakng_loader

    return Path(espeakng_loader.get_data_path())
