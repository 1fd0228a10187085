"""Whether a resolved configuration makes sense: each section is checked against those who will use it."""

import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.corpora.contract import COMMON_ARGUMENTS, MAIN_GENRE, PART
from musasr.corpora.readers import READERS, each_corpus, reader_of, settings_of
from musasr.errors import ConfigError, shown, suggest
from musasr.mixing.dynamic import SINGING
from musasr.mixing.rooms import Rooms
from musasr.plugins import KIND_KEY, SEVERAL, check_arguments, named_part
from musasr.recipe import config as configuration
from musasr.recipe.conditions import CLEAN
from musasr.recipe.decoding import check_decode
from musasr.recipe.filming import film_systems
from musasr.recipe.schema import check_values
from musasr.recipe.systems import (
    find_system,
    front_ends,
    pretrained_back_ends,
    pretrained_front_ends,
    trained_back_ends,
)
from musasr.recipe.training_graph import recognizer_parts

SECTIONS = (
    "seed",
    "sampling_rate",
    "speech",
    "music",
    "voices",
    "units",
    "mixing",
    "models",
    "training",
    "systems",
    "report",
    "decode",
    "film",
)
SYSTEM = "system"  # the key of a configuration that is of another system than the paper's
ALL_KEYS = "csj_anime.yaml"
# What is given besides their settings: see musasr.recognizers.build, musasr.separators.trained.
READER_IS_GIVEN = ("sampling_rate", "device")
SEPARATOR_IS_GIVEN = ("sampling_rate",)
GENRE_NAME = re.compile(r"\w[\w-]*")
LONGEST_GENRE = 40  # characters, of as many as four bytes: the SNR is added


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
    if SYSTEM in config:
        mend = f"run ./run.sh --recipe {config[SYSTEM]}"
        raise ConfigError(f"is of the system {config[SYSTEM]}", where=where, mend=mend)
    for section in SECTIONS:
        if section not in config:
            mend = f"begin the file with 'base: mini.yaml', or add it (conf/{ALL_KEYS} has every key)"
            raise ConfigError(f"has no section {section!r}", where=where, mend=mend)
    check_values(config, where=where)
    for section in READERS:
        if config[section] is not None:  # voices need not be
            for place, corpus in each_corpus(config[section], where=f"{where}: {section}"):
                check_corpus(section, corpus, where=place)
    check_test_music(config["music"], where=f"{where}: music")
    check_test_conditions(config["mixing"]["test"], where=f"{where}: mixing.test")
    check_units(config["units"], where=f"{where}: units")
    check_variety(config["mixing"]["variety"], where=f"{where}: mixing.variety")
    check_rooms(config["mixing"]["rooms"], seed=config["seed"], where=f"{where}: mixing.rooms")
    check_singing(config, where=where)
    check_trainings(config, where=where)
    check_systems(config, where=where)
    check_trained_parts(config, where=where)
    check_decode(config["decode"])
    film_systems(config)


def check_test_conditions(test: Mapping[str, Any], *, where: str) -> None:
    """See that SNRs and genres are each there once, and that a folder can have a genre's name.

    Raises:
        ConfigError: They are not.
    """
    snrs_db, genres = test["snrs_db"], test["genres"]
    # Different in their names: `condition_name` gives six digits.
    if len({f"{one:g}" for one in snrs_db}) < len(snrs_db):
        what = f"wants different SNRs in dB, got {shown(snrs_db)}"
        raise ConfigError(what, where=f"{where}.snrs_db", mend="give such as [5, 0, -5]")
    taken = {MAIN_GENRE, CLEAN.name}
    are_names = all(GENRE_NAME.fullmatch(one) and len(one) <= LONGEST_GENRE for one in genres)
    if not are_names or len({*genres, *taken}) < len(genres) + len(taken):
        what = f"wants different names of letters, digits, _ and -, got {shown(genres)}"
        mend = f"give such as [jazz], or []; {MAIN_GENRE} is always there, {CLEAN.name} is what has no music"
        raise ConfigError(what, where=f"{where}.genres", mend=mend)


def check_units(units: Mapping[str, Any], *, where: str) -> None:
    """See that their number is said where it has to be.

    Raises:
        ConfigError: It is not.
    """
    if units["unit_type"] == "bpe" and units["num_units"] is None:
        raise ConfigError("unit_type bpe needs num_units", where=where, mend="set num_units, such as 300")


def check_trainings(config: Mapping[str, Any], *, where: object) -> None:
    """See that each section of ``training:`` finds its model, what it starts from and what fine-tunes it.

    Raises:
        ConfigError: One does not, or changes its recogniser in a way that there is not.
    """
    sections, models = config["training"], config["models"]
    fine_tunings = {section["fine_tuning"] for section in sections.values()}
    for name, section in sections.items():
        place = f"{where}: training.{name}"
        if (section["model"] or name) not in models and name not in fine_tunings:
            wanted = section["model"] or name
            raise ConfigError(f"no model {wanted!r}", where=f"{place}.model", mend=suggest(wanted, models))
        for key in ("init", "fine_tuning"):
            if section[key] is not None and section[key] not in sections:
                what = f"no training {section[key]!r}"
                raise ConfigError(what, where=f"{place}.{key}", mend=suggest(section[key], sections))
        if name in fine_tunings and "alpha" not in section:
            mend = "add it: 2.0 in the paper (or make the section like: joint)"
            raise ConfigError("'alpha' is missing", where=place, mend=mend)
        if section["max_epoch"] == 0 and name not in pretrained_front_ends(config):
            mend = "set it to 1 or more: only a front end that comes trained may stay as it is"
            raise ConfigError("trains nothing", where=f"{place}.max_epoch", mend=mend)
        _check_no_circle(name, sections, where=place)
        _check_voices(name, config, where=place)
        _check_hears(name, config, where=place)
        if section["has_variety"] and not config["mixing"]["variety"]:
            mend = "say in mixing.variety how its speech is changed, or set it to false"
            raise ConfigError("there is no variety", where=f"{place}.has_variety", mend=mend)
    for name in front_ends(config):
        if name not in sections:
            mend = f"add training.{name}, such as {{like: {next(iter(sections))}}}"
            raise ConfigError("has no training", where=f"{where}: models.{name}", mend=mend)
    for name in trained_back_ends(config):
        for section in (name, *sorted(fine_tunings & set(sections))):
            recognizer_parts(config, name, section)


def _check_voices(name: str, config: Mapping[str, Any], *, where: str) -> None:
    """See that voices without text are there for who wants them, and that it is no recogniser.

    Raises:
        ConfigError: They are not, or it is.
    """
    if config["training"][name]["voices_fraction"] == 0:
        return
    if name not in front_ends(config):
        what = "is for separators: nobody knows what the voices say"
        raise ConfigError(what, where=f"{where}.voices_fraction", mend="set it to 0 here")
    if config["voices"] is None:
        mend = "add the section voices: (conf/voices.yaml has one), or set it to 0"
        raise ConfigError("there are no voices", where=f"{where}.voices_fraction", mend=mend)


def _check_hears(name: str, config: Mapping[str, Any], *, where: str) -> None:
    """See that who is given a separator's estimates is a recogniser, and all of how is said.

    Raises:
        ConfigError: It is not.
    """
    hears = config["training"][name]["hears"]
    if hears is None:
        return
    if name not in trained_back_ends(config):
        what = "is for recognisers: a separator and a joint system hear mixtures"
        raise ConfigError(what, where=f"{where}.hears", mend="set it to null here")
    for key in ("front_end", "fraction", "add_back_db"):
        if key not in hears:
            mend = "give such as {front_end: time, fraction: 0.5, add_back_db: [3, 20]}"
            raise ConfigError(f"{key!r} is missing", where=f"{where}.hears", mend=mend)
    if hears["front_end"] not in front_ends(config):
        what = f"no front end {shown(hears['front_end'])}"
        mend = suggest(hears["front_end"], front_ends(config))
        raise ConfigError(what, where=f"{where}.hears.front_end", mend=mend)


def _check_no_circle(name: str, sections: Mapping[str, Any], *, where: str) -> None:
    """See that a training does not start, by way of others, from itself."""
    before, passed = sections[name]["init"], {name}
    while before is not None:
        if before in passed:
            raise ConfigError("starts from itself", where=f"{where}.init", mend="break the circle of init:")
        passed.add(before)
        before = sections.get(before, {"init": None})["init"]


def check_systems(config: Mapping[str, Any], *, where: object) -> None:
    """See that every system that the recipe's lists and report name is one of the recipe's.

    Raises:
        ConfigError: One is not.
    """
    for name, systems in config["systems"].items():
        for system in systems:
            find_system(system, config, where=f"{where}: systems.{name}")
    report = config["report"]
    for key in ("clean_baseline", "baseline", "best"):
        if report[key] is not None:
            find_system(report[key], config, where=f"{where}: report.{key}")
    for system in report["under_genres"]:
        find_system(system, config, where=f"{where}: report.under_genres")
    if report["paper"] is not None and not (configuration.CONF.parent / report["paper"]).is_file():
        mend = "give a file from the repository's root on, such as egs/csj_anime/paper.yaml, or null"
        raise ConfigError(f"no file {report['paper']!r}", where=f"{where}: report.paper", mend=mend)
    gate_recognizer = config["decode"].get("gate_recognizer")
    if gate_recognizer is not None:
        find_system(gate_recognizer, config, where=f"{where}: decode.gate_recognizer")


def check_corpus(section: str, settings: Mapping[str, Any], *, where: str) -> None:
    """See that the settings of a corpus are the keyword arguments of its reader: all of them, no others.

    Raises:
        ConfigError: There is no such reader, an argument is unknown, or one is missing.
    """
    kind = settings.get(KIND_KEY)
    if kind not in READERS[section] and ":" not in str(kind):
        mend = f"{suggest(kind, READERS[section])} (or give module:function)"
        raise ConfigError(f"unknown type {kind!r}", where=where, mend=mend)
    reader = reader_of(section, settings, where=f"{where}.{KIND_KEY}")
    provided = [
        name for name in COMMON_ARGUMENTS if name != PART or PART in inspect.signature(reader).parameters
    ]
    check_arguments(reader, settings_of(settings), provided=provided, where=where)


def check_test_music(settings: Mapping[str, Any], *, where: str) -> None:
    """See that one of the corpora of music has some for the test: a folder may leave that to another.

    Raises:
        ConfigError: None has.
    """
    corpora = [corpus for _, corpus in each_corpus(settings, where=where) if corpus[KIND_KEY] != SEVERAL]
    if all(corpus[KIND_KEY] == "folder" and corpus["test"] is None for corpus in corpora):
        raise ConfigError("has no test music", where=where, mend="name a folder of it: test: FOLDER")


def check_trained_parts(config: Mapping[str, Any], *, where: object) -> None:
    """See that the code of each end that comes trained is there, and takes what the configuration gives it.

    Raises:
        ConfigError: It is not, or does not.
    """
    for key, names, provided in (
        ("separator", pretrained_front_ends(config), SEPARATOR_IS_GIVEN),
        ("reader", pretrained_back_ends(config), READER_IS_GIVEN),
    ):
        for name in names:
            named_part(config["models"][name], key, provided=provided, where=f"{where}: models.{name}")


def check_variety(settings: Mapping[str, Any] | None, *, where: str) -> None:
    """See that each effect says how often and how much.

    Raises:
        ConfigError: One does not.
    """
    for effect, setting in (settings or {}).items():
        for key in ("fraction", "range"):
            if key not in setting:
                mend = "give such as {fraction: 0.5, range: [0.85, 1.2]}"
                raise ConfigError(f"{effect} has no {key!r}", where=where, mend=mend)


def check_rooms(settings: Mapping[str, Any] | None, *, seed: int, where: str) -> None:
    """See that the settings of rooms are the arguments of their class, and make sense to it.

    Raises:
        ConfigError: They are not.
    """
    if settings is None:
        return
    check_arguments(Rooms, settings, provided=("seed", "name"), where=where)
    Rooms(seed=seed, name="train", **settings)


def check_singing(config: Mapping[str, Any], *, where: object) -> None:
    """See that a model that gives singing by itself is trained where that is known: in no rooms.

    Raises:
        ConfigError: There are rooms.
    """
    for name, parts in config["models"].items():
        if config["mixing"]["rooms"] and SINGING in parts.get("model_conf", {}).get("sources", ()):
            place = f"{where}: models.{name}.model_conf.sources"
            mend = f"set mixing.rooms to null, or leave {SINGING} out"
            raise ConfigError(f"{SINGING} is not known apart in rooms", where=place, mend=mend)
