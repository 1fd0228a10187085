"""The settings of a diarisation: the first sections of conf/diarization.yaml, with a user's changes."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.diarizers.segmenters import check_segmenter
from musasr.digests import digest_of_file
from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.diarization_keys import FILE
from musasr.recipe.schema import check_diarization

SECTIONS = (
    "activity",
    "dereverberation",
    "windows",
    "clustering",
    "overlap",
)  # the file's others are the recipe's


def load_settings(
    changes: Sequence[str] = (), *, path: Path | None = None, model: Path | None = None
) -> dict[str, Any]:
    """All sections, checked.

    Args:
        changes: Such as ``clustering.threshold=0.5``.
        path: A file of changes to conf/diarization.yaml; None: none.
        model: The network of voices: where its folder says with which settings it does best, those count
            instead of conf/diarization.yaml's.

    Raises:
        ConfigError: A key is unknown, or a value is none that it takes, or makes no sense beside another.
    """
    from musasr.recipe.merging import merge

    own = None if model is None else Path(model) / FILE
    settings = sections_of(config.load(config.CONF / FILE))
    for one in (own if own is not None and own.is_file() else None, path):
        if one is not None:
            settings = merge(settings, config.load_resolved(one), where=str(one))
    settings = config.with_settings(settings, changes)
    check_settings(settings, where=path or f"conf/{FILE}")
    return settings


def note_threshold(model: Path, settings: Mapping[str, Any]) -> None:
    """Print a line where a network of ours is to be clustered by the threshold of another."""
    threshold = settings["clustering"]["threshold"]
    is_default = threshold == config.load(config.CONF / FILE)["clustering"]["threshold"]
    if not model.is_dir() or (model / FILE).is_file() or not is_default:
        return
    what = f"no threshold was chosen for it, and {threshold} is another network's: speakers may count as one"
    mend = f"run ./run.sh --recipe diarization to its end, or write one into {model / FILE}"
    print(f"musasr: {model}: {what}; {mend}", file=sys.stderr)


def digests_of_segmenters(settings: Mapping[str, Any]) -> dict[str, str]:
    """Key -> digest of the network's file that it names, where it names one: what a file holds may change."""
    return {key: digest_of_file(Path(file)) for key, file in _segmenters(settings).items()}


def _segmenters(settings: Mapping[str, Any]) -> dict[str, str]:
    """Key -> the network's file that it names."""
    files = {"overlap.segmenter": settings["overlap"]["segmenter"]}
    if settings["activity"] is not None:  # which is where speech is known beforehand
        files["activity.segmenter.segmenter"] = settings["activity"]["segmenter"]["segmenter"]
    return {key: file for key, file in files.items() if file is not None}


def sections_of(whole: Mapping[str, Any]) -> dict[str, Any]:
    """What a diarisation needs of the recipe's configuration."""
    return {name: whole[name] for name in SECTIONS}


def check_settings(settings: Mapping[str, Any], *, where: object) -> None:
    """See that the sections are whole and make sense beside each other.

    Raises:
        ConfigError: At the first that does not.
    """
    check_diarization(settings, where=where)
    activity, silero, windows = settings["activity"], settings["activity"]["silero"], settings["windows"]
    if activity["kind"] == "segmenter" and activity["segmenter"]["segmenter"] is None:
        mend = "name its file with activity.segmenter.segmenter"
        raise ConfigError("there is no segmenter", where="activity.kind", mend=mend)
    for key, file in _segmenters(settings).items():
        check_segmenter(Path(file), key=key)
    if silero["offset"] > silero["onset"]:
        what = f"offset {silero['offset']} is above onset {silero['onset']}"
        raise ConfigError(what, where="activity.silero", mend="give 0 < offset <= onset < 1")
    if windows["shift"] > windows["seconds"]:
        what = f"shift {windows['shift']} is above seconds {windows['seconds']}: speech would be left out"
        raise ConfigError(what, where="windows.shift", mend="give at most windows.seconds")
    wpe = settings["dereverberation"]
    if 2 * wpe["shift"] > wpe["size"]:
        what = f"shift {wpe['shift']} is above half of size {wpe['size']}"
        raise ConfigError(what, where="dereverberation.shift", mend="give at most half of size")
