"""What has to be trained for a set of systems, from what, and with which settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import exists  # unlike that of pathlib it takes what is no path, as a long text, for absent
from pathlib import Path
from typing import Any

from musasr.digests import digest_of_tree
from musasr.recipe.done_marks import CONTENTS
from musasr.recipe.merging import merge
from musasr.recipe.systems import NONE, System, pretrained_back_ends, pretrained_front_ends

SEPARATORS, RECOGNIZERS, JOINT = "separators", "recognizers", "joint"
GROUPS = (SEPARATORS, RECOGNIZERS, JOINT)
EXECUTION_KEYS = ("max_bad_steps", "save_seconds", "recompute")  # of a section of ``training:``
LATER_KEYS = (
    "voices_fraction",
    "has_variety",
    "hears",
)  # that sections of older runs lack
MUSIC_KEYS = {"music", "mixing", "crossfade_seconds", "rooms"}  # of settings, that mixtures are made of
TRAINED_CONFS = ("separator_conf", "reader_conf")  # of a section of ``models:`` that comes trained
SEPARATE, RECOGNIZE = "enh", "asr"  # ESPnet's subtasks


@dataclass(frozen=True)
class Training:
    """One model to train (or, for a cascade, to put together): a folder under exp/."""

    name: str
    group: str
    subtasks: tuple[str, ...]  # ESPnet's --subtask_series: which parts the model has
    parents: tuple[str, ...]  # folders whose weights it starts from
    section: str | None  # its settings under ``training:``; None: put together, not trained
    front_end: str = NONE
    back_end: str = NONE
    fine_tune: str = NONE
    hears: str | None = None  # the separator whose estimates it is given besides mixtures

    @property
    def needs(self) -> tuple[str, ...]:
        """The trainings that have to be there before this one."""
        return self.parents if self.hears is None else (*self.parents, self.hears)

    def settings(self, config: Mapping[str, Any], trainings: Mapping[str, "Training"]) -> dict[str, Any]:
        """All that the weights depend on, as plain nested values."""
        shared = ("seed", "sampling_rate", "speech", "music", "units")
        return {
            **{key: config[key] for key in shared},
            "mixing": config["mixing"]["train"],
            "crossfade_seconds": config["mixing"]["crossfade_seconds"],
            **rooms_of(config),
            **(_sounds_of(config, config["training"][self.section]) if self.section else {}),
            "model": model_parts(self, config) | trained_parts(self, config),
            **contents_of(trained_parts(self, config)),
            "training": _of_section(config["training"][self.section]) if self.section else None,
            "parents": {name: trainings[name].settings(config, trainings) for name in self.needs},
        }


def that_matter(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a training's settings those that its weights depend on, of what it was built from likewise.

    Clean ASR hears no music, and a separator alone writes no units: another corpus of music, or other units,
    leave them as they are. Marks hold them nevertheless, so that one may read what was there.
    """
    if not all(isinstance(settings.get(key), Mapping) for key in ("model", "parents")):
        return settings  # no training's
    unused: set[str] = set()
    section = settings.get("training")
    if section and not section.get("has_music", True):
        unused |= MUSIC_KEYS
    if not any(key.startswith(f"{RECOGNIZE}_") for key in settings["model"]):
        unused |= {"units"}
    parents = {name: that_matter(one) for name, one in settings["parents"].items()}
    return {key: value for key, value in settings.items() if key not in unused} | {"parents": parents}


def _of_section(section: Mapping[str, Any]) -> dict[str, Any]:
    """A training's settings without those that change nothing of its weights, or did not exist once."""
    unused = [key for key in LATER_KEYS if not section.get(key)]
    return {key: value for key, value in section.items() if key not in (*EXECUTION_KEYS, *unused)}


def trainings_for(systems: Sequence[System], config: Mapping[str, Any]) -> dict[str, Training]:
    """Every training that the systems need, by name, parents before children; shared ones once."""
    found: dict[str, Training] = {}
    for system in systems:
        for training in _chain(system, config):
            found.setdefault(training.name, training)
    return dict(sorted(found.items(), key=lambda item: GROUPS.index(item[1].group)))


def rooms_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The rooms of the mixtures; nothing where there are none, as in settings of a time without rooms."""
    rooms = config["mixing"].get("rooms")
    return {} if rooms is None else {"rooms": rooms}


def _sounds_of(config: Mapping[str, Any], section: Mapping[str, Any]) -> dict[str, Any]:
    return voices_of(config, section) | variety_of(config, section)


def voices_of(config: Mapping[str, Any], section: Mapping[str, Any]) -> dict[str, Any]:
    """The voices that a training hears besides its speech; nothing where it hears none."""
    return {"voices": config["voices"]} if section.get("voices_fraction") else {}


def variety_of(config: Mapping[str, Any], section: Mapping[str, Any]) -> dict[str, Any]:
    """How a training's speech is changed; nothing where it is not."""
    return {"variety": config["mixing"]["variety"]} if section.get("has_variety") else {}


def model_parts(training: Training, config: Mapping[str, Any]) -> dict[str, Any]:
    """ESPnet's part / part_conf settings of a training's model."""
    parts: dict[str, Any] = {}
    if SEPARATE in training.subtasks:
        parts |= config["models"][training.front_end]
    if RECOGNIZE in training.subtasks:
        parts |= recognizer_parts(config, training.back_end, training.section)
    return parts


def trained_parts(training: Training, config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a front end and of a back end that come trained; none of those that we train."""
    come_trained = (*pretrained_front_ends(config), *pretrained_back_ends(config))
    names = [name for name in (training.front_end, training.back_end) if name in come_trained]
    return {key: value for name in names for key, value in config["models"][name].items()}


def contents_of(parts: Mapping[str, Any]) -> dict[str, Any]:
    """What the files and folders of trained ends hold, by the paths that their settings name; {} for none.

    A name alone says little: another model may come to stand in the same place.
    """
    values = [value for key in TRAINED_CONFS for value in (parts.get(key) or {}).values()]
    paths = sorted({value for value in values if isinstance(value, str) and value})
    found = {path: digest_of_tree(Path(path)) for path in paths if exists(path)}
    return {CONTENTS: found} if found else {}


def recognizer_parts(config: Mapping[str, Any], back_end: str, section: str | None) -> dict[str, Any]:
    """ESPnet's settings of a back end's recogniser, with what a training of it changes.

    Args:
        config: The resolved recipe.
        back_end: Its name under ``training:``.
        section: The training's, under ``training:``; None: one that is put together, not trained.

    Raises:
        ConfigError: The change has a key that the model has not, or a value of another type.
    """
    model = config["training"][back_end]["model"] or back_end
    parts = dict(config["models"][model])
    change = config["training"][section]["recognizer"] if section else None
    if change is None:
        return parts
    where = f"training.{section}.recognizer"
    return merge(parts, change, where=where)


def _chain(system: System, config: Mapping[str, Any]) -> list[Training]:
    """A system's trainings, parents first."""
    chain = []
    if system.has_recognizer:
        chain += _recognizers(system.back_end, config)
    if system.has_separator:
        chain.append(_separator(system.front_end, config))
        chain.append(_joint(system, config))
    return chain


def _separator(front_end: str, config: Mapping[str, Any]) -> Training:
    """A separator's training; without epochs it is put together of what it came with."""
    section = front_end if config["training"][front_end]["max_epoch"] > 0 else None
    return Training(front_end, SEPARATORS, (SEPARATE,), (), section, front_end=front_end)


def _recognizers(back_end: str, config: Mapping[str, Any]) -> list[Training]:
    """A recogniser and what it starts from; one that comes trained is nothing to train."""
    name = System(NONE, back_end).name
    if back_end in pretrained_back_ends(config):
        return [Training(name, RECOGNIZERS, (), (), None, back_end=back_end)]
    start, hears = config["training"][back_end]["init"], heard_separator(config["training"][back_end])
    chain = [_separator(hears, config)] if hears else []
    chain += _recognizers(start, config) if start else []
    parents = (System(NONE, start).name,) if start else ()
    own = {"back_end": back_end, "hears": hears}
    return [*chain, Training(name, RECOGNIZERS, (RECOGNIZE,), parents, back_end, **own)]


def heard_separator(section: Mapping[str, Any]) -> str | None:
    """The separator whose estimates a section's recogniser is given; None: it hears mixtures alone."""
    hears = section.get("hears")
    return hears["front_end"] if hears else None


def _joint(system: System, config: Mapping[str, Any]) -> Training:
    """What joins a system's parts: without a recogniser that we train, its separator alone."""
    is_ours = system.has_recognizer and system.back_end not in pretrained_back_ends(config)
    return Training(
        system.name,
        JOINT,
        (SEPARATE, RECOGNIZE) if is_ours else (SEPARATE,),
        (system.front_end, system.recognizer) if is_ours else (system.front_end,),
        config["training"][system.front_end]["fine_tuning"] if system.is_fine_tuned else None,
        front_end=system.front_end,
        back_end=system.back_end,
        fine_tune=system.fine_tune,
    )
