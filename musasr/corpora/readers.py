"""The readers of corpora by the ``type`` that a configuration names, and the licences of what they read.

Each entry imports its reader when it is asked for: who reads wavs needs no synthesiser.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from musasr.corpora.contract import PART, Skipped
from musasr.errors import ConfigError, shown
from musasr.parallel import JobPart
from musasr.plugins import KIND_KEY, PARTS, SEVERAL, load_named

Reader = Callable[..., Any]


def _csj() -> Reader:
    from musasr.corpora.csj.prepare import prepare

    return prepare


def _embedded_speech() -> Reader:
    from musasr.corpora.embedded.speech.prepare import prepare

    return prepare


def _embedded_music() -> Reader:
    from musasr.corpora.embedded.music.prepare import prepare

    return prepare


def _embedded_voices() -> Reader:
    from musasr.corpora.embedded.voices.prepare import prepare

    return prepare


def _kokoro() -> Reader:
    from musasr.corpora.embedded.voices.kokoro_prepare import prepare

    return prepare


def _folder_of_voices() -> Reader:
    from musasr.corpora.folder import prepare_voices

    return prepare_voices


def _kaldi_dir() -> Reader:
    from musasr.corpora.kaldi_dir import prepare

    return prepare


def _table() -> Reader:
    from musasr.corpora.table_corpus import prepare

    return prepare


def _folder() -> Reader:
    from musasr.corpora.folder import prepare

    return prepare


def _musan() -> Reader:
    from musasr.corpora.musan import prepare

    return prepare


def _musdb18() -> Reader:
    from musasr.corpora.musdb18 import prepare

    return prepare


def _rwc() -> Reader:
    from musasr.corpora.rwc import prepare

    return prepare


def _several() -> Reader:
    from musasr.corpora.several import prepare

    return prepare


def _several_of_voices() -> Reader:
    from musasr.corpora.several import prepare_voices

    return prepare_voices


SPEECH_READERS = {"csj": _csj, "embedded": _embedded_speech, "kaldi_dir": _kaldi_dir, "table": _table}
MUSIC_READERS = {
    "embedded": _embedded_music,
    "folder": _folder,
    "musan": _musan,
    "musdb18": _musdb18,
    "rwc": _rwc,
    SEVERAL: _several,
}
VOICES_READERS = {
    "embedded": _embedded_voices,
    "folder": _folder_of_voices,
    "kokoro": _kokoro,
    SEVERAL: _several_of_voices,
}
READERS: dict[str, dict[str, Callable[[], Reader]]] = {
    "speech": SPEECH_READERS,
    "music": MUSIC_READERS,
    "voices": VOICES_READERS,
}
# What the makers of a corpus ask of its users; a title's own licence is in reco2licence.
LICENCES = {
    "csj": "Corpus of Spontaneous Japanese: licensed by NINJAL, not to be passed on",
    "embedded": "made on the spot from public-domain scores and free synthesisers: no restriction",
    "kokoro": "made on the spot by Kokoro-82M, whose weights are under Apache 2.0: no restriction",
    "kaldi_dir": "your own data: its licence is for you to know",
    "table": "your own data: its licence is for you to know",
    "folder": "your own collection: training on it may be allowed where passing it on is not",
    "rwc": "RWC Music Database: copyright AIST, research use under contract",
    "musan": "MUSAN: public domain and Creative Commons, title by title",
    "musdb18": "MUSDB18: for academic use",
}


def reader_of(section: str, settings: Mapping[str, Any], *, where: str) -> Reader:
    """The function that prepares a corpus: one of ours, or a user's own ``module:function``.

    Args:
        section: ``speech``, ``music`` or ``voices``.
        settings: That section of the configuration.
        where: Its place, for the message.

    Raises:
        ConfigError: There is no such module, or no such function in it.
    """
    kind = settings[KIND_KEY]
    return READERS[section][kind]() if kind in READERS[section] else load_named(kind, where=where)


def settings_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A corpus' section without its kind: its reader's keyword arguments."""
    return {key: value for key, value in settings.items() if key != KIND_KEY}


def each_corpus(settings: Mapping[str, Any], *, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (place, settings) of a corpus, and then of those that it is made of.

    Raises:
        ConfigError: A type is no text, or there is nothing that it is made of.
    """
    kind = settings.get(KIND_KEY)
    if not isinstance(kind, str):
        raise ConfigError(f"wants a type, got {shown(kind)}", where=where, mend="give such as type: folder")
    yield where, settings
    if kind != SEVERAL:
        return
    parts = settings.get(PARTS)
    if not isinstance(parts, Mapping) or not parts:
        what = f"wants corpora, got {shown(parts)}"
        raise ConfigError(
            what, where=f"{where}.{PARTS}", mend="give such as {mine: {type: folder, train: ...}}"
        )
    for name, part in parts.items():
        place = f"{where}.{PARTS}.{name}"
        if not isinstance(part, Mapping):
            what = f"wants the settings of a corpus, got {shown(part)}"
            raise ConfigError(what, where=place, mend="give such as {type: folder, train: ...}")
        yield from each_corpus(part, where=place)


def call_reader(
    section: str, settings: Mapping[str, Any], output: Path, *, where: str, part: JobPart, **common: Any
) -> list[Skipped]:
    """Have a corpus prepared, or this job's part of it; return what it left out.

    A function that takes no ``part`` cannot be split, so the whole does all of its work.

    Args:
        section: ``speech``, ``music`` or ``voices``.
        settings: Its type and its reader's arguments.
        output: Folder of its dirs.
        where: The settings' place, for messages.
        part: What this job does of it.
        common: The other arguments that every reader is given.

    Raises:
        ConfigError: There is no such reader.
        DataError: The corpus is broken.
        StateError: The folder holds what is not the corpus', or there is no room for it.
    """
    reader = reader_of(section, settings, where=f"{where}.{KIND_KEY}")
    if PART in inspect.signature(reader).parameters:
        common[PART] = part
    elif not part.is_whole:
        print(f"{output}: type {settings[KIND_KEY]} is not split: its function takes no part")
        return []
    return reader(output, **common, **settings_of(settings))
