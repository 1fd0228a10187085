"""The sections of a configuration whose keys are arguments of our code: corpora and rooms."""

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from musasr.errors import ConfigError

# A section that names its kind holds that kind's settings: naming another kind replaces the
# neighbouring settings instead of mixing two kinds'.
KIND_KEY = "type"

SPEECH_CORPORA = {
    "csj": "musasr.corpora.csj.prepare:prepare",
    "embedded": "musasr.corpora.embedded.speech:prepare",
    "kaldi_dir": "musasr.corpora.kaldi_dir:prepare",
    "table": "musasr.corpora.table:prepare",
}
MUSIC_CORPORA = {
    "embedded": "musasr.corpora.embedded.music:prepare",
    "folder": "musasr.corpora.folder:prepare",
    "musan": "musasr.corpora.musan:prepare",
    "musdb18": "musasr.corpora.musdb18:prepare",
    "rwc": "musasr.corpora.rwc:prepare",
}
CORPORA = {"speech": SPEECH_CORPORA, "music": MUSIC_CORPORA}
# What every corpus function is given besides its own section of the configuration.
COMMON_ARGUMENTS = {"output", "sampling_rate", "seed", "num_jobs", "share"}


def corpus_function(section: Mapping[str, Any], corpora: Mapping[str, str]) -> Callable:
    """The function that prepares the kind of corpus that a section names: one of ours, or module:function."""
    kind = section[KIND_KEY]
    module, _, function = corpora.get(kind, kind).partition(":")
    return getattr(import_module(module), function)


def corpus_settings(section: Mapping[str, Any]) -> dict[str, Any]:
    """A corpus section without its kind: the function's keyword arguments."""
    return {key: value for key, value in section.items() if key != KIND_KEY}


def check_corpus(section: Mapping[str, Any], corpora: Mapping[str, str], *, where: str) -> None:
    """The settings of a corpus are the keyword arguments of its function, all of them, no others."""
    kind = section.get(KIND_KEY)
    if kind not in corpora and ":" not in str(kind):
        mend = f"use one of {', '.join(corpora)}, or module:function"
        raise ConfigError(f"unknown type {kind!r}", where=where, mend=mend)
    try:
        function = corpus_function(section, corpora)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"type {kind} is not there ({error})", where=where, mend="mend its name") from error
    _check_arguments(function, corpus_settings(section), COMMON_ARGUMENTS, where=where, kind=f"type {kind}")


def check_rooms(section: Mapping[str, Any] | None, *, seed: int, where: str) -> None:
    """The settings of rooms are the arguments of their class, and make sense to it."""
    if section is None:
        return
    rooms = import_module("musasr.mixing.rooms").Rooms
    if not isinstance(section, Mapping):
        raise ConfigError(f"wants settings or null, got {section!r}", where=where, mend="see conf/rooms.yaml")
    _check_arguments(rooms, section, {"seed", "name"}, where=where, kind="rooms")
    rooms(seed=seed, name="train", **section)


def check_snr_start(value: Any, *, where: str) -> None:
    """It is null, or a mean SNR and in how many epochs it moves."""
    is_pair = isinstance(value, list | tuple) and len(value) == 2
    if value is None or (is_pair and all(isinstance(one, int | float) for one in value) and value[1] > 0):
        return
    what = f"wants a mean SNR and a number of epochs, got {value!r}"
    raise ConfigError(what, where=where, mend="give such as [15.0, 5], or null")


def _check_arguments(
    function: Callable, given: Mapping[str, Any], common: set[str], *, where: str, kind: str
) -> None:
    """What is given are keyword arguments of a function: all that it needs, besides the common ones."""
    parameters = inspect.signature(function).parameters
    known = set(parameters) - common
    for key in given:
        if key not in known:
            raise unknown_key(key, known, where=where)
    required = {name for name in known if parameters[name].default is inspect.Parameter.empty}
    missing = sorted(required - set(given))
    if missing:
        raise ConfigError(f"{missing[0]!r} is missing for {kind}", where=where, mend="add it")


def unknown_key(key: str, known: Mapping[str, Any] | set[str], *, where: str) -> ConfigError:
    """The error for a key that is not known, with the known one that is most like it."""
    close = get_close_matches(key, list(known), n=1, cutoff=0.5)
    mend = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(sorted(known))}"
    return ConfigError(f"unknown key {key!r}", where=where, mend=mend)
