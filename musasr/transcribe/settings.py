"""The settings of a transcription: conf/transcribe.yaml and conf/separation.yaml, with a user's changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from musasr.errors import ConfigError, suggest
from musasr.recipe import config

FILES = ("separation.yaml", "transcribe.yaml")
INPUTS = ("auto", "raw", "separated", "blend")


def load_settings(changes: Sequence[str] = ()) -> dict[str, Any]:
    """All sections, checked.

    Args:
        changes: Such as ``segments.onset=0.6``.

    Raises:
        ConfigError: A key is unknown, or a value has the wrong type or makes no sense.
    """
    sections = {name: config.load(config.CONF / name) for name in FILES}
    merged: dict[str, Any] = {}
    for name, section in sections.items():
        own = [change for change in changes if change.partition(".")[0].partition("=")[0] in section]
        merged |= config.load(config.CONF / name, settings=own)
    for change in changes:
        head = change.partition(".")[0].partition("=")[0]
        if head not in merged:
            raise ConfigError(f"unknown key {head!r}", where=f"--set {change}", mend=suggest(head, merged))
    _check(merged)
    return merged


def _check(settings: Mapping[str, Any]) -> None:
    segments = settings["segments"]
    if not 0.0 < segments["offset"] <= segments["onset"] < 1.0:
        what = f"offset {segments['offset']} and onset {segments['onset']} are no probabilities in order"
        raise ConfigError(what, where="segments", mend="give 0 < offset <= onset < 1")
    for key in ("min_speech", "min_silence", "padding"):
        if not 0.0 <= segments[key] < segments["max_seconds"]:
            what = f"{key} {segments[key]} is not between 0 and max_seconds"
            raise ConfigError(what, where=f"segments.{key}", mend="give seconds, less than max_seconds")
    if settings["input"]["kind"] not in INPUTS:
        kind = settings["input"]["kind"]
        raise ConfigError(f"unknown kind {kind!r}", where="input.kind", mend=suggest(kind, INPUTS))
    if settings["reading"]["batch_seconds"] <= 0:
        raise ConfigError("is not above 0", where="reading.batch_seconds", mend="give seconds")
