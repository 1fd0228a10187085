"""What is tried: each variant's settings, checked before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musasr.diarizers.settings import SECTIONS, check_settings, sections_of
from musasr.errors import ConfigError, shown, suggest
from musasr.recipe import config as configuration

ORACLE, SUPERVISED = "oracle", "is_supervised"


@dataclass(frozen=True)
class Variant:
    """A name, the sections of a diarisation, and what is known beforehand."""

    name: str
    settings: Mapping[str, Any]
    knows_speech: bool
    knows_speakers: bool
    is_supervised: bool

    @property
    def hearing(self) -> dict[str, Any]:
        """All that the vectors of voices depend on."""
        return {
            "dereverberation": self.settings["dereverberation"],
            "windows": self.settings["windows"],
            "activity": None if self.knows_speech else self.settings["activity"],
            "overlap": self.settings["overlap"],
        }

    @property
    def clustering(self) -> dict[str, Any]:
        """All that comes after."""
        conf = self.settings["clustering"]
        return {
            "linkage": conf["linkage"],
            "smallest": conf["smallest"],
            "knows_speakers": self.knows_speakers,
            "is_supervised": self.is_supervised,
        }


def variants_of(config: Mapping[str, Any]) -> list[Variant]:
    """The variants in their order.

    Raises:
        ConfigError: One changes what there is not, or a claim or `under_music` names another.
    """
    found = [_variant(name, changes, config) for name, changes in config["variants"].items()]
    _check_names(config["under_music"]["variants"], config, where="under_music.variants")
    for text, pair in config["claims"].items():
        where = f"claims: {shown(text)}"
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ConfigError(
                f"wants [better, worse], got {shown(pair)}", where=where, mend="name two variants"
            )
        _check_names(pair, config, where=where)
    return found


def _variant(name: str, changes: Sequence[str], config: Mapping[str, Any]) -> Variant:
    where = f"variants.{name}"
    changed = configuration.with_settings(
        {key: config[key] for key in (*SECTIONS, ORACLE, SUPERVISED)}, changes
    )
    settings = sections_of(changed)
    check_settings(settings, where=where)
    oracle, is_supervised = changed[ORACLE], changed[SUPERVISED]
    if is_supervised and oracle["speakers"]:
        mend = "leave one of them out"
        raise ConfigError("UIS-RNN cannot be told how many speak", where=where, mend=mend)
    return Variant(name, settings, oracle["speech"], oracle["speakers"], is_supervised)


def _check_names(names: Sequence[Any], config: Mapping[str, Any], *, where: str) -> None:
    for name in names:
        if name not in config["variants"]:
            what = f"there is no variant {shown(name)}"
            raise ConfigError(what, where=where, mend=suggest(str(name), config["variants"]))
