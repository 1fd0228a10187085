"""The settings of a transcription: conf/transcribe.yaml and conf/separation.yaml, with a user's changes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musasr.diarizers.segmenters import check_segmenter
from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.schema import check_transcription
from musasr.recipe.transcription_keys import FILES


def load_settings(changes: Sequence[str] = ()) -> dict[str, Any]:
    """All sections, checked.

    Args:
        changes: Such as ``segments.onset=0.6``.

    Raises:
        ConfigError: A key is unknown, or a value is none that it takes, or makes no sense beside another.
    """
    settings: dict[str, Any] = {}
    for name in FILES:
        settings |= config.load(config.CONF / name)
    settings = config.with_settings(settings, changes)
    check_transcription(settings, where="conf/transcribe.yaml")
    _check_segments(settings["segments"])
    gate = settings["input"]["gate"]
    if gate["low_db"] > gate["high_db"]:
        what = f"low_db {gate['low_db']} is above high_db {gate['high_db']}"
        raise ConfigError(what, where="input.gate", mend="give low_db <= high_db")
    return settings


def _check_segments(segments: Mapping[str, Any]) -> None:
    if segments["segmenter"] is not None:
        check_segmenter(Path(segments["segmenter"]), key="segments.segmenter")
    if segments["offset"] > segments["onset"]:
        what = f"offset {segments['offset']} is above onset {segments['onset']}"
        raise ConfigError(what, where="segments", mend="give 0 < offset <= onset < 1")
    for key in ("min_speech", "min_silence", "padding"):
        if segments[key] >= segments["max_seconds"]:
            what = f"{key} {segments[key]} is not below max_seconds"
            raise ConfigError(what, where=f"segments.{key}", mend="give seconds, less than max_seconds")
