"""Whether a resolved configuration makes sense: each section is checked against those who will use it."""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.corpora.contract import COMMON_ARGUMENTS
from musasr.corpora.readers import KIND_KEY, READERS, reader_of, settings_of
from musasr.errors import ConfigError, suggest, unknown_key
from musasr.mixing.dynamic import check_snr_start
from musasr.mixing.rooms import Rooms
from musasr.recipe import config as configuration
from musasr.recipe.decoding import check_decode
from musasr.recipe.training_graph import recognizer_parts


def load_checked(
    path: Path, *, music_conf: Path | None = None, settings: Sequence[str] = ()
) -> dict[str, Any]:
    """The resolved configuration of a recipe, checked: see `musasr.recipe.config.load` and `check`."""
    config = configuration.load(path, music_conf=music_conf, settings=settings)
    check(config, where=path)
    return config


def check(config: Mapping[str, Any], *, where: object) -> None:
    """Refuse a configuration that a stage could not use.

    Args:
        config: What `musasr.recipe.config.load` returned.
        where: Its file, for the messages.

    Raises:
        ConfigError: A section has an unknown key, lacks one, or a value makes no sense.
    """
    for section in READERS:
        check_corpus(section, config[section], where=f"{where}: {section}")
    check_decode(config["decode"])
    for name, training in config["training"].items():
        check_snr_start(training["snr_start"], where=f"{where}: training.{name}.snr_start")
        recognizer_parts(config, name)
    check_rooms(config["mixing"]["rooms"], seed=config["seed"], where=f"{where}: mixing.rooms")


def check_corpus(section: str, settings: Mapping[str, Any], *, where: str) -> None:
    """See that the settings of a corpus are the keyword arguments of its reader: all of them, no others.

    Raises:
        ConfigError: There is no such reader, an argument is unknown, or one is missing.
    """
    kind = settings.get(KIND_KEY)
    if kind not in READERS[section] and ":" not in str(kind):
        mend = f"{suggest(kind, READERS[section])} (or give module:function)"
        raise ConfigError(f"unknown type {kind!r}", where=where, mend=mend)
    try:
        reader = reader_of(section, settings)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"type {kind} is not there ({error})", where=where, mend="check its name"
        ) from error
    _check_arguments(reader, settings_of(settings), COMMON_ARGUMENTS, where=where, kind=f"type {kind}")


def check_rooms(settings: Mapping[str, Any] | None, *, seed: int, where: str) -> None:
    """See that the settings of rooms are the arguments of their class, and make sense to it.

    Raises:
        ConfigError: They are not.
    """
    if settings is None:
        return
    if not isinstance(settings, Mapping):
        raise ConfigError(
            f"wants settings or null, got {settings!r}", where=where, mend="see conf/rooms.yaml"
        )
    _check_arguments(Rooms, settings, {"seed", "name"}, where=where, kind="rooms")
    Rooms(seed=seed, name="train", **settings)


def _check_arguments(
    function: Callable, given: Mapping[str, Any], common: Collection[str], *, where: str, kind: str
) -> None:
    """See that what is given are keyword arguments of a function: all that it needs but the common ones."""
    parameters = inspect.signature(function).parameters
    known = set(parameters) - set(common)
    for key in given:
        if key not in known:
            raise unknown_key(key, known, where=where)
    required = {name for name in known if parameters[name].default is inspect.Parameter.empty}
    missing = sorted(required - set(given))
    if missing:
        raise ConfigError(f"{missing[0]!r} is missing for {kind}", where=where, mend="add it")
